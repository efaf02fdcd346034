from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.aws.cloudformation.change_sets import NO_CHANGES
from sandbox.aws.cloudformation.errors import ValidationError
from sandbox.aws.service import AwsError
from tests.clock import PATIENCE, until
from tests.sandbox.cloudformation.conftest import BAD, Stacks, history, parameter, template


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
    deployment = stacks.wait("s").deployment
    assert deployment is not None
    assert deployment.settled.wait(PATIENCE)


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
    assert stacks.service.list_change_sets({"StackName": "s"})["Summaries"] == []
    assert stacks.parameter("/a") == "2"
    with pytest.raises(AwsError, match=r"ChangeSet \[two\] does not exist") as refused:
        execute(stacks, "two")
    assert refused.value.code == "ChangeSetNotFound"


def test_an_executed_change_set_frees_its_name_and_is_described_by_its_id(stacks: Stacks) -> None:
    first = make(stacks, template(A=parameter("/a")), "CREATE")
    execute(stacks)
    with pytest.raises(AwsError, match=r"ChangeSet \[c\] does not exist"):
        stacks.service.describe_change_set({"StackName": "s", "ChangeSetName": "c"})
    described = stacks.service.describe_change_set({"ChangeSetName": first["ChangeSetId"]})
    assert (described["Status"], described["ExecutionStatus"]) == ("CREATE_COMPLETE", "EXECUTE_COMPLETE")
    second = make(stacks, template(A=parameter("/a", "2")))
    assert (second["ChangeSetName"], second["ChangeSetId"] != first["ChangeSetId"]) == ("c", True)


def test_the_execution_of_a_change_set_that_fails_is_told(stacks: Stacks) -> None:
    change_set = make(stacks, template(A=BAD), "CREATE")
    execute(stacks)
    described = stacks.service.describe_change_set({"ChangeSetName": change_set["ChangeSetId"]})
    assert described["ExecutionStatus"] == "EXECUTE_FAILED"


def test_a_stack_made_by_a_change_set_was_updated_and_one_made_at_once_was_not(stacks: Stacks) -> None:
    make(stacks, template(A=parameter("/a")), "CREATE")
    execute(stacks)
    stacks.create("t", template(A=parameter("/b")))
    (by_change_set,) = stacks.service.describe_stacks({"StackName": "s"})["Stacks"]
    (at_once,) = stacks.service.describe_stacks({"StackName": "t"})["Stacks"]
    assert "LastUpdatedTime" in by_change_set
    assert "LastUpdatedTime" not in at_once


def test_a_creation_that_rolled_back_shows_when_it_was_deleted_and_with_what_parameters(stacks: Stacks) -> None:
    body = {**template(A=BAD), "Parameters": {"P": {"Type": "String", "Default": "x"}}}
    make(stacks, body, "CREATE")
    execute(stacks)
    (described,) = stacks.service.describe_stacks({"StackName": "s"})["Stacks"]
    assert described["StackStatus"] == "ROLLBACK_COMPLETE"
    assert described["Parameters"] == [{"ParameterKey": "P", "ParameterValue": "x"}]
    assert {"DeletionTime", "LastUpdatedTime"} <= described.keys()
    assert "ChangeSetId" not in described


def test_a_stack_in_review_is_created_under_its_id_and_its_change_sets_are_obsolete(stacks: Stacks) -> None:
    change_set = make(stacks, template(A=parameter("/a")), "CREATE")
    stack = stacks.create("s", template(A=parameter("/a")))
    assert (stack.stack_id, stack.status) == (change_set["StackId"], "CREATE_COMPLETE")
    described = stacks.service.describe_change_set({"ChangeSetName": change_set["ChangeSetId"]})
    assert described["ExecutionStatus"] == "OBSOLETE"
    assert stacks.service.list_change_sets({"StackName": "s"})["Summaries"] == []


def test_a_template_that_is_refused_leaves_the_stack_in_review(stacks: Stacks) -> None:
    make(stacks, template(A=parameter("/a")), "CREATE")
    with pytest.raises(ValidationError, match="Unresolved resource dependencies"):
        stacks.create("s", template(A=parameter("/a", {"Ref": "X"})))
    assert stacks["s"].status == "REVIEW_IN_PROGRESS"


@pytest.mark.parametrize(
    ("attribute", "before", "after"),
    [
        ("Metadata", {"a": "1"}, {"a": "2"}),
        ("DeletionPolicy", "Delete", "Retain"),
        ("UpdateReplacePolicy", "Delete", "Retain"),
    ],
)
def test_a_change_set_shows_a_change_of_an_attribute_alone(
    stacks: Stacks, attribute: str, before: Any, after: Any
) -> None:
    stacks.create("s", template(A=parameter("/a", **{attribute: before})))
    described = make(stacks, template(A=parameter("/a", **{attribute: after})))
    (change,) = [change["ResourceChange"] for change in described["Changes"]]
    assert (change["Action"], change["Replacement"], change["Scope"]) == ("Modify", "False", [attribute])
    assert [detail["Target"] for detail in change["Details"]] == [
        {"Attribute": attribute, "RequiresRecreation": "Never"}
    ]


def test_an_error_of_the_sandbox_itself_fails_a_change_set(stacks: Stacks, monkeypatch: pytest.MonkeyPatch) -> None:
    stacks.create("s", template(A=parameter("/a")))
    monkeypatch.setattr(stacks.service.engine.lookups, "zones", lambda _: 1 / 0)
    described = make(stacks, template(A=parameter("/a", {"Fn::Select": [0, {"Fn::GetAZs": ""}]})))
    assert described["Status"] == "FAILED"
    assert "the sandbox itself failed" in described["StatusReason"]


@pytest.mark.parametrize("kind", ["create", "NEW"])
def test_a_kind_of_change_set_that_aws_does_not_have_is_refused(stacks: Stacks, kind: str) -> None:
    with pytest.raises(ValidationError, match=r"'changeSetType' failed to satisfy constraint"):
        make(stacks, template(A=parameter("/a")), kind)


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
    with pytest.raises(AwsError, match=message):
        make(stacks, template(A=parameter("/a")), kind)
    assert stacks.service.stack("s") is None


def test_a_change_set_that_creates_is_refused_for_a_stack_that_is_there(stacks: Stacks) -> None:
    stacks.create("s", template(A=parameter("/a")))
    with pytest.raises(
        ValidationError, match=r"already exists and cannot be created again with the changeSet \[c\]\.$"
    ):
        make(stacks, template(A=parameter("/a")), "CREATE")


def test_a_stack_in_review_can_be_deleted(stacks: Stacks) -> None:
    make(stacks, template(A=parameter("/a")), "CREATE")
    assert stacks.delete("s").status == "DELETE_COMPLETE"


def test_a_wrong_template_leaves_no_stack_in_review(stacks: Stacks) -> None:
    body = {**template(A=parameter("/a")), "Parameters": {"P": {"Type": "String"}}}
    with pytest.raises(ValidationError, match=r"Parameters: \[P\] must have values"):
        make(stacks, body, "CREATE")
    assert stacks.service.stack("s") is None
