"""Whether dev has run what would be released: by content, unbroken, and long enough."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from scripts.errors import ConfigurationError
from scripts.gate.stays import Deployment, stay_of, stays
from scripts.results import Outcome, Status
from tests import clock
from tests.scripts.gate.dev_place import DevPlace
from tests.scripts.gate.place import SECOND, Place

HOUR = timedelta(hours=1)
NOON = datetime.fromisoformat("2026-12-15T12:00+10:00")


def deployment(number: int, content: str | None, hours: float) -> Deployment:
    """One that began so many hours after noon, and took five minutes."""
    began = NOON + hours * HOUR
    return Deployment(str(number), f"r{number}", content, began, began + timedelta(minutes=5))


def test_the_same_content_again_goes_on_with_the_stay() -> None:
    found = stays([deployment(1, "a", 0), deployment(2, "a", 20), deployment(3, "b", 30)])
    assert [(one.content, len(one.deployments)) for one in found] == [("a", 2), ("b", 1)]
    assert (found[0].since, found[0].until) == (NOON + timedelta(minutes=5), NOON + 30 * HOUR)
    assert found[1].until is None


def test_another_content_in_between_begins_it_anew() -> None:
    found = stays([deployment(1, "a", 0), deployment(2, "b", 20), deployment(3, "a", 21)])
    stay = stay_of("a", found, 24 * HOUR, NOON + 30 * HOUR)
    assert stay is not None
    assert (stay.newest.execution_id, stay.lasted(NOON + 30 * HOUR) < 24 * HOUR) == ("3", True)


def test_a_deployment_that_left_nobody_knows_what_ends_a_stay_and_is_none() -> None:
    found = stays([deployment(1, "a", 0), deployment(2, None, 20), deployment(3, None, 21), deployment(4, "a", 22)])
    assert [one.content for one in found] == ["a", None, None, "a"]


def test_what_dev_ran_long_enough_before_it_moved_on_is_found() -> None:
    found = stays([deployment(1, "a", 0), deployment(2, "b", 30), deployment(3, "a", 40)])
    stay = stay_of("a", found, 24 * HOUR, NOON + 41 * HOUR)
    assert stay is not None
    assert stay.newest.execution_id == "1"


@pytest.fixture
def dev(place: Place, monkeypatch: pytest.MonkeyPatch) -> DevPlace:
    return DevPlace(place, monkeypatch)


def test_the_content_that_dev_runs_is_asked_about_since_it_was_deployed(place: Place, dev: DevPlace) -> None:
    execution = dev.deployed(place.pull().head_sha, 30)
    result = dev.answer()
    assert (result.status, result.evidence["executions"]) == (Status.PASS, [execution])
    asked = {check: (pinned, since) for check, pinned, since in dev.asked}
    assert set(asked) == {"dev-deployment", "dev-stack-status", "dev-alarms", "dev-soak", "target-health", "endpoint"}
    assert asked["dev-soak"][0] == execution


def test_what_dev_has_not_run_is_no_go(place: Place, dev: DevPlace) -> None:
    pull = place.pull()
    dev.deployed(pull.head_sha, 30)
    place.commit("dev", content="three\n")
    result = dev.answer()
    assert (result.status, "dev has not run tree" in result.observed) == (Status.FAIL, True)
    assert not dev.asked


def test_what_main_has_got_besides_is_another_content(place: Place, dev: DevPlace) -> None:
    dev.deployed(place.pull().head_sha, 30)
    place.commit("main", "other.yaml")
    assert dev.answer().status is Status.FAIL


def test_a_back_merge_that_changes_nothing_keeps_the_soak(place: Place, dev: DevPlace) -> None:
    pull = place.pull()
    dev.deployed(pull.head_sha, 30)
    place.host.merge(pull, SECOND)
    back = place.merge_into("dev", "main")
    second = dev.deployed(back, 2)
    place.commit("release/2", "unused.yaml")
    again = place.host.open_pull(title="Again", head="dev", base="main", author="sample-engineer")
    result = place.answer("promotion", again)
    assert (result.status, result.evidence["executions"]) == (Status.PASS, ["e1", second])
    assert "It was deployed 2 times in that time, each time the same." in result.observed
    (soak,) = [since for check, _, since in dev.asked if check == "dev-soak"]
    assert soak is not None
    assert clock.now() - soak > 29 * HOUR


def test_one_that_changes_something_begins_it_anew(place: Place, dev: DevPlace) -> None:
    pull = place.pull()
    dev.deployed(pull.head_sha, 30)
    place.commit("main", "other.yaml")
    second = dev.deployed(place.merge_into("dev", "main"), 2)
    result = dev.answer()
    assert result.evidence["executions"] == [second]
    (soak,) = [since for check, _, since in dev.asked if check == "dev-soak"]
    assert soak is not None
    assert clock.now() - soak < 2 * HOUR


def test_a_release_branch_is_released_while_dev_moves_on(place: Place, dev: DevPlace) -> None:
    head = place.pull("release/2026-12").head_sha
    first = dev.deployed(head, 60)
    dev.deployed(place.commit("dev", content="three\n"), 20)
    result = dev.answer("release/2026-12")
    assert (result.status, result.evidence["executions"]) == (Status.PASS, [first])
    assert {check for check, _, _ in dev.asked} == {"dev-deployment", "dev-alarms", "dev-soak"}


def test_a_deployment_that_failed_in_between_breaks_the_soak(place: Place, dev: DevPlace) -> None:
    head = place.pull().head_sha
    dev.deployed(head, 30)
    dev.deployed(head, 10, status="Failed")
    last = dev.deployed(head, 3)
    assert dev.answer().evidence["executions"] == [last]


def test_what_promotions_checks_find_is_the_answer_with_its_time(place: Place, dev: DevPlace) -> None:
    dev.deployed(place.pull().head_sha, 3)
    later = clock.now() + 21 * HOUR
    dev.says["dev-soak"] = Outcome(Status.FAIL, "Observed 3 of 24 h", fix="Wait.", again_at=later)
    result = dev.answer()
    assert (result.status, result.again_at, result.fix) == (Status.FAIL, later, "Wait.")
    assert "dev-soak FAIL: Observed 3 of 24 h" in result.observed
    dev.says["dev-alarms"] = Outcome(Status.FAIL, "dev-cpu fired", fix="Look.")
    assert dev.answer().again_at is None


def test_a_hotfix_was_not_in_dev(place: Place, dev: DevPlace) -> None:
    assert place.answer("promotion", place.pull("hotfix/urgent")).status is Status.SKIPPED


def test_dev_out_of_reach_is_undetermined(place: Place) -> None:
    pull = place.pull()
    result = place.answer("promotion", pull)
    assert (result.status, "--dev-outputs FILE" in result.fix) == (Status.ERROR, True)
    place.no_dev = ConfigurationError("No stack named dev.", "pulumi stack ls")
    result = place.answer("promotion", pull)
    assert (result.observed, result.fix) == ("dev cannot be looked at: No stack named dev.", "pulumi stack ls")
