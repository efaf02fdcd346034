"""Configured freezes: what a person writes, and what it means on the zone's clock."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from sop.calendar.closures import period, read_day
from tests.sop.calendar.calendars import BRISBANE, calendar, local

SYDNEY = ZoneInfo("Australia/Sydney")


@pytest.mark.parametrize(
    ("text", "begins", "ends"),
    [
        ("2026-12-24", "2026-12-24 00:00", "2026-12-25 00:00"),
        ("2026-11-27 to 2026-11-30", "2026-11-27 00:00", "2026-12-01 00:00"),
        ("2026-11-27 13:00 to 2026-11-30 09:00", "2026-11-27 13:00", "2026-11-30 09:00"),
        ("2026-11-27T13:00 to 2026-11-27T14:30", "2026-11-27 13:00", "2026-11-27 14:30"),
        ("2026-11-27 13:00 to 2026-11-28", "2026-11-27 13:00", "2026-11-29 00:00"),
        ("2026-11-27 to 2026-11-28 13:00", "2026-11-27 00:00", "2026-11-28 13:00"),
    ],
)
def test_a_freeze_is_a_day_or_from_and_to(text: str, begins: str, ends: str) -> None:
    closure = period("Sale", text, BRISBANE)
    assert (closure.begins, closure.ends) == (local(begins), local(ends))


def test_a_day_without_quotes_comes_from_the_engine_as_a_timestamp_and_is_that_day() -> None:
    # `Day off: 2026-12-24` in Pulumi.prod.yaml, as `pulumi config --json` of 3.250 shows it
    assert period("Day off", "2026-12-24 00:00:00 +0000 UTC", BRISBANE) == period("Day off", "2026-12-24", BRISBANE)
    assert read_day("2026-12-24 00:00:00 +0000 UTC") == read_day("2026-12-24")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tomorrow",
        "2026-13-01",
        "2026-02-30",
        "2026-11-27 13:00",
        "2026-11-27 25:00 to 2026-11-30",
        "2026-11-30 to 2026-11-27",
        "2026-11-27 13:00 to 2026-11-27 13:00",
        "2026-11-27 - 2026-11-30",
        "2026-11-27T13:00+10:00 to 2026-11-30",
        "2026-11-27 to",
    ],
)
def test_a_freeze_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - Python's own of a date, or this module's
        period("Sale", text, BRISBANE)


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "\x1b[31m", "x" * 101])
def test_a_name_that_cannot_be_read_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is no name"):
        period(name, "2026-12-24", BRISBANE)


def test_of_a_time_that_comes_twice_the_freeze_is_the_longer_one() -> None:
    # 5 April 2026: at 03:00 AEDT the clock goes back to 02:00 AEST
    from_it = period("Sale", "2026-04-05 02:30 to 2026-04-05 12:00", SYDNEY)
    until_it = period("Sale", "2026-04-04 12:00 to 2026-04-05 02:30", SYDNEY)
    assert from_it.begins == datetime(2026, 4, 4, 15, 30, tzinfo=UTC)
    assert until_it.ends == datetime(2026, 4, 4, 16, 30, tzinfo=UTC)


def test_of_a_time_that_is_skipped_the_freeze_is_the_longer_one() -> None:
    # 4 October 2026: at 02:00 AEST the clock goes ahead to 03:00 AEDT
    from_it = period("Sale", "2026-10-04 02:30 to 2026-10-04 12:00", SYDNEY)
    until_it = period("Sale", "2026-10-03 12:00 to 2026-10-04 02:30", SYDNEY)
    assert from_it.begins == datetime(2026, 10, 3, 15, 30, tzinfo=UTC)
    assert until_it.ends == datetime(2026, 10, 3, 16, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("days", "first_closed"),
    [(1, "2026-09-30"), (3, "2026-09-28"), (31, "2026-08-31")],
)
def test_so_many_last_days_of_a_quarter_are_closed(days: int, first_closed: str) -> None:
    freezes = calendar(holidays=[], quarter_end_days=days).freezes
    (closure,) = freezes.between(local("2026-09-30 12:00"), local("2026-10-02 12:00"))
    assert (closure.begins, closure.ends) == (local(f"{first_closed} 00:00"), local("2026-10-01 00:00"))


def test_no_day_of_a_quarter_is_closed_where_none_is_configured() -> None:
    assert calendar(holidays=[], quarter_end_days=0).freezes.between(local("2026-01-01"), local("2026-12-31")) == []


@pytest.mark.parametrize(
    "edited", [{"quarter_end_days": -1}, {"working_days": ["soon"]}, {"freezes": {"Sale": "soon"}}]
)
def test_outputs_that_somebody_has_edited_are_refused(edited: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"is no|neither a day"):
        calendar(**edited)
