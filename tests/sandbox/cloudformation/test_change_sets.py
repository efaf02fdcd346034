from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.aws.cloudformation.change_sets import NO_CHANGES
from sandbox.aws.cloudformation.errors import ValidationError
from sandbox.aws.service import AwsError
from tests.clock import until
from tests.sandbox.cloudformation.conftest import Stacks, history, parameter, template


def make(stacks: Stacks, body: dict[str, Any], kind: str = "UPDATE", name: str = "c") -> dict[str, Any]:
    """A change set of the stack s, described once it is computed."""
    request = {"StackName": "s", "ChangeSetName": name, "ChangeSetType": kind, "TemplateBody": json.dumps(body)}
    stacks.service.create_change_set(request)
    described = {}

    def computed() -> bool:
        described.update(stacks.service.describe_change_set({"StackName": "s", "ChangeSetName": name}))
        return described["Status"] in ("CREATE_COMPLETE", "FAILED")

    until(computed)
    return described


def execute(stacks: Stacks, name: str = "c") -> None:
    stacks.service.execute_change_set({"StackName": "s", "ChangeSetName": name})
    stacks.wait("s")


def test_a_change_set_begins_a_stack_in_review_and_executing_it_creates(stacks: Stacks) -> None:
    described = make(stacks, template(A=parameter("/a")), "CREATE")
    assert described["ExecutionStatus"] == "AVAILABLE"
    assert [change["ResourceChange"]["Action"] for change in described["Changes"]] == ["Add"]
    assert stacks["s"].status == "REVIEW_IN_PROGRESS"
    assert stacks.parameter("/a") is None

    execute(stacks)
    statuses = [status for name, status in history(stacks["s"]) if name == "*"]
    assert statuses == ["REVIEW_IN_PROGRESS", "CREATE_IN_PROGRESS", "CREATE_COMPLETE"]


def test_a_change_set_without_changes_fails_in_aws_words(stacks: Stacks) -> None:
    stacks.create("s", template(A=parameter("/a")))
    described = make(stacks, template(A=parameter("/a")))
    assert (described["Status"], described["StatusReason"]) == ("FAILED", NO_CHANGES)
    with pytest.raises(AwsError, match=r"cannot be executed in its current status of \[FAILED\]"):
        execute(stacks)


def test_a_change_set_tells_what_is_added_modified_replaced_and_removed(stacks: Stacks) -> None:
    stacks.create(
        "s", template(A=parameter("/a"), B=parameter("/b"), C=parameter("/c"), D=parameter("/d", {"Ref": "B"}))
    )
    changed = template(A=parameter("/a", "2"), B=parameter("/new"), D=parameter("/d", {"Ref": "B"}), E=parameter("/e"))
    described = make(stacks, changed)
    found = {
        change["ResourceChange"]["LogicalResourceId"]: (
            change["ResourceChange"]["Action"],
            change["ResourceChange"].get("Replacement"),
        )
        for change in described["Changes"]
    }
    assert found == {
        "A": ("Modify", "False"),
        "B": ("Modify", "True"),
        "D": ("Modify", "False"),
        "E": ("Add", None),
        "C": ("Remove", None),
    }
    details = {c["ResourceChange"]["LogicalResourceId"]: c["ResourceChange"]["Details"] for c in described["Changes"]}
    assert details["A"][0]["Target"] == {"Attribute": "Properties", "Name": "Value", "RequiresRecreation": "Never"}
    assert details["B"][0]["Target"]["RequiresRecreation"] == "Always"
    assert (details["D"][0]["Evaluation"], details["D"][0]["ChangeSource"]) == ("Dynamic", "ResourceAttribute")
    assert stacks.parameter("/a") == "1"


def test_executing_one_change_set_deletes_the_others(stacks: Stacks) -> None:
    stacks.create("s", template(A=parameter("/a")))
    make(stacks, template(A=parameter("/a", "2")), name="one")
    make(stacks, template(A=parameter("/a", "3")), name="two")
    execute(stacks, "one")
    assert [entry["ChangeSetName"] for entry in stacks.service.list_change_sets({"StackName": "s"})["Summaries"]] == [
        "one"
    ]
    assert stacks.parameter("/a") == "2"
    with pytest.raises(AwsError, match=r"ChangeSet \[two\] does not exist") as refused:
        execute(stacks, "two")
    assert refused.value.code == "ChangeSetNotFound"


def test_a_deleted_change_set_cannot_be_executed_and_is_deleted_once(stacks: Stacks) -> None:
    stacks.create("s", template(A=parameter("/a")))
    make(stacks, template(A=parameter("/a", "2")))
    for _ in range(2):
        stacks.service.delete_change_set({"StackName": "s", "ChangeSetName": "c"})
    with pytest.raises(AwsError, match="does not exist"):
        execute(stacks)


@pytest.mark.parametrize(
    ("kind", "message"),
    [("UPDATE", r"Stack \[s\] does not exist"), ("IMPORT", "makes CREATE and UPDATE change sets")],
)
def test_a_change_set_is_refused_where_it_cannot_apply(stacks: Stacks, kind: str, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        make(stacks, template(A=parameter("/a")), kind)
    assert stacks.service.stack("s") is None


def test_a_change_set_that_creates_is_refused_for_a_stack_that_is_there(stacks: Stacks) -> None:
    stacks.create("s", template(A=parameter("/a")))
    with pytest.raises(ValidationError, match="already exists and cannot be created again"):
        make(stacks, template(A=parameter("/a")), "CREATE")


def test_a_stack_in_review_can_be_deleted(stacks: Stacks) -> None:
    make(stacks, template(A=parameter("/a")), "CREATE")
    assert stacks.delete("s").status == "DELETE_COMPLETE"


def test_a_wrong_template_leaves_no_stack_in_review(stacks: Stacks) -> None:
    body = {**template(A=parameter("/a")), "Parameters": {"P": {"Type": "String"}}}
    with pytest.raises(ValidationError, match=r"Parameters: \[P\] must have values"):
        make(stacks, body, "CREATE")
    assert stacks.service.stack("s") is None
