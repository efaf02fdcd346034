"""What is announced before a release: only with everything that it says, approved, in time, and inside the calendar."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sandbox.github.pulls import PullRequest
from scripts.announcing.facts import Plan
from scripts.announcing.planned import planned_of
from scripts.announcing.planning import NotAnnouncedError, planned
from scripts.announcing.postponing import postponement
from scripts.errors import ConfigurationError
from scripts.gate.context import GateContext
from scripts.results import Outcome, Status
from tests import clock
from tests.scripts.announcing.desk import Office
from tests.scripts.announcing.samples import BODY, PLAN, POSTPONED, TREE, outputs, release
from tests.scripts.gate.dev_place import DevPlace
from tests.scripts.gate.place import AUTHOR, FIRST, MANAGER, Place
from tests.scripts.ledger.memory import Memory, Time, ledger_of

THURSDAY = datetime(2026, 3, 12, 0, 0, tzinfo=UTC)  # 10:00 in Brisbane; the tests begin on Tuesday at 22:30 there


@pytest.fixture
def place(tmp_path: Path) -> Place:
    made = Place(tmp_path)
    made.outputs = outputs()
    return made


@pytest.fixture(autouse=True)
def dev(place: Place, monkeypatch: pytest.MonkeyPatch) -> DevPlace:
    made = DevPlace(place, monkeypatch)
    made.says["dev-alarms"] = Outcome(Status.PASS, "All 8 alarms are OK.")
    return made


def plan(place: Place, pull: PullRequest, at: datetime | None = THURSDAY) -> Plan:
    context = GateContext(
        outputs=place.outputs,
        aws=place.aws.aws,
        github=place.github,
        number=pull.number,
        now=clock.now(),
        at=at or clock.now(),
        ledger=ledger_of("ada", Memory(), Time(clock.now())),
        dev=place.dev,
        no_dev=place.no_dev,
    )
    return planned(context, at)[1]


def refusal(place: Place, pull: PullRequest, at: datetime | None = THURSDAY) -> str:
    with pytest.raises(NotAnnouncedError) as refused:
        plan(place, pull, at)
    assert refused.value.exit_code == 3
    return refused.value.message


def test_a_release_that_was_agreed_on_is_announced_with_who_approved_and_what_dev_has_shown(place: Place) -> None:
    found = plan(place, place.agreed(place.pull(body=BODY)))
    assert (found.begins, found.approved.by, found.takes) == (THURSDAY, MANAGER, timedelta(minutes=10))
    assert found.validated.deployed == "2026-03-09 16:35 AEST, observed for 1 d 5 h"
    assert found.validated.tested.startswith("CFN-Lint succeeded; in dev ")
    assert found.validated.alarms == "All OK"


def test_it_is_not_announced_before_the_operations_manager_has_approved(place: Place) -> None:
    pull = place.pull(body=BODY)
    place.lint(pull)
    place.ran_in_dev(pull)
    place.review(pull, FIRST)
    assert f"the operations manager's approval: ask {MANAGER} for a review" in refusal(place, pull)


def test_an_approver_who_is_no_longer_the_manager_has_not_approved(place: Place) -> None:
    pull = place.agreed(place.pull(body=BODY))
    place.configured(operations_manager=f"/{FIRST}")
    assert plan(place, pull).approved.by == FIRST
    place.configured(operations_manager=f"/{AUTHOR}")
    assert f"ask {AUTHOR} for a review" in refusal(place, pull)


def test_an_approval_of_what_has_changed_since_is_none(place: Place) -> None:
    pull = place.agreed(place.pull(body=BODY))
    place.commit("dev", content="three\n")
    assert f"the operations manager's approval: ask {MANAGER} for a review" in refusal(place, pull)


def test_everything_that_is_missing_is_named_at_once(place: Place) -> None:
    place.outputs = outputs(on_call=None)
    said = refusal(place, place.pull(body="## Changes\n\n- one\n"), THURSDAY.replace(hour=20))
    for missing in (
        "Impact, Downtime",
        "Impact, User-facing",
        "Impact, Performance",
        "Rollback plan, How",
        "Rollback plan, Estimated time",
        "release:announcements, onCall",
        "the operations manager's approval",
        "its deployment in dev: dev has not run tree",
        "an open calendar: Fri 2026-03-13 06:00 AEST is outside the release window",
        "--at 2026-03-12T10:00+1000 is the earliest",
    ):
        assert missing in said


def test_a_soak_that_still_runs_is_told_as_since(place: Place, dev: DevPlace) -> None:
    place.ran_in_dev = lambda pull: dev.deployed(pull.head_sha, 5)
    found = plan(place, place.agreed(place.pull(body=BODY)))
    assert found.validated.deployed == (
        "since 2026-03-10 17:35 AEST; its 24 hours of observation end at 2026-03-11 17:35 AEST"
    )


def test_an_alarm_that_fires_in_dev_is_told_as_that(place: Place, dev: DevPlace) -> None:
    dev.says["dev-alarms"] = Outcome(Status.FAIL, "dev-cpu is in ALARM.")
    found = plan(place, place.agreed(place.pull(body=BODY)))
    assert found.validated.alarms == "dev-cpu is in ALARM."
    assert "; failed: dev-alarms" in found.validated.tested


def test_what_is_not_conclusive_yet_is_told_as_that(place: Place, dev: DevPlace) -> None:
    dev.says["dev-alarms"] = Outcome(Status.INCONCLUSIVE, "4 of 4 alarms are OK; one has no data.")
    dev.says["dev-soak"] = Outcome(Status.FAIL, "Too short.")
    found = plan(place, place.agreed(place.pull(body=BODY)))
    assert found.validated.alarms == "Not conclusive yet: 4 of 4 alarms are OK; one has no data."
    assert found.validated.tested.endswith(" passed, 2 not conclusive yet")


@pytest.mark.parametrize(
    ("at", "why"),
    [
        (None, "its time; --at 2026-03-12T10:00+1000 is the earliest"),
        (datetime(2026, 3, 11, 1, 0, tzinfo=UTC), "24 hours of notice: Wed 2026-03-11 11:00 AEST is before Wed"),
        (datetime(2026, 3, 13, 0, 0, tzinfo=UTC), "Fri 2026-03-13 10:00 AEST is outside the release window"),
        (datetime(2026, 3, 31, 0, 0, tzinfo=UTC), "Tue 2026-03-31 10:00 AEST is "),
    ],
)
def test_a_time_without_notice_or_outside_the_calendar_is_refused_with_why_and_the_earliest(
    place: Place, at: datetime | None, why: str
) -> None:
    assert why in refusal(place, place.agreed(place.pull(body=BODY)), at)


def test_the_last_moment_of_the_window_may_be_announced_for_deploys_beginning(place: Place) -> None:
    late = datetime(2026, 3, 12, 3, 59, tzinfo=UTC)
    assert plan(place, place.agreed(place.pull(body=BODY)), late).begins == late


def test_a_hotfix_is_announced_at_once_where_the_manager_says_that_it_is_an_emergency(place: Place) -> None:
    pull = place.pull("hotfix/leak", body=BODY)
    place.lint(pull)
    assert f"{MANAGER} comments `/approve hotfix outage`" in refusal(place, pull, None)
    place.host.comment(pull.number, MANAGER, "/approve hotfix security")
    found = plan(place, pull, None)
    assert (found.emergency, found.begins) == ("security", clock.now())
    assert found.validated.deployed.startswith("Not in dev before")


def test_what_is_merged_is_not_announced_any_more(place: Place) -> None:
    pull = place.agreed(place.pull(body=BODY))
    place.host.merge(pull, FIRST)
    with pytest.raises(ConfigurationError, match="is merged: what is announced is yet to be merged"):
        plan(place, pull)


def test_a_postponement_is_of_the_newest_announcement_that_holds() -> None:
    office = Office()
    with pytest.raises(NotAnnouncedError, match="nothing to postpone"):
        postponement(office.outputs, office.desk().ledger, "pr-12", "why")
    office.tell(PLAN)
    office.passes(minutes=1)
    office.tell(replace(PLAN, begins=PLAN.begins + timedelta(days=5)))
    found = postponement(office.outputs, office.desk().ledger, "pr-12", "the tests are not through")
    assert (found.was, found.why) == (PLAN.begins + timedelta(days=5), "the tests are not through")
    office.tell(found, release())
    assert [one.postponed for one in planned_of(office.desk().ledger, "pr-12")] == [False, True]
    assert postponement(office.outputs, office.desk().ledger, "pr-12", "why").was == PLAN.begins


def test_why_is_known_once_the_window_has_closed() -> None:
    office = Office()
    office.tell(PLAN)
    with pytest.raises(ConfigurationError, match="Why it is postponed"):
        postponement(office.outputs, office.desk().ledger, "pr-12", "")
    office.passes(hours=31)
    found = postponement(office.outputs, office.desk().ledger, "pr-12", "")
    assert found.why == "it had not begun when the release window closed at 14:00 AEST"
    assert (found.content, found.was) == (TREE[:12], POSTPONED.was)
    assert found.earliest == datetime(2026, 3, 17, 0, 0, tzinfo=UTC)
