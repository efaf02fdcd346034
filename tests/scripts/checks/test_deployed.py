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


NEWER = "0" * 40
TOKEN = f"release-{NEWER}-18"
TAKEN_BACK = "UPDATE_ROLLBACK_COMPLETE"


def failed_since(release: Release, *events: Params, status: str = TAKEN_BACK, changed: float = 10) -> None:
    """A newer execution whose Deploy failed, and what the stack says of it."""
    revisions = [{"actionName": "GitHub", "revisionId": NEWER}]
    newer = execution("Failed", pipelineExecutionId="newer", sourceRevisions=revisions) | {"startTime": at(8)}
    release.executions(newer, execution())
    runs = [one | {"pipelineExecutionId": "newer"} for one in (action("Deploy", "Failed", 9, 13),)]
    release.actions(*runs, *GOOD_ACTIONS[::-1])
    release.stack(status, changed=changed)
    release.events(*update(), *events)


def test_what_a_failed_release_was_rolled_back_to_runs_for_certain(release: Release) -> None:
    failed_since(release, *update(10, 12, status=TAKEN_BACK, token=TOKEN))
    assert deployed(release) == Deployed(EXECUTION, REVISION, "")


@pytest.mark.parametrize(
    ("events", "status", "changed"),
    [
        (update(10, 12, status="UPDATE_ROLLBACK_IN_PROGRESS", token=TOKEN), "UPDATE_ROLLBACK_IN_PROGRESS", 10),
        (update(10, 12, status="UPDATE_ROLLBACK_FAILED", token=TOKEN), "UPDATE_ROLLBACK_FAILED", 10),
        (update(10, 12, token=TOKEN), "UPDATE_COMPLETE", 10),
        (update(10, 12, status=TAKEN_BACK, token=""), TAKEN_BACK, 10),
        ([*update(10, 12, status=TAKEN_BACK, token=TOKEN), *update(14, 15, token="")], "UPDATE_COMPLETE", 14),
        (
            [*update(10, 12, token=""), *update(14, 15, status=TAKEN_BACK, token=TOKEN)],
            TAKEN_BACK,
            14,
        ),
        (update(10, 12, status=TAKEN_BACK, token=TOKEN), TAKEN_BACK, 20),
    ],
    ids=["under way", "stuck", "not at all", "by hand", "by hand since", "by hand before", "an update unknown"],
)
def test_what_was_not_taken_back_to_the_end_is_in_doubt(
    release: Release, events: list[Params], status: str, changed: float
) -> None:
    failed_since(release, *events, status=status, changed=changed)
    assert not deployed(release).confirmed


def test_a_pipeline_that_deployed_nothing(release: Release) -> None:
    release.actions(*GOOD_ACTIONS[:2])
    assert deployed(release) == Deployed(None, None, "web-pipeline-prod has deployed nothing.")
