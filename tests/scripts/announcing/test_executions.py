"""What is announced of an execution follows from what a watch sees of it and from what was verified."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from scripts.announcing.executions import occurrences
from scripts.announcing.facts import (
    Application,
    Deployed,
    End,
    Failure,
    Observed,
    Occurrence,
    Progress,
    Start,
    TakenBack,
    Verification,
    occasion_of,
)
from scripts.announcing.occasions import Event
from scripts.announcing.reading import Executions, taken_back
from scripts.releases.verdicts import Verdict
from tests.scripts.announcing.desk import NoGitHub, Office
from tests.scripts.announcing.samples import STARTED, outputs
from tests.scripts.fake_aws import Params
from tests.scripts.ledger.memory import Memory, Time, ledger_of
from tests.scripts.prod_stack import EXECUTION, REVISION
from tests.scripts.release import Release, action, at, execution, update
from tests.scripts.watching.watched import BUILD, SOURCE, Scene, deploying, root

DEPLOY = action("Deploy", "Succeeded", 3, 7)


@pytest.fixture
def scene(release: Release) -> Scene:
    return Scene(release)


def told(scene: Scene, **more: Any) -> list[Occurrence]:
    return occurrences(scene.read(), **more)


def verdict(status: str, checks: list[dict[str, str]] | None = None) -> Verdict:
    return Verdict(by="ada", at=at(40), verdict=status, report={"checks": checks or []})


def names(found: list[Occurrence]) -> list[str]:
    return [occasion_of("pr-12", one).told.removeprefix("pr-12/").replace(EXECUTION, "E") for one in found]


def test_a_deployment_is_told_as_it_goes_on_each_thing_once(scene: Scene) -> None:
    scene.goes_on(SOURCE, BUILD, deploying(), now=at(14))
    found = told(scene)
    assert names(found) == ["started/E", "stage/E-source", "stage/E-build", "stage/E-deploy-10m"]
    assert [one.at_work for one in found if isinstance(one, Progress)][-1] == timedelta(minutes=10)
    assert [one.at for one in found if isinstance(one, Start)] == [at(3)]


def test_what_waits_has_not_started_and_its_progress_is_told_in_the_starts_thread_later(scene: Scene) -> None:
    scene.goes_on(SOURCE, BUILD)
    assert told(scene) == []


def test_complete_has_deploys_own_times_and_the_stacks_status(scene: Scene) -> None:
    scene.ends("Succeeded", SOURCE, BUILD, DEPLOY)
    done = told(scene)[-1]
    assert done == Deployed(
        execution_id=EXECUTION, occasion=EXECUTION, began=at(3), ended=at(7), stack_status="UPDATE_COMPLETE"
    )


def test_a_release_whose_deployment_changed_nothing_is_complete_with_the_status_that_there_is(scene: Scene) -> None:
    scene.ends("Succeeded", SOURCE, BUILD, DEPLOY)
    scene.release.events(*update(-60, -50))
    done = told(scene, stack_status="UPDATE_COMPLETE")[-1]
    assert isinstance(done, Deployed)
    assert done.stack_status == "UPDATE_COMPLETE"


def test_who_comes_late_tells_nothing_of_how_long_it_took(scene: Scene) -> None:
    long = action("Deploy", "Succeeded", 3, 20)
    scene.ends("Succeeded", SOURCE, BUILD, long, minutes=20)
    assert names(told(scene)) == ["started/E", "stage/E-source", "stage/E-build", "stage/E-deploy", "complete/E"]


def test_what_was_verified_and_observed_is_told_after_it(scene: Scene) -> None:
    scene.ends("Succeeded", SOURCE, BUILD, DEPLOY)
    assert not any(isinstance(one, Verification) for one in told(scene))
    found = told(scene, verified=verdict("PASS"), observed=verdict("PASS"))
    assert [type(one) for one in found[-3:]] == [Deployed, Verification, Observed]


def test_a_failed_verification_or_observation_is_a_failure_that_names_what_was_found(scene: Scene) -> None:
    scene.ends("Succeeded", SOURCE, BUILD, DEPLOY)
    wrong = [{"id": "endpoint", "status": "FAIL", "observed": "HTTP 502\nfrom the load balancer"}]
    failed = told(scene, verified=verdict("FAIL", wrong))[-1]
    assert isinstance(failed, Failure)
    assert (failed.end, failed.reason, failed.application) == (
        End.IN_VERIFICATION,
        "endpoint: HTTP 502 from the load balancer",
        Application.DOWN,
    )
    failed = told(scene, verified=verdict("PASS"), observed=verdict("FAIL", wrong))[-1]
    assert isinstance(failed, Failure)
    assert (failed.end, failed.failed) == (End.IN_OBSERVATION, at(40))


def lint_fails(scene: Scene) -> None:
    scene.ends("Failed", SOURCE, action("Build", "Failed", 1, 3), minutes=3)
    scene.release.events(*update(-60, -50))


def test_a_lint_failure_on_main_is_never_a_rollback(scene: Scene) -> None:
    lint_fails(scene)
    (failed,) = [one for one in told(scene, stack_status="UPDATE_COMPLETE") if isinstance(one, Failure)]
    assert (failed.end, failed.rolled_back, failed.stack_status) == (End.NOTHING_DEPLOYED, None, "UPDATE_COMPLETE")
    assert names([failed]) == ["failed/E"]


@pytest.mark.parametrize(
    ("status", "end", "rolled_back"),
    [
        ("UPDATE_ROLLBACK_COMPLETE", End.ROLLED_BACK, True),
        ("UPDATE_ROLLBACK_FAILED", End.ROLLED_BACK, False),
        ("UPDATE_FAILED", End.NOT_ROLLED_BACK, None),
    ],
)
def test_a_failed_deploy_is_a_rollback_as_far_as_cloudformation_says_so(
    scene: Scene, status: str, end: End, rolled_back: bool | None
) -> None:
    scene.ends("Failed", SOURCE, BUILD, action("Deploy", "Failed", 3, 6))
    if "ROLLBACK" in status:
        scene.rolls_back(root(status, 5))
    else:
        scene.release.events(root("UPDATE_IN_PROGRESS", 4), root(status, 5))
    failed = told(scene)[-1]
    assert isinstance(failed, Failure)
    assert (failed.end, failed.rolled_back, failed.stack_status) == (end, rolled_back, status)


def test_a_retried_stage_that_fails_again_is_told_again(scene: Scene) -> None:
    first, second = action("Deploy", "Failed", 3, 6), action("Deploy", "Failed", 20, 25)
    scene.ends("Failed", SOURCE, BUILD, first, second, minutes=25)
    scene.release.events(*update(-60, -50))
    found = told(scene)
    assert names([found[-1]]) == ["failed/E-2"]
    assert "started/E-2" in names(found)


def test_a_rollback_execution_takes_back_and_is_no_release(scene: Scene) -> None:
    scene.ends("Succeeded", DEPLOY, trigger={"triggerType": "ManualRollback"}, executionType="ROLLBACK")
    (done,) = [one for one in told(scene) if isinstance(one, (TakenBack, Deployed))]
    assert isinstance(done, TakenBack)
    assert done.revision == REVISION


def test_a_rollback_is_an_event_of_the_release_that_it_takes_back(scene: Scene) -> None:
    rollback = replace(scene.read().execution, id="r", rolls_back_to="older", started=at(60), status="Succeeded")
    old = replace(rollback, id="older", rolls_back_to=None, started=at(-600))
    bad = replace(rollback, id="bad", rolls_back_to=None, started=at(0))
    stopped = replace(rollback, id="stopped", rolls_back_to=None, started=at(30), status="Failed")
    assert taken_back([rollback, stopped, bad, old], rollback).id == "bad"
    assert taken_back([rollback, old], rollback).id == "r"


def read(scene: Scene, store: Memory | None = None) -> tuple[Any, list[Occurrence]]:
    ledger = ledger_of("ada", store or Memory(), Time(at(60)))
    executions = Executions(outputs(), scene.release.aws.aws, NoGitHub(), ledger)
    release, _, found = executions.read(EXECUTION)
    return release, found


def test_a_failure_is_told_with_github_down_by_the_execution_alone(scene: Scene) -> None:
    lint_fails(scene)
    release, found = read(scene)
    assert (release.id, found[-1].event) == (f"exec-{EXECUTION}", Event.FAILED)
    assert release.title


def test_what_was_announced_under_the_pull_request_stays_its_own_though_github_is_down(scene: Scene) -> None:
    office = Office()
    office.tell(STARTED)
    lint_fails(scene)
    release, _ = read(scene, office.store)
    assert (release.id, release.title) == ("pr-12", "Raise the site to version 4")
    assert release.described.user_facing is True


def test_how_the_application_is_is_asked_where_something_was_deployed(scene: Scene) -> None:
    scene.ends("Failed", SOURCE, BUILD, action("Deploy", "Failed", 3, 6))
    scene.rolls_back(root("UPDATE_ROLLBACK_COMPLETE", 5))
    asked: list[Params] = scene.release.aws.called("DescribeTargetHealth")
    _, found = read(scene)
    assert len(scene.release.aws.called("DescribeTargetHealth")) > len(asked)
    assert found[-1].event is Event.FAILED


def test_superseded_is_no_failure(scene: Scene) -> None:
    scene.ends("Superseded", SOURCE, BUILD, minutes=3)
    scene.release.executions(execution("Superseded", minutes=3))
    assert not any(isinstance(one, Failure) for one in told(scene))
