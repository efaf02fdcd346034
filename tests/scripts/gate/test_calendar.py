"""Whether it is the time for a release, and when it could be GO at the earliest."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from scripts.errors import ConfigurationError
from scripts.ledger import freezes
from scripts.ledger.folder import FolderStore
from scripts.ledger.ledger import Ledger
from scripts.results import Report, Result, Status
from tests import clock
from tests.scripts.gate.dev_place import DevPlace
from tests.scripts.gate.place import AUTHOR, MANAGER, Place

OPEN = "2026-12-15T11:00+10:00"  # a Tuesday, weeks before anything is frozen


def at(moment: str) -> datetime:
    return datetime.fromisoformat(moment)


@pytest.fixture
def place(place: Place, monkeypatch: pytest.MonkeyPatch) -> Place:
    DevPlace(place, monkeypatch)
    place.ledger = Ledger(FolderStore(place.folder / "ledger"), "arn:aws:iam::123456789012:user/ops", clock.now)
    return place


def result(report: Report, check_id: str) -> Result:
    return next(one for one in report.checks if one.id == check_id)


def test_what_everybody_agrees_to_in_the_window_is_go(place: Place) -> None:
    report = place.judge(place.agreed(place.pull()), at(OPEN))
    statuses = {one.id: one.status for one in report.checks if one.status is not Status.PASS}
    assert statuses == dict.fromkeys(("announcement", "rollback-target"), Status.SKIPPED)
    assert (report.decision, report.exit_code, report.again_at) == ("GO", 0, None)
    assert report.outlook == "prod has deployed nothing yet: there is nothing to go back to."


def test_a_go_says_who_agreed_how_it_was_counted_what_it_contains_and_when(place: Place) -> None:
    pull = place.agreed(place.pull())
    report = place.judge(pull, at(OPEN))
    assert result(report, "approvals").evidence["counted"] == ["second-engineer", "platform-engineer"]
    assert result(report, "operations-approval").evidence["managers"] == [MANAGER]
    assert result(report, "merge-flow").evidence["author"] == AUTHOR
    assert result(report, "merge-flow").evidence["content"] == place.host.repository.tree(pull.head_sha)
    assert result(report, "window").evidence["at"] == "2026-12-15T01:00:00Z"
    assert report.revision == pull.head_sha


@pytest.mark.parametrize(
    ("moment", "reason", "earliest"),
    [
        ("2026-12-11T11:00+10:00", "outside the release window", "Tue 2026-12-15 10:00 AEST"),
        ("2026-12-15T13:50+10:00", "too late: by 13:45 AEST", "Wed 2026-12-16 10:00 AEST"),
        ("2026-12-15T01:30+00:00", "", ""),
    ],
)
def test_outside_the_window_or_too_late_in_it_is_no_go(place: Place, moment: str, reason: str, earliest: str) -> None:
    report = place.judge(place.agreed(place.pull()), at(moment))
    window = result(report, "window")
    assert window.status is (Status.FAIL if reason else Status.PASS)
    assert reason in window.observed
    assert earliest in report.outlook


@pytest.mark.parametrize(("day", "offset"), [("2027-01-12", "+11:00"), ("2026-07-14", "+10:00")])
def test_a_zone_with_daylight_saving_opens_at_ten_of_its_own_clock_all_year(
    place: Place, day: str, offset: str
) -> None:
    window = place.outputs.release_window
    assert window is not None
    place.configured(release_window=replace(window, time_zone="Australia/Sydney"))
    pull = place.pull()
    assert result(place.judge(pull, at(f"{day}T10:00{offset}")), "window").status is Status.PASS
    early = result(place.judge(pull, at(f"{day}T09:59{offset}")), "window")
    assert (early.status, early.again_at) == (Status.FAIL, at(f"{day}T10:00{offset}"))


def test_the_last_three_days_of_a_quarter_are_frozen_and_only_the_freeze_says_so(place: Place) -> None:
    report = place.judge(place.agreed(place.pull()), at("2026-12-29T11:00+10:00"))
    assert (report.decision, report.exit_code) == ("NO-GO", 3)
    assert [one.id for one in report.checks if one.status is Status.FAIL] == ["freeze"]
    assert "the last 3 days of the quarter" in result(report, "freeze").observed
    assert report.outlook == "GO at Tue 2027-01-05 10:00 AEST at the earliest."


def test_a_freeze_that_begins_too_soon_is_told_with_the_last_moment(place: Place) -> None:
    calendar = place.outputs.calendar
    assert calendar is not None
    place.configured(calendar=replace(calendar, freezes={"Launch": "2026-12-15 13:00 to 2026-12-15 18:00"}))
    report = place.judge(place.agreed(place.pull()), at("2026-12-15T12:40+10:00"))
    assert "too late: by 11:45 AEST, since Launch begins at 13:00 AEST" in result(report, "freeze").observed
    assert result(place.judge(place.agreed(place.pull()), at("2026-12-15T11:45+10:00")), "freeze").status is Status.PASS


def test_what_needs_people_too_is_named_beside_the_earliest_time(place: Place) -> None:
    report = place.judge(place.pull(), at("2026-12-11T11:00+10:00"))
    assert report.outlook == (
        "GO at Tue 2026-12-15 10:00 AEST at the earliest, "
        "once promotion, lint-status, approvals and operations-approval are settled."
    )


def test_somebodys_order_freezes_until_somebody_lifts_it(place: Place) -> None:
    assert place.ledger is not None
    freezes.freeze(place.ledger, "the checkout is down")
    pull = place.agreed(place.pull())
    report = place.judge(pull, at(OPEN))
    frozen = result(report, "freeze")
    assert (frozen.status, frozen.again_at) == (Status.FAIL, None)
    assert (
        "frozen by arn:aws:iam::123456789012:user/ops: the checkout is down, until somebody ends it" in frozen.observed
    )
    assert "`release freeze --stack prod --off` lifts it" in frozen.fix
    assert report.outlook == "Nothing opens by itself, once freeze is settled."
    freezes.thaw(place.ledger)
    assert place.judge(pull, at(OPEN)).decision == "GO"


def test_without_a_ledger_it_is_undetermined_whether_somebody_froze_it(place: Place) -> None:
    place.ledger, place.no_ledger = None, ConfigurationError("The outputs name no records bucket.", "pulumi up")
    report = place.judge(place.agreed(place.pull()), at(OPEN))
    assert (result(report, "freeze").status, report.exit_code) == (Status.INCONCLUSIVE, 4)
    assert report.decision == "UNDETERMINED"


def test_an_open_incident_is_no_go_and_a_closed_one_is_none(place: Place) -> None:
    issue = place.host.open_issue("Checkout is down", "", AUTHOR, ["incident"])
    place.host.open_issue("Typo", "", AUTHOR, ["bug"])
    report = place.judge(place.agreed(place.pull()), at(OPEN))
    assert result(report, "incidents").observed.splitlines() == [
        "1 incident open.",
        f"https://github.com/helios/web-infrastructure/issues/{issue.number} Checkout is down",
    ]
    issue.state = "closed"
    assert result(place.judge(place.agreed(place.pull("release/2")), at(OPEN)), "incidents").status is Status.PASS


def test_a_year_whose_holidays_nobody_knows_is_undetermined(place: Place) -> None:
    report = place.judge(place.agreed(place.pull()), at("2299-12-15T11:00+10:00"))
    assert {result(report, one).status for one in ("window", "freeze")} == {Status.INCONCLUSIVE}
    assert report.exit_code == 4


def test_an_approved_hotfix_is_the_exception_of_the_calendar(place: Place) -> None:
    pull = place.agreed(place.pull("hotfix/urgent"))
    assert place.judge(pull, at("2026-12-29T18:00+10:00")).decision == "NO-GO"
    place.host.comment(pull.number, MANAGER, "/approve hotfix outage")
    report = place.judge(pull, at("2026-12-29T18:00+10:00"))
    assert report.decision == "GO"
    assert "the last 3 days of the quarter" in result(report, "freeze").observed


def test_devs_gate_is_open_at_any_time_and_says_when_it_is_off_hours(place: Place) -> None:
    place.configured(stack="dev", environment="dev", branch="dev", required_approvals=1, release_window=None)
    pull = place.pull("feature/more", "dev")
    night = place.judge(pull, at("2026-12-27T03:00+10:00"))
    assert result(night, "window").status is Status.PASS
    assert "outside business hours" in result(night, "window").observed
    assert "within business hours" in result(place.judge(pull, at(OPEN)), "window").observed


def test_now_is_the_default(place: Place) -> None:
    before = clock.now().replace(microsecond=0)
    asked = result(place.judge(place.pull()), "window").evidence["at"]
    assert before <= datetime.fromisoformat(asked) <= clock.now()
