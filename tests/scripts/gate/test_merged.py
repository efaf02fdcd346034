"""The gate of a pull request that is merged already, as the keeper asks about who waits before Deploy."""

from __future__ import annotations

import pytest

from scripts.results import Report, Status
from tests import clock
from tests.scripts.gate.dev_place import DevPlace
from tests.scripts.gate.place import AUTHOR, FIRST, MANAGER, Place

SKIPPED_THEN = {"up-to-date"}  # it was, or GitHub's own rule was passed over: main has the merge either way


@pytest.fixture
def dev(place: Place, monkeypatch: pytest.MonkeyPatch) -> DevPlace:
    return DevPlace(place, monkeypatch)


def statuses(report: Report) -> dict[str, Status]:
    return {one.id: one.status for one in report.checks}


def test_what_was_good_before_the_merge_is_good_after_it(place: Place, dev: DevPlace) -> None:
    pull = place.agreed(place.pull())
    before = statuses(place.judge(pull))
    place.host.merge(pull, MANAGER)
    after = statuses(place.judge(pull))
    assert {one: said for one, said in after.items() if one not in SKIPPED_THEN} == {
        one: said for one, said in before.items() if one not in SKIPPED_THEN
    }
    assert {after[one] for one in SKIPPED_THEN} == {Status.SKIPPED}


def test_its_head_is_what_was_merged_however_the_branch_goes_on(place: Place, dev: DevPlace) -> None:
    pull = place.agreed(place.pull())
    place.host.merge(pull, MANAGER)
    good = statuses(place.judge(pull))
    place.commit("dev", "later.yaml")
    assert statuses(place.judge(pull)) == good


def test_who_asks_for_changes_after_the_merge_keeps_it_out(place: Place, dev: DevPlace) -> None:
    pull = place.agreed(place.pull())
    place.host.merge(pull, MANAGER)
    place.ask_for_changes(pull, FIRST)
    assert place.answer("approvals", pull).status is Status.FAIL


def test_merged_past_the_reviews_it_has_none(place: Place, dev: DevPlace) -> None:
    pull = place.pull()
    place.host.merge(pull, AUTHOR)
    after = statuses(place.judge(pull))
    assert (after["approvals"], after["operations-approval"]) == (Status.FAIL, Status.FAIL)
    assert after["lint-status"] is Status.FAIL


def test_its_own_execution_that_waits_is_no_other_that_is_in_the_way(place: Place, dev: DevPlace) -> None:
    pull = place.agreed(place.pull())
    sha = place.host.merge(pull, MANAGER)
    began = clock.now()
    own = {
        "pipelineExecutionId": "own",
        "status": "InProgress",
        "startTime": began,
        "lastUpdateTime": began,
        "sourceRevisions": [{"actionName": "Source", "revisionId": sha}],
    }
    place.aws.answer("ListPipelineExecutions", {"pipelineExecutionSummaries": [own]})
    assert place.answer("prod-ready", pull).status is Status.PASS
