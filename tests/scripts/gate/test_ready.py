"""Whether production can take a release just now."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from scripts.results import Status
from tests import clock
from tests.scripts.gate.dev_place import Deployments
from tests.scripts.gate.place import DEPLOY_IS_FREE, Place


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("UPDATE_COMPLETE", Status.PASS),
        ("UPDATE_ROLLBACK_COMPLETE", Status.PASS),
        ("UPDATE_IN_PROGRESS", Status.FAIL),
        ("UPDATE_ROLLBACK_FAILED", Status.FAIL),
        ("ROLLBACK_COMPLETE", Status.FAIL),
        ("REVIEW_IN_PROGRESS", Status.FAIL),
    ],
)
def test_a_stack_takes_an_update_only_from_some_states(place: Place, status: str, expected: Status) -> None:
    place.stack(status)
    assert place.answer("prod-ready", place.pull()).status is expected


def test_before_the_first_deployment_there_is_none(place: Place) -> None:
    assert "There is no stack yet" in place.answer("prod-ready", place.pull()).observed


def test_another_release_under_way_is_waited_for(place: Place) -> None:
    there = Deployments(place.aws)
    execution = there.deployed("a" * 40, 0.05, status="InProgress")
    result = place.answer("prod-ready", place.pull())
    assert (result.status, result.observed) == (Status.FAIL, f"Execution {execution} is InProgress.")
    assert result.again_at is not None


def test_the_release_before_is_observed_for_an_hour(place: Place) -> None:
    Deployments(place.aws).deployed("a" * 40, 0.5)
    pull = place.pull()
    result = place.answer("prod-ready", pull)
    assert (result.status, "is observed until" in result.observed) == (Status.FAIL, True)
    assert result.again_at is not None
    assert timedelta(minutes=30) < result.again_at - clock.now() < timedelta(minutes=40)


def test_of_a_time_when_the_observation_is_over_it_says_so(place: Place) -> None:
    Deployments(place.aws).deployed("a" * 40, 0.5)
    pull = place.pull()
    asked = place.judge(pull, at=clock.now() + timedelta(hours=1))
    assert next(one for one in asked.checks if one.id == "prod-ready").status is Status.PASS


def test_a_hotfix_cuts_the_observation_short_and_says_so(place: Place) -> None:
    Deployments(place.aws).deployed("a" * 40, 0.5)
    result = place.answer("prod-ready", place.pull("hotfix/urgent"))
    assert (result.status, "Observation cut short: e1" in result.observed) == (Status.PASS, True)


def test_its_own_execution_is_no_other(place: Place) -> None:
    pull = place.pull()
    merged = place.host.merge(pull, "platform-engineer")
    Deployments(place.aws).deployed(merged, 0.05, status="InProgress")
    assert place.answer("prod-ready", pull).status is Status.PASS


def waiting(place: Place, **deploy: Any) -> str:
    """An execution that is under way, and is seen at Deploy so."""
    execution = Deployments(place.aws).deployed("a" * 40, 3, status="InProgress")
    state = {**DEPLOY_IS_FREE["stageStates"][0], **deploy}
    place.aws.answer("GetPipelineState", {"stageStates": [state]})
    return execution


def test_what_waits_before_the_door_holds_up_a_release_and_no_hotfix_which_says_that_it_takes_its_place(
    place: Place,
) -> None:
    execution = waiting(place, inboundExecutions=[{"pipelineExecutionId": "e1", "status": "InProgress"}])
    held = place.answer("prod-ready", place.pull())
    assert (held.status, held.again_at) == (Status.FAIL, None)
    assert held.observed == f"Execution {execution} is InProgress, and waits before Deploy."
    assert f"stop-pipeline-execution --pipeline-name web-pipeline-prod --pipeline-execution-id {execution}" in held.fix
    result = place.answer("prod-ready", place.pull("hotfix/urgent"))
    assert (result.status, f"Execution {execution} waits before Deploy" in result.observed) == (Status.PASS, True)


def test_a_hotfix_waits_for_what_is_being_deployed(place: Place) -> None:
    waiting(place, latestExecution={"pipelineExecutionId": "e1", "status": "InProgress"})
    assert place.answer("prod-ready", place.pull("hotfix/urgent")).status is Status.FAIL


@pytest.mark.parametrize(
    ("reason", "opens"),
    [
        ("release door 000001 by ada - lunch", '`release door --stack prod --open "why"` opens it.'),
        ("lunch", "only who has closed it should open it"),
    ],
)
def test_a_closed_door_is_told_with_whose_it_is_and_what_opens_it(place: Place, reason: str, opens: str) -> None:
    transition = {"enabled": False, "disabledReason": reason, "lastChangedBy": "ada"}
    state = {"stageName": "Deploy", "inboundTransitionState": transition}
    place.aws.answer("GetPipelineState", {"stageStates": [state]})
    result = place.answer("prod-ready", place.pull())
    assert (result.status, "lunch" in result.observed, opens in result.observed) == (Status.PASS, True, True)


def test_a_door_of_which_aws_says_nothing_is_undetermined(place: Place) -> None:
    place.aws.answer("GetPipelineState", {"stageStates": [{"stageName": "Deploy"}]})
    assert place.answer("prod-ready", place.pull()).status is Status.ERROR
