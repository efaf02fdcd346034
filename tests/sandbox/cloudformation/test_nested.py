"""A stack as a resource of another."""

from __future__ import annotations

from typing import Any

from sandbox.aws.cloudformation.model import Stack
from tests.sandbox.cloudformation.conftest import BAD, Stacks, history, parameter, template


def inner(value: Any = "1", **more: Any) -> dict[str, Any]:
    outputs = {"Out": {"Value": {"Fn::GetAtt": ["P", "Value"]}}}
    return {
        **template(P=parameter("/inner", value), **more, outputs=outputs),
        "Parameters": {"X": {"Type": "String", "Default": "d"}},
    }


def nested(url: str, **attributes: Any) -> dict[str, Any]:
    properties = {"TemplateURL": url, **attributes.pop("Properties", {})}
    return {"Type": "AWS::CloudFormation::Stack", "Properties": properties, **attributes}


def child(stacks: Stacks, parent: Stack, name: str = "N") -> Stack:
    return stacks[parent.resources[name].physical_id]


def test_a_nested_stack_is_a_stack_of_its_own(stacks: Stacks) -> None:
    url = stacks.upload("inner", inner({"Ref": "X"}))
    parent = stacks.create(
        "s",
        template(
            N=nested(url, Properties={"Parameters": {"X": "given"}}),
            O=parameter("/outer", {"Fn::GetAtt": ["N", "Outputs.Out"]}),
        ),
        Tags=[{"Key": "Environment", "Value": "dev"}],
    )
    assert parent.status == "CREATE_COMPLETE"
    assert stacks.parameter("/outer") == "given"
    found = child(stacks, parent)
    assert found.name.startswith("s-N-")
    assert (found.parent_id, found.root_id) == (parent.stack_id, parent.stack_id)
    assert found.tags == {"Environment": "dev"}
    assert found.outputs == {"Out": "given"}
    assert history(found)[0] == ("*", "CREATE_IN_PROGRESS")
    assert history(found)[-1] == ("*", "CREATE_COMPLETE")
    described = stacks.service.describe_stacks({"StackName": found.stack_id})["Stacks"][0]
    assert described["RootId"] == parent.stack_id


def test_a_nested_creation_that_fails_is_told_by_its_parent_and_deleted(stacks: Stacks) -> None:
    url = stacks.upload("inner", inner(B=BAD))
    parent = stacks.create("s", template(A=parameter("/a"), N=nested(url, DependsOn="A")))
    found = child(stacks, parent)
    assert parent.status == "ROLLBACK_COMPLETE"
    assert found.status == "DELETE_COMPLETE"
    (reason,) = [event.reason for event in parent.events if event.status == "CREATE_FAILED"]
    assert reason == (
        f"Embedded stack {found.stack_id} was not successfully created: "
        "The following resource(s) failed to create: [B, P]. Rollback requested by user."
    )
    statuses = [status for name, status in history(found) if name == "*"]
    assert statuses == [
        "CREATE_IN_PROGRESS",
        "ROLLBACK_IN_PROGRESS",
        "ROLLBACK_COMPLETE",
        "DELETE_IN_PROGRESS",
        "DELETE_COMPLETE",
    ]
    assert (stacks.parameter("/a"), stacks.parameter("/inner")) == (None, None)


def test_a_nested_update_is_committed_with_its_parent(stacks: Stacks) -> None:
    parent = stacks.create("s", template(N=nested(stacks.upload("one", inner("1", Old=parameter("/old"))))))
    found = child(stacks, parent)
    begun = len(found.events)
    stacks.update("s", template(N=nested(stacks.upload("two", inner("2")))))
    assert parent.status == "UPDATE_COMPLETE"
    assert [status for name, status in history(found)[begun:] if name == "*"] == [
        "UPDATE_IN_PROGRESS",
        "UPDATE_COMPLETE",
        "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
        "UPDATE_COMPLETE",
    ]
    assert (stacks.parameter("/inner"), stacks.parameter("/old")) == ("2", None)


