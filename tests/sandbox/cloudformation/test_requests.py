"""What CloudFormation refuses, in its words, and what it answers to readers."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest

from sandbox.aws.cloudformation.errors import ValidationError
from sandbox.aws.service import AwsError, UnsupportedError
from tests.clock import PATIENCE
from tests.sandbox.cloudformation.conftest import Stacks, history, parameter, template
from tests.sandbox.cloudformation.samples import of, trust

ROLE = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {}}}


def url(attribute: str) -> dict[str, Any]:
    return {"Url": {"Value": {"Fn::GetAtt": ["A", attribute]}}}


def named(role: dict[str, Any]) -> dict[str, Any]:
    return {**role, "Properties": {**role["Properties"], "RoleName": "r"}}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (template(A={"Type": "AWS::EC2::Vpc"}), r"Unrecognized resource types: \[AWS::EC2::Vpc\]"),
        (template(A=parameter("/a", {"Ref": "X"})), r"Unresolved resource dependencies \[X\] in the Resources block"),
        (
            template(A=parameter("/a"), outputs={"O": {"Value": {"Ref": "X"}}}),
            r"Unresolved resource dependencies \[X\] in the Outputs block",
        ),
        (template(A=parameter("/a", DependsOn="X")), r"Unresolved resource dependencies \[X\]"),
        (template(A=parameter("/a", {"Fn::GetAtt": ["X", "Arn"]})), "references undefined resource X"),
        (
            template(A=parameter("/a", {"Ref": "B"}), B=parameter("/b", {"Ref": "A"})),
            r"Circular dependency between resources: \[A, B\]",
        ),
        (template(A=parameter("/a", {"Fn::Select": [4, ["x"]]})), "requires a list argument with two elements"),
        (template(A=parameter("/a", {"Fn::GetAtt": ["A"]})), "requires two non-empty parameters"),
        (template(A=parameter("/a", {"Fn::If": ["C", "x", "y"]})), "unresolved condition dependency C in Fn::If"),
        (
            {**template(A=parameter("/a", {"Fn::FindInMap": ["M", "b", "C"]})), "Mappings": {"M": {"a": {"C": "x"}}}},
            "Unable to get mapping for M::b::C",
        ),
    ],
)
def test_a_wrong_template_is_refused_before_anything_is_made(
    stacks: Stacks, body: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValidationError, match=message):
        stacks.create("s", body)
    assert stacks.service.stack("s") is None


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (template(A={"Type": "AWS::RDS::DBInstance"}), "does not know how to make .*AWS::RDS::DBInstance"),
        (template(A={"Type": "Custom::Thing"}), "makes no custom resources; A is a Custom::Thing"),
        (template(A={"Type": "Datadog::Monitors::Monitor"}), "does not know how to make .*Datadog::Monitors::Monitor"),
        (template(A={"Type": "Ours::Web::Site::MODULE"}), "does not know how to make .*Ours::Web::Site::MODULE"),
        (
            template(A=of("AWS::S3::Bucket"), outputs=url("WebsiteURL")),
            "does not know the attribute WebsiteURL of AWS::S3",
        ),
        (template(A=parameter("/a", "{{resolve:ssm-secure:/b}}")), "does not resolve .*ssm-secure:/b"),
        (
            template(A=parameter("/a", {"Fn::Join": ["", ["{{resolve:secretsmanager:", "b", "}}"]]})),
            "does not resolve .*secretsmanager:b",
        ),
        (template(A=parameter("/a", {"Fn::Select": [0, {"Fn::GetAZs": "us-east-1"}]})), "zones of us-east-1"),
    ],
)
def test_what_the_sandbox_does_not_know_of_a_template_is_no_verdict_of_aws(
    stacks: Stacks, body: dict[str, Any], message: str
) -> None:
    with pytest.raises(UnsupportedError, match=message):
        stacks.create("s", body)
    assert stacks.service.stack("s") is None


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (template(A=parameter("/a"), outputs=url("Id")), "/Outputs/Url/Value/Fn::GetAtt"),
        (
            template(A=parameter("/a"), B=parameter("/b", {"Fn::GetAtt": ["A", "Id"]})),
            "/Resources/B/Properties/Value/Fn::GetAtt",
        ),
    ],
    ids=["output", "property"],
)
def test_an_attribute_that_a_type_lacks_fails_the_stack_before_anything_is_made(
    stacks: Stacks, body: dict[str, Any], place: str
) -> None:
    stack = stacks.create("s", body)
    assert history(stack) == [
        ("*", "CREATE_IN_PROGRESS"),
        ("*", "ROLLBACK_IN_PROGRESS"),
        ("*", "ROLLBACK_COMPLETE"),
    ]
    assert stack.events[1].reason == (
        f"[Error] {place}: Resource type AWS::SSM::Parameter does not support attribute {{Id}}. "
        "Rollback requested by user."
    )


@pytest.mark.parametrize(
    ("role", "given", "needed"),
    [
        (ROLE, [], "CAPABILITY_IAM"),
        (named(ROLE), [], "CAPABILITY_NAMED_IAM"),
        (named(ROLE), ["CAPABILITY_IAM"], "CAPABILITY_NAMED_IAM"),
    ],
)
def test_iam_needs_an_acknowledgement(stacks: Stacks, role: Any, given: list[str], needed: str) -> None:
    with pytest.raises(AwsError, match=rf"Requires capabilities : \[{needed}\]") as refused:
        stacks.create("s", template(A=role), Capabilities=given)
    assert refused.value.code == "InsufficientCapabilitiesException"


@pytest.mark.parametrize("given", ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"])
def test_an_unnamed_role_needs_either_capability(stacks: Stacks, given: str) -> None:
    assert stacks.create("s", template(A=ROLE), Capabilities=[given]).status == "CREATE_COMPLETE"


def make_role(stacks: Stacks, trusted: Any, name: str = "cloudformation") -> str:
    iam = stacks.world.client("iam")
    return iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trusted))["Role"]["Arn"]


@pytest.mark.parametrize(
    "trusted", [None, {}, trust("ec2"), trust("cloudformation", "Deny")], ids=["absent", "none", "other", "denied"]
)
@pytest.mark.parametrize("operation", ["create_stack", "update_stack", "create_change_set", "delete_stack"])
def test_a_role_that_cloudformation_cannot_assume_is_refused(stacks: Stacks, trusted: Any, operation: str) -> None:
    stacks.create("old", template(A=parameter("/a")))
    name = "new" if operation == "create_stack" else "old"
    arn = "arn:aws:iam::123456789012:role/cloudformation" if trusted is None else make_role(stacks, trusted)
    request = {"StackName": name, "RoleARN": arn}
    if operation != "delete_stack":
        request["TemplateBody"] = json.dumps(template(A=parameter("/a", "2")))
    if operation == "create_change_set":
        request["ChangeSetName"] = "c"
    with pytest.raises(ValidationError, match=f"^Role {arn} is invalid or cannot be assumed$"):
        getattr(stacks.service, operation)(request)
    assert (stacks["old"].status, stacks.service.stack("new")) == ("CREATE_COMPLETE", None)


def test_the_role_of_a_stack_is_taken_again_by_what_follows(stacks: Stacks) -> None:
    arn = make_role(stacks, trust("cloudformation"))
    iam = stacks.world.client("iam")
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [everything]})
    iam.put_role_policy(RoleName="cloudformation", PolicyName="all", PolicyDocument=document)
    assert stacks.create("s", template(A=parameter("/a")), RoleARN=arn).role_arn == arn
    iam.delete_role_policy(RoleName="cloudformation", PolicyName="all")
    iam.delete_role(RoleName="cloudformation")
    with pytest.raises(ValidationError, match="is invalid or cannot be assumed"):
        stacks.update("s", template(A=parameter("/a", "2")))
    with pytest.raises(ValidationError, match="is invalid or cannot be assumed"):
        stacks.delete("s")


def test_an_update_without_changes_is_refused(stacks: Stacks) -> None:
    stacks.create("s", template(A=parameter("/a")))
    with pytest.raises(ValidationError, match=r"^No updates are to be performed\.$"):
        stacks.update("s", template(A=parameter("/a")))


def test_an_update_of_outputs_or_tags_alone_is_one(stacks: Stacks) -> None:
    stacks.create("s", template(A=parameter("/a")))
    stack = stacks.update("s", template(A=parameter("/a"), outputs={"O": {"Value": {"Ref": "A"}}}))
    assert (stack.status, stack.outputs) == ("UPDATE_COMPLETE", {"O": "/a"})


def test_a_type_may_not_change_under_its_name(stacks: Stacks) -> None:
    stacks.create("s", template(A=parameter("/a")))
    with pytest.raises(ValidationError, match=r"resource type of the following resources: \[A\]"):
        stacks.update("s", template(A={"Type": "AWS::SNS::Topic"}))


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("*@da_$", r"Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*|arn:[-a-zA-Z0-9:/._+]*"),
        ("1s", r"Member must satisfy regular expression pattern"),
        ("s" * 129, "Member must have length less than or equal to 128"),
    ],
)
@pytest.mark.parametrize("operation", ["create_stack", "create_change_set"])
def test_a_name_that_no_stack_can_have_is_refused(stacks: Stacks, operation: str, name: str, complaint: str) -> None:
    request = {"StackName": name, "TemplateBody": json.dumps(template(A=parameter("/a")))}
    more = {"ChangeSetName": "c", "ChangeSetType": "CREATE"} if operation == "create_change_set" else {}
    with pytest.raises(ValidationError) as refused:
        getattr(stacks.service, operation)(request | more)
    assert f"Value '{name}' at 'stackName' failed to satisfy constraint: {complaint}" in refused.value.message


def test_a_change_of_metadata_alone_is_an_update(stacks: Stacks) -> None:
    stacks.create("s", template(A=parameter("/a")))
    stack = stacks.update("s", template(A=parameter("/a", Metadata={"Version": "2"})))
    assert stack.status == "UPDATE_COMPLETE"
    assert ("A", "UPDATE_COMPLETE") in history(stack)


@pytest.mark.parametrize("attribute", ["DeletionPolicy", "UpdateReplacePolicy"])
def test_a_change_of_a_policy_alone_is_an_update_that_leaves_the_resource_alone(stacks: Stacks, attribute: str) -> None:
    stacks.create("s", template(A=parameter("/a")))
    stack = stacks.update("s", template(A=parameter("/a", **{attribute: "Retain"})))
    assert stack.status == "UPDATE_COMPLETE"
    assert ("A", "UPDATE_COMPLETE") not in history(stack)


def test_a_stack_whose_creation_rolled_back_can_only_be_deleted(stacks: Stacks) -> None:
    stack = stacks.create("s", template(A=parameter("ssm-name")))
    with pytest.raises(ValidationError, match=f"Stack:{stack.stack_id} is in ROLLBACK_COMPLETE state and can not"):
        stacks.update("s", template(A=parameter("/a")))
    stacks.delete("s")
    assert stacks.create("s", template(A=parameter("/a"))).status == "CREATE_COMPLETE"


def test_a_stack_at_work_refuses_updates_and_an_update_can_be_cancelled(stacks: Stacks) -> None:
    stacks.create("s", template(A=parameter("/a"), B=parameter("/b", DependsOn="A")))
    go_on = threading.Event()
    settle = stacks.service.engine.wait_until
    stacks.service.engine.wait_until = lambda moment: (go_on.wait(PATIENCE), settle(moment))[1]
    changed = template(A=parameter("/a", "2"), B=parameter("/b", "2", DependsOn="A"))
    stacks.service.update_stack({"StackName": "s", "TemplateBody": json.dumps(changed)})

    with pytest.raises(ValidationError, match="is in UPDATE_IN_PROGRESS state and can not be updated"):
        stacks.update("s", changed)
    with pytest.raises(ValidationError, match="can not be deleted"):
        stacks.service.delete_stack({"StackName": "s"})
    stacks.service.cancel_update_stack({"StackName": "s"})
    go_on.set()
    stack = stacks.wait("s")
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
    assert ("B", "UPDATE_IN_PROGRESS") not in history(stack)
    assert stacks.parameter("/a") == "1"


def test_termination_protection_refuses_the_deletion(stacks: Stacks) -> None:
    stacks.create("s", template(A=parameter("/a")), EnableTerminationProtection=True)
    with pytest.raises(ValidationError, match="cannot be deleted while TerminationProtection is enabled"):
        stacks.delete("s")
    stacks.service.update_termination_protection({"StackName": "s", "EnableTerminationProtection": False})
    assert stacks.delete("s").status == "DELETE_COMPLETE"


def test_a_request_parameter_that_would_be_left_out_is_refused(stacks: Stacks) -> None:
    with pytest.raises(UnsupportedError, match=r"does not know the request parameters \['StackPolicyBody'\]"):
        stacks.create("s", template(A=parameter("/a")), StackPolicyBody="{}")


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        ("describe_stacks", "Stack with id nope does not exist"),
        ("describe_stack_events", r"Stack \[nope\] does not exist"),
        ("list_stack_resources", "Stack with id nope does not exist"),
        ("update_stack", r"Stack \[nope\] does not exist"),
        ("get_template", "Stack with id nope does not exist"),
    ],
)
def test_a_stack_that_is_not_there_is_an_error(stacks: Stacks, operation: str, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        getattr(stacks.service, operation)({"StackName": "nope"})


def test_deleting_a_stack_that_is_not_there_is_none(stacks: Stacks) -> None:
    assert stacks.service.delete_stack({"StackName": "nope"}) == {}


def test_answers_keep_their_shape_on_the_wire(stacks: Stacks) -> None:
    client = stacks.world.client("cloudformation")
    body = template(A=parameter("/a", {"Ref": "Text"}), outputs={"O": {"Value": {"Ref": "A"}, "Export": {"Name": "e"}}})
    body |= {"Parameters": {"Text": {"Type": "String"}}, "Description": "d"}
    created = client.create_stack(
        StackName="s",
        TemplateBody=json.dumps(body),
        Parameters=[{"ParameterKey": "Text", "ParameterValue": "x"}],
        Tags=[{"Key": "k", "Value": "v"}],
    )
    stacks.wait("s")
    (stack,) = client.describe_stacks(StackName="s")["Stacks"]
    assert stack["StackId"] == created["StackId"]
    assert stack["Parameters"] == [{"ParameterKey": "Text", "ParameterValue": "x"}]
    assert stack["Outputs"] == [{"OutputKey": "O", "OutputValue": "/a", "ExportName": "e"}]
    assert stack["Tags"] == [{"Key": "k", "Value": "v"}]
    assert stack["Description"] == "d"
    (resource,) = client.list_stack_resources(StackName="s")["StackResourceSummaries"]
    assert (resource["LogicalResourceId"], resource["PhysicalResourceId"]) == ("A", "/a")
    assert client.describe_stack_resources(PhysicalResourceId="/a")["StackResources"][0]["StackName"] == "s"
    detail = client.describe_stack_resource(StackName="s", LogicalResourceId="A")["StackResourceDetail"]
    assert detail["ResourceStatus"] == "CREATE_COMPLETE"
    assert client.list_exports()["Exports"] == [{"ExportingStackId": created["StackId"], "Name": "e", "Value": "/a"}]
    assert client.list_stacks()["StackSummaries"][0]["TemplateDescription"] == "d"
    assert client.get_template(StackName="s")["TemplateBody"] == body
    validated = client.validate_template(TemplateBody=json.dumps(body))
    assert validated["Parameters"] == [{"ParameterKey": "Text", "NoEcho": False, "Description": ""}]
    summary = client.get_template_summary(StackName="s")
    assert summary["ResourceTypes"] == ["AWS::SSM::Parameter"]
    with pytest.raises(client.exceptions.ClientError, match=r"ValidationError.*Stack with id x does not exist"):
        client.describe_stacks(StackName="x")


def test_events_come_newest_first_and_in_pages(stacks: Stacks) -> None:
    resources = {f"A{number}": parameter(f"/a{number}") for number in range(40)}
    stack = stacks.create("s", template(**resources))
    client = stacks.world.client("cloudformation")
    first = client.describe_stack_events(StackName="s")
    assert len(first["StackEvents"]) == 100
    assert first["StackEvents"][0]["ResourceStatus"] == "CREATE_COMPLETE"
    pages = client.get_paginator("describe_stack_events").paginate(StackName="s")
    found = [event["EventId"] for page in pages for event in page["StackEvents"]]
    assert found == [event.id for event in reversed(stack.events)]
    with pytest.raises(ValidationError, match="Invalid NextToken"):
        stacks.service.describe_stack_events({"StackName": "s", "NextToken": "x"})


@pytest.mark.parametrize("url", ["https://example.com/a", "https://s3.amazonaws.com/templates"])
def test_a_template_url_is_of_s3(stacks: Stacks, url: str) -> None:
    with pytest.raises(ValidationError, match="TemplateURL must"):
        stacks.service.create_stack({"StackName": "s", "TemplateURL": url})


def test_a_template_url_in_every_form_of_s3_is_read(stacks: Stacks) -> None:
    stacks.upload("dir/t.json", template(A=parameter("/a")))
    hosts = [
        "https://s3.ap-southeast-2.amazonaws.com/templates",
        "https://s3.amazonaws.com/templates",
        "https://templates.s3.ap-southeast-2.amazonaws.com",
        f"{stacks.world.endpoint}/templates",
    ]
    for host in hosts:
        assert stacks.service.validate_template({"TemplateURL": f"{host}/dir/t.json"})["Parameters"] == []
    with pytest.raises(ValidationError, match="TemplateURL must reference a valid S3 object"):
        stacks.service.validate_template({"TemplateURL": f"{hosts[0]}/missing"})


def test_a_body_beyond_the_limit_is_refused(stacks: Stacks) -> None:
    with pytest.raises(ValidationError, match="less than or equal to 51200"):
        stacks.create("s", template(A=parameter("/a", "x" * 52_000)))
