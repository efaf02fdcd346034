"""Which commit runs: the newest execution whose Deploy succeeded, confirmed by the stack's own events."""

from __future__ import annotations

import pytest

from scripts.checks.deployed import Deployed, deployed_revision
from sop.outputs import StackOutputs
from tests.scripts.fake_aws import Params
from tests.scripts.prod_stack import EXECUTION, REVISION
from tests.scripts.release import DEPLOY_SUCCEEDED, GOOD_ACTIONS, Release, action, at, execution, update


def deployed(release: Release) -> Deployed:
    return deployed_revision(StackOutputs.parse(release.outputs), release.aws.aws, release.now)


def test_a_good_release_is_confirmed(release: Release) -> None:
    assert deployed(release) == Deployed(EXECUTION, REVISION, "")


@pytest.mark.parametrize("newer", [[], [action("Deploy", "Failed", 10, 11)], [action("Deploy", "InProgress", 10, 10)]])
def test_an_execution_that_waits_or_failed_is_not_what_runs(release: Release, newer: list[Params]) -> None:
    release.executions(execution("InProgress", pipelineExecutionId="newer") | {"startTime": at(8)}, execution())
    runs = [one | {"pipelineExecutionId": "newer"} for one in (action("Build", "Succeeded", 8, 9), *newer)]
    release.actions(*runs[::-1], *GOOD_ACTIONS[::-1])
    assert deployed(release) == Deployed(EXECUTION, REVISION, "")


def test_a_retry_counts_by_its_last_attempt(release: Release) -> None:
    release.actions(DEPLOY_SUCCEEDED, action("Deploy", "Failed", 1, 2), *GOOD_ACTIONS[:2])
    assert deployed(release).confirmed


@pytest.mark.parametrize("token", ["", f"release-{'0' * 40}-3"])
def test_what_the_events_do_not_confirm_is_in_doubt(release: Release, token: str) -> None:
    release.events(*update(token=token))
    found = deployed(release)
    assert (found.revision, found.confirmed) == (REVISION, False)
    assert found.doubt


def test_a_change_by_hand_puts_it_in_doubt(release: Release) -> None:
    release.events(*update(), *update(10, 12, token=""))
    assert not deployed(release).confirmed


def test_a_pipeline_that_deployed_nothing(release: Release) -> None:
    release.actions(*GOOD_ACTIONS[:2])
    assert deployed(release) == Deployed(None, None, "web-pipeline-prod has deployed nothing.")