def test_a_nested_update_that_fails_rolls_the_whole_tree_back(stacks: Stacks) -> None:
    parent = stacks.create(
        "s",
        template(
            N=nested(stacks.upload("n1", inner("1"))),
            M=nested(stacks.upload("m1", template(Q=parameter("/m", "1"))), DependsOn="N"),
        ),
    )
    stacks.update(
        "s",
        template(
            N=nested(stacks.upload("n2", inner("2", New=parameter("/new")))),
            M=nested(stacks.upload("m2", template(Q=parameter("/m", "2"), B={**BAD, "DependsOn": "Q"})), DependsOn="N"),
        ),
    )
    good, bad = child(stacks, parent, "N"), child(stacks, parent, "M")
    assert (parent.status, good.status, bad.status) == ("UPDATE_ROLLBACK_COMPLETE",) * 3
    (reason,) = [event.reason for event in parent.events if event.status == "UPDATE_FAILED"]
    assert reason == (
        f"Embedded stack {bad.stack_id} was not successfully updated. Currently in UPDATE_ROLLBACK_IN_PROGRESS "
        "with reason: The following resource(s) failed to create: [B]. "
    )
    (root,) = [event.reason for event in parent.events if event.status == "UPDATE_ROLLBACK_IN_PROGRESS"]
    assert root == "The following resource(s) failed to update: [M]. "
    found = {name: stacks.parameter(name) for name in ("/inner", "/new", "/m")}
    assert found == {"/inner": "1", "/new": None, "/m": "1"}
    assert good.outputs == {"Out": "1"}


def test_after_a_tree_rolled_back_it_can_be_updated_again(stacks: Stacks) -> None:
    parent = stacks.create("s", template(N=nested(stacks.upload("n1", inner("1")))))
    stacks.update("s", template(N=nested(stacks.upload("n2", inner("2", B={**BAD, "DependsOn": "P"})))))
    assert stacks.parameter("/inner") == "1"
    stacks.update("s", template(N=nested(stacks.upload("n3", inner("3")))))
    assert (parent.status, child(stacks, parent).status) == ("UPDATE_COMPLETE", "UPDATE_COMPLETE")
    assert stacks.parameter("/inner") == "3"


def test_a_nested_stack_without_changes_is_visited_and_not_touched(stacks: Stacks) -> None:
    url = stacks.upload("inner", inner("1"))
    parent = stacks.create("s", template(N=nested(url)))
    found = child(stacks, parent)
    begun = len(found.events)
    stacks.update("s", template(N=nested(url)))
    assert parent.status == "UPDATE_COMPLETE"
    assert ("N", "UPDATE_COMPLETE") in history(parent)
    assert len(found.events) == begun


def test_deleting_the_parent_deletes_the_tree(stacks: Stacks) -> None:
    leaf = stacks.upload("leaf", inner("1"))
    middle = stacks.upload("middle", template(L=nested(leaf)))
    parent = stacks.create("s", template(N=nested(middle)))
    middle_stack = child(stacks, parent)
    leaf_stack = child(stacks, middle_stack, "L")
    assert leaf_stack.root_id == parent.stack_id
    assert leaf_stack.parent_id == middle_stack.stack_id
    stacks.delete("s")
    assert {parent.status, middle_stack.status, leaf_stack.status} == {"DELETE_COMPLETE"}
    assert stacks.parameter("/inner") is None


def test_an_output_that_the_child_lacks_fails_what_uses_it(stacks: Stacks) -> None:
    url = stacks.upload("inner", inner("1"))
    parent = stacks.create("s", template(N=nested(url), O=parameter("/o", {"Fn::GetAtt": ["N", "Outputs.Nope"]})))
    assert parent.status == "ROLLBACK_COMPLETE"
    (reason,) = [event.reason for event in parent.events if event.status == "CREATE_FAILED"]
    assert reason.startswith("Output 'Nope' not found in stack")


def test_a_missing_template_fails_the_nested_stack(stacks: Stacks) -> None:
    parent = stacks.create("s", template(N=nested("https://s3.amazonaws.com/templates/nowhere")))
    (reason,) = [event.reason for event in parent.events if event.status == "CREATE_FAILED"]
    assert "TemplateURL must reference a valid S3 object" in reason


def test_a_sibling_that_fails_cancels_a_nested_stack_at_work(stacks: Stacks) -> None:
    url = stacks.upload("inner", inner("1"))
    parent = stacks.create("s", template(N=nested(url), Z=BAD))
    assert parent.status == "ROLLBACK_COMPLETE"
    assert [event.reason for event in parent.events if event.logical_id == "N" and event.status == "CREATE_FAILED"] == [
        "Resource creation cancelled"
    ]
    assert child(stacks, parent).status == "DELETE_COMPLETE"
    assert stacks.parameter("/inner") is None
