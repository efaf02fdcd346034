"""Public holidays are those of a country's part, are the same on every machine, and are never silently none."""

from __future__ import annotations

import subprocess
import sys
from datetime import date

import pytest

from sop.calendar.public_holidays import CalendarUnknownError, half_days, problem, public_holidays
from tests.sop.calendar.calendars import calendar, local


def reasons(at: str, **changes: object) -> list[str]:
    return [each.reason for each in calendar(**changes).closed(local(at))]


@pytest.mark.parametrize("code", ["AU-QLD", "AU-NSW Western", "DE-BY", "US-NY", "FR-Zone C", "JP", "SG"])
def test_a_calendar_that_can_be_used(code: str) -> None:
    assert problem(code) == ""


def test_a_country_alone_is_refused_where_its_parts_have_holidays_of_their_own() -> None:
    assert problem("AU").startswith("AU alone would miss holidays of its parts; one of AU-ACT, AU-NSW,")


def test_australia_alone_would_miss_28_december_2027() -> None:
    assert date(2027, 12, 28) not in public_holidays("AU", 2027)
    assert public_holidays("AU-QLD", 2027)[date(2027, 12, 28)] == "Boxing Day (observed)"


@pytest.mark.parametrize("code", ["XX", "ZZ-QLD", "au-qld", "AUS-QLD", "UK", "Australia", ""])
def test_a_country_that_there_is_not_is_refused(code: str) -> None:
    assert "begins with no country" in problem(code)


def test_a_part_that_the_country_has_not_is_refused_with_those_it_has() -> None:
    assert problem("AU-XXX").startswith("the holidays library does not know AU-XXX; it has AU-ACT, ")
    assert "it has SG alone" in problem("SG-01")


def test_a_country_without_any_holiday_is_refused() -> None:
    assert problem("BV") == "the holidays library has no public holidays of BV"


@pytest.mark.parametrize(("code", "year"), [("AU-QLD", 2101), ("AU-QLD", 1800), ("LK", 2027)])
def test_a_year_outside_the_librarys_range_is_unknown(code: str, year: int) -> None:
    with pytest.raises(CalendarUnknownError, match=f"{code} in {year} are not known: the holidays library has"):
        public_holidays(code, year)


def test_a_calendar_that_the_library_does_not_know_is_unknown_and_not_empty() -> None:
    with pytest.raises(CalendarUnknownError):
        public_holidays("XX", 2026)
    with pytest.raises(CalendarUnknownError, match="BV in 2026"):
        public_holidays("BV", 2026)


def test_a_holiday_of_the_next_year_that_is_observed_in_this_one_is_one() -> None:
    # New Year's Day 2022 was a Saturday
    assert "New Year's Day" in public_holidays("US-NY", 2021)[date(2021, 12, 31)]


def test_names_do_not_hang_on_the_machines_language() -> None:
    program = "from sop.calendar.public_holidays import *; print(list(public_holidays('AU-QLD', 2027).values())[0])"
    told = subprocess.run(
        [sys.executable, "-c", program], env={"LANG": "th_TH.UTF-8"}, capture_output=True, text=True, check=True
    )
    assert told.stdout == "New Year's Day\n"


def test_names_of_a_country_with_another_language_are_in_english_where_the_library_has_them() -> None:
    assert public_holidays("DE-BY", 2026)[date(2026, 12, 25)] == "Christmas Day"


def test_half_days_are_a_category_of_their_own_and_closed_only_where_it_is_configured() -> None:
    assert half_days("AU-QLD", 2026) == {date(2026, 12, 24): "Christmas Eve (from 6pm)"}
    assert reasons("2026-12-24 11:00") == []
    assert reasons("2026-12-24 11:00", half_days=True) == ["Christmas Eve (from 6pm) (AU-QLD)"]


def test_a_country_without_half_days_has_none() -> None:
    assert half_days("SG", 2026) == {}


def test_a_holiday_that_is_a_working_day_here_is_open() -> None:
    assert reasons("2027-08-11 11:00") == ["The Royal Queensland Show (AU-QLD)"]
    assert reasons("2027-08-11 11:00", working_days=["2027-08-11"]) == []


def test_a_working_day_of_a_year_that_is_not_known_is_unknown() -> None:
    with pytest.raises(CalendarUnknownError):
        reasons("2101-03-01 11:00", working_days=["2101-03-01"])


def test_of_several_calendars_each_closes() -> None:
    both = ["AU-QLD", "NZ-AUK"]
    assert reasons("2026-08-12 11:00", holidays=both) == ["The Royal Queensland Show (AU-QLD)"]
    assert reasons("2026-06-24 11:00", holidays=["AU-QLD", "CA-QC"]) == ["Saint Jean Baptiste Day (CA-QC)"]
    at_once = ["outside the release window (TUE-THU 10:00-14:00 Australia/Brisbane)"]
    at_once += ["Christmas Day (AU-QLD)", "Christmas Day (NZ-AUK)"]
    assert reasons("2026-12-25 11:00", holidays=both) == at_once
