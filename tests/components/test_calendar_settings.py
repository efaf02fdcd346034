"""What closes the release window (SOP 6.2) is configured by a person, and held to the holidays that there are."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sop.outputs import CalendarOutput
from tests.components.test_settings import mistakes, read, the_mistake


def calendar(**changes: Any) -> CalendarOutput:
    configured = read({f"calendar.{name}": value for name, value in changes.items()}).calendar
    assert configured is not None
    return configured


def test_the_sample_closes_on_queenslands_holidays_and_the_last_three_days_of_a_quarter() -> None:
    assert calendar() == CalendarOutput(
        holidays=["AU-QLD"], half_days=False, working_days=[], quarter_end_days=3, freezes={}
    )


def test_dev_has_no_calendar() -> None:
    assert read({}, "dev").calendar is None
    mistake = the_mistake({"calendar": json.dumps({"holidays": "AU-QLD"})}, "dev")
    assert (mistake.key, mistake.allowed) == ("release:calendar", "nothing: it is for prod alone")


def test_all_that_can_be_configured() -> None:
    configured = calendar(
        holidays="AU-QLD, NZ-AUK",
        halfDays=True,
        workingDays="2026-08-12, 2027-08-11",
        quarterEndDays="5",
        freezes={"Black Friday": "2026-11-27 to 2026-11-30"},
    )
    assert configured == CalendarOutput(
        holidays=["AU-QLD", "NZ-AUK"],
        half_days=True,
        working_days=["2026-08-12", "2027-08-11"],
        quarter_end_days=5,
        freezes={"Black Friday": "2026-11-27 to 2026-11-30"},
    )


def test_whose_holidays_is_never_guessed() -> None:
    mistake = the_mistake({"calendar.holidays": None})
    assert (mistake.key, mistake.value) == ("release:calendar.holidays", "missing")


def test_no_holidays_at_all_has_to_be_said() -> None:
    assert calendar(holidays="none").holidays == []


def test_australia_without_its_state_is_refused_with_all_of_them() -> None:
    mistake = the_mistake({"calendar.holidays": "AU"})
    assert "AU alone would miss holidays of its parts; one of AU-ACT, AU-NSW, " in mistake.allowed
    assert mistake.mend == "pulumi config set --path release:calendar.holidays AU-SUBDIVISION --stack prod"


def test_each_calendar_that_there_is_not_is_told() -> None:
    found = mistakes({"calendar.holidays": "XX, AU-QLD, AU-YYY"})
    assert [mistake.key for mistake in found] == ["release:calendar.holidays"] * 2
    assert "XX begins with no country" in found[0].allowed
    assert "does not know AU-YYY; it has AU-ACT" in found[1].allowed


@pytest.mark.parametrize(
    "holidays", ["", "au-qld", "Australia", "AU-QLD, AU-QLD", "AU-QLD,", "none, AU-QLD", ["AU-QLD"], "AU-SUBDIVISION"]
)
def test_holidays_in_another_form_are_refused(holidays: Any) -> None:
    assert the_mistake({"calendar.holidays": holidays}).key == "release:calendar.holidays"


def test_half_days_where_the_library_tells_none_are_refused() -> None:
    mistake = the_mistake({"calendar.holidays": "SG", "calendar.halfDays": True})
    assert mistake.key == "release:calendar.halfDays"
    assert mistake.allowed == "false: the holidays library tells no half days of SG"


@pytest.mark.parametrize(
    "days", ["2026-08-13", "2026-12-24", "2101-01-01", "2026-08-12, 2026-08-13", "soon", "2026-02-30", "YYYY-MM-DD"]
)
def test_a_working_day_that_is_no_holiday_there_is_refused(days: str) -> None:
    assert the_mistake({"calendar.workingDays": days}).key == "release:calendar.workingDays"


def test_a_half_day_may_be_a_working_day_where_half_days_are_closed() -> None:
    assert calendar(halfDays=True, workingDays="2026-12-24").working_days == ["2026-12-24"]


def test_a_day_without_quotes_is_that_day() -> None:
    assert calendar(workingDays="2026-08-12 00:00:00 +0000 UTC").working_days == ["2026-08-12"]


@pytest.mark.parametrize("days", [-1, 32, 2.5, "three", True])
def test_days_of_a_quarters_end_that_are_no_number_of_days_are_refused(days: Any) -> None:
    assert the_mistake({"calendar.quarterEndDays": days}).allowed == "a whole number from 0 to 31"


def test_each_freeze_that_is_none_is_told_by_its_name() -> None:
    freezes = {"Sale": "2026-11-30 to 2026-11-27", "Fair": "2026-11-30", "Black Friday": "27 November"}
    first, second = mistakes({"calendar.freezes": freezes})
    assert (first.key, first.value) == ('release:calendar.freezes["Sale"]', '"2026-11-30 to 2026-11-27"')
    assert "2026-11-27 to 2026-11-30, the last day included" in first.allowed
    assert "ends before it begins" in first.allowed
    assert second.mend == (
        "pulumi config set --path 'release:calendar.freezes[\"Black Friday\"]' 'FROM to TO' --stack prod"
    )


@pytest.mark.parametrize("freezes", ["2026-12-24", ["2026-12-24"], {"Sale": 5}, {"Sale": {"from": "2026-12-24"}}])
def test_freezes_in_another_form_are_refused_with_how_one_is_set(freezes: Any) -> None:
    mistake = the_mistake({"calendar.freezes": freezes})
    assert mistake.key == "release:calendar.freezes"
    assert mistake.mend == ("pulumi config set --path 'release:calendar.freezes[\"NAME\"]' 'FROM to TO' --stack prod")


def test_a_wrong_zone_of_the_window_is_its_own_mistake_alone() -> None:
    assert the_mistake({"releaseWindow.timeZone": "AEST"}).key == "release:releaseWindow.timeZone"


def test_nothing_that_changes_with_the_date_is_carried_in_the_outputs() -> None:
    assert calendar(holidays="LK").holidays == ["LK"]  # the library knows no year of it after 2026
