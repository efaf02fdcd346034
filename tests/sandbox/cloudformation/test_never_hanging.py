"""Whatever fails in the engine itself: the stack ends in a failed status, and the reason says whose failure it is."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.aws.cloudformation import lifecycle
from sandbox.aws.cloudformation.deployment import Deployment
from sandbox.aws.cloudformation.resolution import Resolution
from sandbox.aws.service import AwsError
from tests.sandbox.cloudformation.conftest import Stacks, parameter, template

ONE = template(A=parameter("/a"))
TWO = template(A=parameter("/a", "2"))
OURS = "the sandbox itself failed, RuntimeError('a fault of ours')"


def fail(*_: Any, **__: Any) -> Any:
    raise RuntimeError("a fault of ours")


@pytest.mark.parametrize("where", ["outputs", "properties", "resolve"])
def test_a_creation_rolls_back(stacks: Stacks, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    if where == "properties":  # which planning reads too
        begin = Deployment.apply
        monkeypatch.setattr(
            Deployment, "apply", lambda it: (monkeypatch.setattr(Resolution, where, fail), begin(it))[1]
        )
    else:
        monkeypatch.setattr(Resolution, where, fail)
    stack = stacks.create("s", ONE)
    assert stack.status == "ROLLBACK_COMPLETE"
    assert any(OURS in event.reason for event in stack.events)


def test_an_update_rolls_back(stacks: Stacks, monkeypatch: pytest.MonkeyPatch) -> None:
    stacks.create("s", ONE)
    with monkeypatch.context() as broken:
        broken.setattr(Resolution, "outputs", fail)
        stack = stacks.update("s", TWO)
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
    assert any(OURS in event.reason for event in stack.events)
    assert stacks.parameter("/a") == "1"


@pytest.mark.parametrize(
    ("part", "status"), [("commit", "UPDATE_FAILED"), ("roll_back", "UPDATE_FAILED"), ("delete_stack", "DELETE_FAILED")]
)
def test_what_follows_a_deployment_fails_the_stack(
    stacks: Stacks, monkeypatch: pytest.MonkeyPatch, part: str, status: str
) -> None:
    stacks.create("s", ONE)
    monkeypatch.setattr(lifecycle, part, fail)
    if part == "delete_stack":
        stack = stacks.delete("s")
    else:
        stack = stacks.update("s", TWO if part == "commit" else template(A=parameter("ssm-name")))
    assert stack.status == status
    assert OURS in stack.reason


def test_an_output_of_a_resource_whose_condition_is_false_is_refused(stacks: Stacks) -> None:
    body = {
        **template(A=parameter("/a"), B=parameter("/b", Condition="Never"), outputs={"O": {"Value": {"Ref": "B"}}}),
        "Conditions": {"Never": {"Fn::Equals": ["a", "b"]}},
    }
    message = r"^Unresolved resource dependencies \[B\] in the Outputs block of the template$"
    with pytest.raises(AwsError, match=message):
        stacks.create("s", body)
    assert stacks.service.stack("s") is None
    body["Outputs"]["O"]["Condition"] = "Never"
    assert stacks.create("s", body).status == "CREATE_COMPLETE"
