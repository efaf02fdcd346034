"""Release windows: the hours inside, the moment they open next, in any zone and across clock changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sop.windows import WEEKDAYS, ReleaseWindow, parse_days, parse_hour

BRISBANE = ZoneInfo("Australia/Brisbane")
# With daylight saving on both hemispheres, by half an hour, at midnight, and none
ZONES = [
    "Australia/Brisbane",
    "Australia/Sydney",
    "Australia/Lord_Howe",
    "America/New_York",
    "America/Santiago",
    "Asia/Kathmandu",
    "Europe/Berlin",
    "Pacific/Apia",
]
PROD = ReleaseWindow(days=("TUE", "WED", "THU"), opens=10, closes=14, time_zone="Australia/Brisbane")

moments = st.datetimes(datetime(2011, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))


@st.composite
def windows(draw: st.DrawFn) -> ReleaseWindow:
    days = draw(st.sets(st.sampled_from(WEEKDAYS), min_size=1))
    opens = draw(st.integers(0, 23))
    return ReleaseWindow(
        days=tuple(day for day in WEEKDAYS if day in days),
        opens=opens,
        closes=draw(st.integers(opens + 1, 24)),
        time_zone=draw(st.sampled_from(ZONES)),
    )


@pytest.mark.parametrize(
    ("local", "is_open"),
    [
        ("2026-03-03 09:59:59", False),  # a Tuesday
        ("2026-03-03 10:00:00", True),
        ("2026-03-03 13:59:59", True),
        ("2026-03-03 14:00:00", False),
        ("2026-03-02 12:00:00", False),  # Monday: start of the week
        ("2026-03-06 12:00:00", False),  # Friday: end of the week
    ],
)
def test_the_sops_window_is_open_from_ten_until_before_two(local: str, is_open: bool) -> None:
    assert PROD.is_open(datetime.fromisoformat(local).replace(tzinfo=BRISBANE)) is is_open


def test_a_moment_is_judged_in_the_windows_zone_and_not_its_own() -> None:
    assert PROD.is_open(datetime(2026, 3, 3, 0, 0, tzinfo=UTC))
    assert not PROD.is_open(datetime(2026, 3, 3, 12, 0, tzinfo=UTC))


def test_from_thursday_afternoon_it_opens_on_tuesday_after_6960_minutes() -> None:
    thursday = datetime(2026, 3, 5, 14, 0, tzinfo=BRISBANE)
    assert PROD.next_opening(thursday) == datetime(2026, 3, 10, 10, 0, tzinfo=BRISBANE)
    assert PROD.minutes_until_open(thursday) == 6960


def test_an_open_window_opens_now() -> None:
    now = datetime(2026, 3, 4, 11, 30, tzinfo=BRISBANE)
    assert PROD.next_opening(now) == now
    assert PROD.minutes_until_open(now) == 0


def test_a_part_of_a_minute_counts_as_one() -> None:
    assert PROD.minutes_until_open(datetime(2026, 3, 3, 9, 58, 59, tzinfo=BRISBANE)) == 2


def test_an_hour_that_the_clock_skips_opens_when_it_has_jumped() -> None:
    night = ReleaseWindow(days=("SUN",), opens=2, closes=5, time_zone="Australia/Sydney")
    saturday = datetime(2026, 10, 3, 12, 0, tzinfo=ZoneInfo("Australia/Sydney"))
    assert night.next_opening(saturday).isoformat() == "2026-10-04T03:00:00+11:00"


def test_a_day_that_the_calendar_skipped_has_no_opening() -> None:
    # Samoa crossed the date line: 30 December 2011, a Friday, never was
    fridays = ReleaseWindow(days=("FRI",), opens=10, closes=14, time_zone="Pacific/Apia")
    thursday = datetime(2011, 12, 29, 12, 0, tzinfo=ZoneInfo("Pacific/Apia"))
    assert fridays.next_opening(thursday).isoformat() == "2012-01-06T10:00:00+14:00"


@given(windows(), moments)
def test_the_next_opening_is_open_and_not_before(window: ReleaseWindow, at: datetime) -> None:
    opening = window.next_opening(at)
    assert opening >= at
    assert window.is_open(opening)


@given(windows(), moments)
def test_nothing_is_open_before_the_next_opening(window: ReleaseWindow, at: datetime) -> None:
    opening = window.next_opening(at)
    if opening > at:
        assert not window.is_open(opening - timedelta(seconds=1))
    quarters = range(int((opening - at) / timedelta(minutes=15)))
    assert not any(window.is_open(at + timedelta(minutes=15 * quarter)) for quarter in quarters)


@given(windows(), moments)
def test_the_cron_expression_names_just_the_minutes_inside(window: ReleaseWindow, at: datetime) -> None:
    first_field, minutes, hours, day, month, weekdays, year = window.cron.split()
    assert (first_field, minutes, day, month, year) == ("*", "*", "?", "*", "*")
    local = at.astimezone(ZoneInfo(window.time_zone))
    first, _, last = hours.partition("-")
    inside = int(first) <= local.hour <= int(last or first)
    assert (inside and WEEKDAYS[local.weekday()] in parse_days(weekdays)) is window.is_open(at)


@pytest.mark.parametrize(
    ("days", "opens", "closes", "cron"),
    [
        (("TUE", "WED", "THU"), 10, 14, "* * 10-13 ? * TUE-THU *"),
        (("MON",), 9, 10, "* * 9 ? * MON *"),
        (("MON", "WED"), 0, 24, "* * 0-23 ? * MON,WED *"),
    ],
)
def test_the_cron_expression_ends_with_the_hour_before_closing(
    days: tuple[str, ...], opens: int, closes: int, cron: str
) -> None:
    assert ReleaseWindow(days=days, opens=opens, closes=closes, time_zone="Asia/Tokyo").cron == cron


@given(windows())
def test_a_window_survives_its_way_through_the_outputs(window: ReleaseWindow) -> None:
    assert ReleaseWindow.of(window.to_output()) == window


@pytest.mark.parametrize("text", ["TUE-THU", "thu,tue,wed", "TUE, WED-THU"])
def test_days_are_read_in_the_order_of_the_week(text: str) -> None:
    assert parse_days(text) == ("TUE", "WED", "THU")


@pytest.mark.parametrize("text", ["", "THU-TUE", "TUE-", "-THU", "TUESDAY", "TUE-THU-FRI"])
def test_days_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"not in tuple|runs backwards"):
        parse_days(text)


@pytest.mark.parametrize("text", ["10:30", "9:00", "25:00", "10", "10:00:00", ""])
def test_hours_that_are_not_whole_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a whole hour"):
        parse_hour(text)
