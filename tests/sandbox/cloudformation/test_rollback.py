"""An update that fails, and what brings its stack back."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.aws.cloudformation.errors import ValidationError
from sandbox.core.events import Event
from tests.sandbox.cloudformation.conftest import BAD, Stacks, deletion, history, parameter, template


def test_a_failed_update_restores_what_it_had_changed(stacks: Stacks) -> None:
    stack = stacks.create("s", template(A=parameter("/a"), B=parameter("/b"), outputs={"Old": {"Value": {"Ref": "A"}}}))
    changed = template(
        A=parameter("/a", "2"),
        B=parameter("/replaced", DependsOn="A"),
        C=parameter("/c", DependsOn="B"),
        D={**BAD, "DependsOn": "C"},
        outputs={"New": {"Value": {"Ref": "D"}}},
    )
    stacks.update("s", changed)

    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
    assert history(stack)[-13:] == [
        ("D", "CREATE_IN_PROGRESS"),
        ("D", "CREATE_FAILED"),
        ("*", "UPDATE_ROLLBACK_IN_PROGRESS"),
        ("B", "UPDATE_COMPLETE"),
        ("A", "UPDATE_IN_PROGRESS"),
        ("A", "UPDATE_COMPLETE"),
        ("*", "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"),
        ("D", "DELETE_COMPLETE"),
        *deletion("C"),
        *deletion("B"),
        ("*", "UPDATE_ROLLBACK_COMPLETE"),
    ]
    (reason,) = [e.reason for e in stack.events if e.status == "UPDATE_ROLLBACK_IN_PROGRESS"]
    assert reason == "The following resource(s) failed to create: [D]. "
    found = {name: stacks.parameter(name) for name in ("/a", "/b", "/c", "/replaced")}
    assert found == {"/a": "1", "/b": "1", "/c": None, "/replaced": None}
    assert stack.outputs == {"Old": "/a"}
    assert stack.resources.keys() == {"A", "B"}


def test_after_a_rollback_the_stack_can_be_updated_again(stacks: Stacks) -> None:
    stacks.create("s", template(A=parameter("/a")))
    stacks.update("s", template(A=parameter("/a", "2"), B={**BAD, "DependsOn": "A"}))
    assert stacks.update("s", template(A=parameter("/a", "3"))).status == "UPDATE_COMPLETE"
    assert stacks.parameter("/a") == "3"


def test_a_custom_named_resource_is_not_replaced_under_its_own_name(stacks: Stacks) -> None:
    named = {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "r", "AssumeRolePolicyDocument": {}, "Path": "/a/"}}
    stacks.create("s", template(A=named), Capabilities=["CAPABILITY_NAMED_IAM"])
    moved = {**named, "Properties": {**named["Properties"], "Path": "/b/"}}
    stack = stacks.update("s", template(A=moved), Capabilities=["CAPABILITY_NAMED_IAM"])
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
    (reason,) = [event.reason for event in stack.events if event.status == "UPDATE_FAILED"]
    assert "custom-named resource requires replacing. Rename r and update" in reason


def log_group(days: int) -> dict[str, Any]:
    return {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/g", "RetentionInDays": days}}


def test_a_rollback_that_fails_can_be_continued(stacks: Stacks) -> None:
    logs = stacks.world.client("logs")

    def lose_the_group(event: Event) -> None:
        if event.detail["status-details"]["status"] == "UPDATE_ROLLBACK_IN_PROGRESS" and not lost:
            lost.append(True)
            logs.delete_log_group(logGroupName="/g")

    lost: list[bool] = []
    stacks.world.events.subscribe(lose_the_group)
    stack = stacks.create("s", template(A=log_group(7)))
    stacks.update("s", template(A=log_group(14), B={**BAD, "DependsOn": "A"}))
    assert stack.status == "UPDATE_ROLLBACK_FAILED"
    assert stack.reason == "The following resource(s) failed to update: [A]. "
    with pytest.raises(ValidationError, match="is in UPDATE_ROLLBACK_FAILED state and can not be updated"):
        stacks.update("s", template(A=log_group(14)))

    logs.create_log_group(logGroupName="/g")
    stacks.service.continue_update_rollback({"StackName": "s"})
    stacks.wait("s", until=lambda stack: stack.status == "UPDATE_ROLLBACK_COMPLETE")
    assert logs.describe_log_groups()["logGroups"][0]["retentionInDays"] == 7


def test_a_resource_can_be_skipped_when_a_rollback_is_continued(stacks: Stacks) -> None:
    logs = stacks.world.client("logs")
    stack = stacks.create("s", template(A=log_group(7)))
    rolling_back = "UPDATE_ROLLBACK_IN_PROGRESS"
    stacks.world.events.subscribe(
        lambda event: (
            logs.delete_log_group(logGroupName="/g")
            if event.detail["status-details"]["status"] == rolling_back and stack.status == rolling_back
            else None
        )
    )
    stacks.update("s", template(A=log_group(14), B={**BAD, "DependsOn": "A"}))
    assert stack.status == "UPDATE_ROLLBACK_FAILED"
    stacks.service.continue_update_rollback({"StackName": "s", "ResourcesToSkip": ["A"]})
    stacks.wait("s", until=lambda stack: stack.status == "UPDATE_ROLLBACK_COMPLETE")
