"""Faults of whose the stack is: what AWS and GitHub tell then, and that healing gives back what was."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.faults import by_hand
from sandbox.github import github_of
from sop.names import Environment, Names
from tests.sandbox.faults.agreement import in_order
from tests.sandbox.faults.released import Released

PROD = Environment.PROD

pytestmark = pytest.mark.xdist_group("faults-by-hand")


@pytest.fixture
def there(shared: Released) -> Iterator[Released]:
    yield shared
    shared.world.faults.heal()


def stacks(there: Released) -> tuple[str, str]:
    """The stack's id, and that of the one nested in it."""
    root = there.stack(PROD)["StackId"]
    (nested,) = (one for one in there.stack_ids(PROD) if one != root)
    return root, nested


def deployed(there: Released) -> dict[str, object]:
    return there.actions(PROD, there.executions(PROD)[0]["pipelineExecutionId"])["Deploy"]


def test_healing_gives_back_what_was(there: Released, subtests: pytest.Subtests) -> None:
    before, head = there.told(PROD), github_of(there.world).repository.branches()
    for name in (fault.name for fault in by_hand.FAULTS):
        with subtests.test(name):
            there.world.faults.activate(name, PROD)
            assert (there.told(PROD), github_of(there.world).repository.branches()) != (before, head)
            assert in_order(there, PROD)
            there.world.faults.heal(name)
            assert (there.told(PROD), github_of(there.world).repository.branches()) == (before, head)


def test_a_nested_stack_changed_by_itself_leaves_no_event_in_the_stack_above(there: Released) -> None:
    root, nested = stacks(there)
    before = there.events(root), there.events(nested)
    there.world.faults.activate("nested-stack-changed", PROD)
    assert there.events(root) == before[0]
    later = there.events(nested)[len(before[1]) :]
    assert (later[0]["ResourceStatus"], later[-1]["ResourceStatus"]) == ("UPDATE_IN_PROGRESS", "UPDATE_COMPLETE")
    assert all(one["Timestamp"] > deployed(there)["lastUpdateTime"] for one in later)
    assert not any("ClientRequestToken" in one for one in later)


def test_a_change_of_tags_is_told_by_the_stack_alone(there: Released) -> None:
    root, nested = stacks(there)
    before = there.events(root), there.events(nested)
    there.world.faults.activate("stack-changed", PROD)
    assert there.events(nested) == before[1]
    later = there.events(root)[len(before[0]) :]
    assert {one["PhysicalResourceId"] for one in later} == {root}
    assert there.stack(PROD)["LastUpdatedTime"] == later[0]["Timestamp"]


def test_a_deploy_that_did_nothing_left_no_event(there: Released) -> None:
    there.world.faults.activate("nothing-deployed", PROD)
    since = deployed(there)["startTime"]
    for stack in stacks(there):
        assert all(one["Timestamp"] < since for one in there.events(stack))
    assert there.stack(PROD)["LastUpdatedTime"] < since


def test_a_push_that_was_missed_moves_the_branch_and_starts_nothing(there: Released) -> None:
    executions = there.executions(PROD)
    there.world.faults.activate("push-missed", PROD)
    newest = github_of(there.world).repository.branches()[Names(PROD).branch]
    assert there.executions(PROD) == executions
    assert newest not in {one["revisionId"] for each in executions for one in each["sourceRevisions"]}
    pipeline = there.ask("codepipeline", "get_pipeline", name=Names(PROD).pipeline)["pipeline"]
    assert pipeline["stages"][0]["actions"][0]["configuration"]["DetectChanges"] == "false"
