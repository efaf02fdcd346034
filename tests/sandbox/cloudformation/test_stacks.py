"""Statuses and events of one stack: create, update, fail, delete."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.aws.cloudformation.errors import ValidationError
from sandbox.aws.service import AwsError
from tests.sandbox.cloudformation.conftest import BAD, Stacks, deletion, history, parameter, template


def creation(name: str) -> list[tuple[str, str]]:
    return [(name, "CREATE_IN_PROGRESS"), (name, "CREATE_IN_PROGRESS"), (name, "CREATE_COMPLETE")]


def test_a_creation_reports_each_resource_twice_in_progress_and_once_complete(stacks: Stacks) -> None:
    stack = stacks.create("s", template(A=parameter("/a"), B=parameter("/b", DependsOn="A")))

    assert stack.status == "CREATE_COMPLETE"
    assert history(stack) == [
        ("*", "CREATE_IN_PROGRESS"),
        *creation("A"),
        *creation("B"),
        ("*", "CREATE_COMPLETE"),
    ]
    reasons = [event.reason for event in stack.events]
    assert reasons[:4] == ["User Initiated", "", "Resource creation Initiated", ""]
    assert stack.events[2].physical_id == "/a"
    assert stacks.parameter("/b") == "1"


def test_resources_that_do_not_depend_on_each_other_are_made_side_by_side(stacks: Stacks) -> None:
    stack = stacks.create("s", template(A=parameter("/a"), B=parameter("/b")))
    names = [name for name, status in history(stack) if status != "CREATE_COMPLETE"]
    assert names == ["*", "A", "A", "B", "B"]


def test_functions_see_what_was_really_made(stacks: Stacks) -> None:
    stack = stacks.create(
        "s",
        template(
            A=parameter("/a", "hello"),
            B=parameter("/b", {"Fn::Sub": "${A} ${A.Value} ${AWS::StackName} ${AWS::Region}"}),
            outputs={"Text": {"Value": {"Fn::GetAtt": ["B", "Value"]}, "Description": "all"}},
        ),
    )
    assert stack.outputs == {"Text": "/a hello s ap-southeast-2"}


def test_a_failed_creation_cancels_siblings_rolls_back_and_leaves_nothing(stacks: Stacks) -> None:
    stack = stacks.create("s", template(A=parameter("/a"), B=BAD, C=parameter("/c", DependsOn="B")))

    assert stack.status == "ROLLBACK_COMPLETE"
    assert history(stack) == [
        ("*", "CREATE_IN_PROGRESS"),
        ("A", "CREATE_IN_PROGRESS"),
        ("A", "CREATE_IN_PROGRESS"),
        ("B", "CREATE_IN_PROGRESS"),
        ("B", "CREATE_FAILED"),
        ("A", "CREATE_FAILED"),
        ("*", "ROLLBACK_IN_PROGRESS"),
        *deletion("A"),
        ("B", "DELETE_COMPLETE"),
        ("*", "ROLLBACK_COMPLETE"),
    ]
    reasons = {(event.logical_id, event.status): event.reason for event in stack.events}
    assert "Parameter name" in reasons["B", "CREATE_FAILED"]
    assert "(Service: Ssm, Status Code: 400, Request ID: " in reasons["B", "CREATE_FAILED"]
    assert reasons["B", "CREATE_FAILED"].endswith("HandlerErrorCode: InvalidRequest)")
    assert reasons["A", "CREATE_FAILED"] == "Resource creation cancelled"
    assert reasons["s", "ROLLBACK_IN_PROGRESS"] == (
        "The following resource(s) failed to create: [B, A]. Rollback requested by user."
    )
    assert stacks.parameter("/a") is None


def test_properties_that_do_not_conform_fail_the_resource_with_all_that_is_wrong(stacks: Stacks) -> None:
    wrong = {"Type": "AWS::SSM::Parameter", "Properties": {"Typ": "String"}}
    stack = stacks.create("s", template(A=wrong))
    (reason,) = [event.reason for event in stack.events if event.status == "CREATE_FAILED"]
    assert reason == (
        "Properties validation failed for resource A with message:\n"
        "[#: required key [Value] not found, #: required key [Type] not found, "
        "#: extraneous key [Typ] is not permitted]"
    )


def test_a_property_that_is_not_applied_here_fails_instead_of_being_left_out(stacks: Stacks) -> None:
    policy = {"Type": "AWS::Logs::LogGroup", "Properties": {"DataProtectionPolicy": {"Name": "x"}}}
    stack = stacks.create("s", template(A=policy))
    (reason,) = [event.reason for event in stack.events if event.status == "CREATE_FAILED"]
    assert "does not apply ['DataProtectionPolicy'] of AWS::Logs::LogGroup" in reason


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({"DisableRollback": True}, "CREATE_FAILED"),
        ({"OnFailure": "DO_NOTHING"}, "CREATE_FAILED"),
        ({"OnFailure": "DELETE"}, "DELETE_COMPLETE"),
    ],
)
def test_a_caller_chooses_what_follows_a_failure(stacks: Stacks, options: dict[str, Any], status: str) -> None:
    stack = stacks.create("s", template(A=parameter("/a"), B=BAD), **options)
    stacks.wait(stack.stack_id, until=lambda stack: stack.status == status)


def test_an_update_touches_only_what_differs(stacks: Stacks) -> None:
    stack = stacks.create("s", template(A=parameter("/a"), B=parameter("/b")))
    begun = len(stack.events)
    stacks.update("s", template(A=parameter("/a", "2"), B=parameter("/b")))

    assert history(stack)[begun:] == [
        ("*", "UPDATE_IN_PROGRESS"),
        ("A", "UPDATE_IN_PROGRESS"),
        ("A", "UPDATE_COMPLETE"),
        ("*", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"),
        ("*", "UPDATE_COMPLETE"),
    ]
    assert stacks.parameter("/a") == "2"
    assert stack.updated is not None


def test_a_replacement_makes_the_new_one_first_and_deletes_the_old_one_in_the_cleanup(stacks: Stacks) -> None:
    stack = stacks.create("s", template(A=parameter("/a"), B=parameter("/b", {"Ref": "A"})))
    begun = len(stack.events)
    stacks.update("s", template(A=parameter("/new"), B=parameter("/b", {"Ref": "A"})))

    assert history(stack)[begun:] == [
        ("*", "UPDATE_IN_PROGRESS"),
        ("A", "UPDATE_IN_PROGRESS"),
        ("A", "UPDATE_IN_PROGRESS"),
        ("A", "UPDATE_COMPLETE"),
        ("B", "UPDATE_IN_PROGRESS"),
        ("B", "UPDATE_COMPLETE"),
        ("*", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"),
        *deletion("A"),
        ("*", "UPDATE_COMPLETE"),
    ]
    assert stack.events[begun + 1].reason.startswith("Requested update requires the creation of a new physical")
    assert (stacks.parameter("/a"), stacks.parameter("/new"), stacks.parameter("/b")) == (None, "1", "/new")


def test_a_removed_resource_goes_in_the_cleanup_unless_it_is_retained(stacks: Stacks) -> None:
    kept = parameter("/kept", DeletionPolicy="Retain")
    stack = stacks.create("s", template(A=parameter("/a"), B=parameter("/b"), C=kept))
    begun = len(stack.events)
    stacks.update("s", template(A=parameter("/a")))

    assert ("B", "DELETE_COMPLETE") in history(stack)[begun:]
    assert ("C", "DELETE_SKIPPED") in history(stack)[begun:]
    assert (stacks.parameter("/b"), stacks.parameter("/kept")) == (None, "1")
    assert stack.resources.keys() == {"A"}


def test_a_deletion_takes_dependents_first_and_the_name_becomes_free(stacks: Stacks) -> None:
    stack = stacks.create("s", template(A=parameter("/a"), B=parameter("/b", {"Ref": "A"})))
    begun = len(stack.events)
    stacks.delete("s")

    assert history(stack)[begun:] == [
        ("*", "DELETE_IN_PROGRESS"),
        *deletion("B"),
        *deletion("A"),
        ("*", "DELETE_COMPLETE"),
    ]
    assert stacks.service.stack("s") is None
    assert stacks.service.stack(stack.stack_id) is stack
    with pytest.raises(ValidationError, match="Stack with id s does not exist"):
        stacks.service.describe_stacks({"StackName": "s"})
    events = stacks.service.describe_stack_events({"StackName": stack.stack_id})["StackEvents"]
    assert events[0]["ResourceStatus"] == "DELETE_COMPLETE"
    assert stacks.create("s", template(A=parameter("/a"))).status == "CREATE_COMPLETE"


def test_what_cannot_be_deleted_leaves_the_stack_delete_failed(stacks: Stacks) -> None:
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "full"}}
    stack = stacks.create("s", template(A=bucket))
    stacks.world.client("s3").put_object(Bucket="full", Key="k", Body=b"x")
    stacks.delete("s")
    assert stack.status == "DELETE_FAILED"
    assert stack.reason == "The following resource(s) failed to delete: [A]. "
    stacks.service.delete_stack({"StackName": "s", "RetainResources": ["A"]})
    stacks.wait(stack.stack_id)
    assert stack.status == "DELETE_COMPLETE"


def test_every_status_is_published(stacks: Stacks) -> None:
    stack = stacks.create("s", template(A=parameter("/a")), ClientRequestToken="t1")
    stacks.wait("s", until=lambda _: len(stacks.published) > 1)
    assert [
        (event.source, event.detail_type, event.detail["status-details"]["status"]) for event in stacks.published
    ] == [
        ("aws.cloudformation", "CloudFormation Stack Status Change", "CREATE_IN_PROGRESS"),
        ("aws.cloudformation", "CloudFormation Stack Status Change", "CREATE_COMPLETE"),
    ]
    assert stacks.published[0].resources == [stack.stack_id]
    assert stacks.published[0].detail["client-request-token"] == "t1"


def test_the_tags_of_the_stack_reach_its_resources_and_their_own_win(stacks: Stacks) -> None:
    tagged = {"Name": "/a", "Type": "String", "Value": "1", "Tags": {"Environment": "own"}}
    stack = stacks.create(
        "s",
        template(
            A={"Type": "AWS::SSM::Parameter", "Properties": tagged},
            B={"Type": "AWS::SNS::Topic"},
            C={"Type": "AWS::CloudFormation::WaitConditionHandle"},
        ),
        Tags=[{"Key": "Environment", "Value": "dev"}, {"Key": "Project", "Value": "web"}],
    )
    assert stack.resources["A"].properties["Tags"] == {"Environment": "own", "Project": "web"}
    topic = stack.resources["B"].physical_id
    tags = stacks.world.client("sns").list_tags_for_resource(ResourceArn=topic)["Tags"]
    assert {tag["Key"]: tag["Value"] for tag in tags} == {"Environment": "dev", "Project": "web"}
    assert stack.resources["C"].properties == {}


def test_an_existing_name_is_refused_and_the_same_token_is_the_same_request(stacks: Stacks) -> None:
    first = stacks.create("s", template(A=parameter("/a")), ClientRequestToken="t1")
    again = stacks.create("s", template(A=parameter("/a")), ClientRequestToken="t1")
    assert again is first
    with pytest.raises(AwsError, match=r"Stack \[s\] already exists"):
        stacks.create("s", template(A=parameter("/a")), ClientRequestToken="t2")
