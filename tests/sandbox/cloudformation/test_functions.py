"""Functions where they meet a stack: dynamic references, policies that are chosen, what waits for values."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.aws.cloudformation.errors import ValidationError
from tests.sandbox.cloudformation.conftest import Stacks, parameter, template

REFERENCE = "{{resolve:ssm:stored}}"
CHOSEN = {"Type": "String", "Default": "Retain"}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (REFERENCE, "new"),
        (f"a-{REFERENCE}-b", "a-new-b"),
        ("{{resolve:ssm:stored:1}}", "old"),
        ({"Fn::Join": ["", ["{{resolve:ssm:", {"Ref": "Name"}, "}}"]]}, "new"),
        ({"Fn::Sub": "x:{{resolve:ssm:${Name}}}"}, "x:new"),
        ({"Ref": "Written"}, "new"),
    ],
    ids=["alone", "in text", "a version", "by Join", "by Sub", "by a parameter"],
)
def test_a_dynamic_reference_is_resolved_however_it_was_put_together(stacks: Stacks, value: Any, expected: str) -> None:
    ssm = stacks.world.client("ssm")
    for text in ("old", "new"):
        ssm.put_parameter(Name="stored", Value=text, Type="String", Overwrite=True)
    parameters = {"Name": {"Type": "String", "Default": "stored"}, "Written": {"Type": "String", "Default": REFERENCE}}
    stack = stacks.create("s", {**template(A=parameter("/a", value)), "Parameters": parameters})
    assert (stack.status, stacks.parameter("/a")) == ("CREATE_COMPLETE", expected)


def test_a_dynamic_reference_to_nothing_fails_the_stack(stacks: Stacks) -> None:
    stack = stacks.create("s", template(A=parameter("/a", REFERENCE)))
    assert stack.status == "ROLLBACK_COMPLETE"
    assert stacks.parameter("/a") is None


@pytest.mark.parametrize(
    "policy",
    [{"Ref": "Policy"}, {"Fn::If": ["Keep", "Retain", "Delete"]}, {"Fn::FindInMap": ["M", "a", "P"]}],
    ids=["Ref", "If", "FindInMap"],
)
def test_a_deletion_policy_may_be_a_function(stacks: Stacks, policy: Any) -> None:
    sections = {
        "Parameters": {"Policy": CHOSEN},
        "Conditions": {"Keep": {"Fn::Equals": [{"Ref": "Policy"}, "Retain"]}},
        "Mappings": {"M": {"a": {"P": "Retain"}}},
    }
    stacks.create("s", {**template(A=parameter("/a", DeletionPolicy=policy)), **sections})
    assert stacks.delete("s").status == "DELETE_COMPLETE"
    assert stacks.parameter("/a") == "1"


def test_an_update_replace_policy_may_be_a_function(stacks: Stacks) -> None:
    sections = {"Parameters": {"Policy": CHOSEN}}
    stacks.create("s", {**template(A=parameter("/a", UpdateReplacePolicy={"Ref": "Policy"})), **sections})
    stacks.update("s", {**template(A=parameter("/b", UpdateReplacePolicy={"Ref": "Policy"})), **sections})
    assert (stacks.parameter("/a"), stacks.parameter("/b")) == ("1", "1")


@pytest.mark.parametrize("attribute", ["DeletionPolicy", "UpdateReplacePolicy"])
def test_a_policy_that_comes_to_nothing_known_is_refused(stacks: Stacks, attribute: str) -> None:
    sections = {"Parameters": {"Policy": {"Type": "String", "Default": "Keep"}}}
    with pytest.raises(ValidationError, match=f"Unrecognized {attribute} Keep for resource A"):
        stacks.create("s", {**template(A=parameter("/a", **{attribute: {"Ref": "Policy"}})), **sections})


def test_what_a_parameter_decides_is_refused_before_anything_is_made(stacks: Stacks) -> None:
    sections = {"Parameters": {"Key": {"Type": "String"}}, "Mappings": {"M": {"a": {"P": "x"}}}}
    body = {**template(A=parameter("/a", {"Fn::FindInMap": ["M", {"Ref": "Key"}, "P"]})), **sections}
    assert stacks.service.engine.template(json.dumps(body), None)
    for operation, more in (
        ("create_stack", {}),
        ("create_change_set", {"ChangeSetName": "c", "ChangeSetType": "CREATE"}),
    ):
        with pytest.raises(ValidationError, match="Unable to get mapping for M::b::P"):
            getattr(stacks.service, operation)(
                {
                    "StackName": "s",
                    "TemplateBody": json.dumps(body),
                    "Parameters": [{"ParameterKey": "Key", "ParameterValue": "b"}],
                    **more,
                }
            )
    assert stacks.service.stack("s") is None


def test_an_export_name_may_be_conditional(stacks: Stacks) -> None:
    body = {
        **template(
            A=parameter("/a"),
            outputs={"O": {"Value": "x", "Export": {"Name": {"Fn::If": ["Never", "one", "two"]}}}},
        ),
        "Conditions": {"Never": {"Fn::Equals": ["a", "b"]}},
    }
    assert stacks.create("s", body).output_values["O"].export_name == "two"


@pytest.mark.parametrize(
    ("kind", "absent"),
    [
        ("AWS::EC2::SecurityGroup::GroupName", "gone"),
        ("AWS::EC2::Volume::Id", "vol-0123456789abcdef0"),
        ("AWS::Route53::HostedZone::Id", "Z0123456789"),
    ],
)
def test_a_parameter_of_an_aws_type_names_what_is_there(stacks: Stacks, kind: str, absent: str) -> None:
    ec2, route53 = stacks.world.client("ec2"), stacks.world.client("route53")
    present = {
        "AWS::EC2::SecurityGroup::GroupName": lambda: ec2.create_security_group(GroupName="g", Description="g") and "g",
        "AWS::EC2::Volume::Id": lambda: ec2.create_volume(Size=1, AvailabilityZone=f"{stacks.world.region}a")[
            "VolumeId"
        ],
        "AWS::Route53::HostedZone::Id": lambda: route53.create_hosted_zone(Name="a.example", CallerReference="r")[
            "HostedZone"
        ]["Id"].rpartition("/")[2],
    }
    body = {**template(A=parameter("/a", {"Ref": "P"})), "Parameters": {"P": {"Type": kind}}}
    with pytest.raises(ValidationError, match=f"parameter value {absent} for parameter name P does not exist"):
        stacks.create("s", body, Parameters=[{"ParameterKey": "P", "ParameterValue": absent}])
    there = present[kind]()
    stack = stacks.create("s", body, Parameters=[{"ParameterKey": "P", "ParameterValue": there}])
    assert (stack.status, stacks.parameter("/a")) == ("CREATE_COMPLETE", there)
