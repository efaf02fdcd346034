"""Calendars for tests: prod's of the sample, with some of it changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from sop.calendar.calendar import Calendar, Needed
from sop.outputs import CalendarOutput, ReleaseWindowOutput
from sop.windows import WEEKDAYS

BRISBANE = ZoneInfo("Australia/Brisbane")
NEEDED = Needed(until_observed=timedelta(minutes=75))
WINDOW: dict[str, Any] = {
    "days": ["TUE", "WED", "THU"],
    "opens": "10:00",
    "closes": "14:00",
    "time_zone": "Australia/Brisbane",
    "cron": "",
}
CALENDAR: dict[str, Any] = {
    "holidays": ["AU-QLD"],
    "half_days": False,
    "working_days": [],
    "quarter_end_days": 3,
    "freezes": {},
}
# With daylight saving on both hemispheres, by half an hour, at midnight, and none
ZONES = ["Australia/Brisbane", "Australia/Lord_Howe", "America/New_York", "America/Santiago", "Europe/Berlin"]


def calendar(**changes: Any) -> Calendar:
    window = {name: changes.get(name, value) for name, value in WINDOW.items()}
    rest = {name: changes.get(name, value) for name, value in CALENDAR.items()}
    return Calendar.of(ReleaseWindowOutput(**window), CalendarOutput(**rest))


def local(text: str, zone: ZoneInfo = BRISBANE) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


moments = st.datetimes(datetime(2024, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))
needs = st.builds(
    Needed,
    until_deploy=st.integers(0, 60).map(lambda minutes: timedelta(minutes=minutes)),
    until_observed=st.integers(0, 600).map(lambda minutes: timedelta(minutes=minutes)),
)


@st.composite
def freezes(draw: st.DrawFn) -> dict[str, str]:
    """A few periods, some of them within a day."""
    found: dict[str, str] = {}
    for number in range(draw(st.integers(0, 3))):
        begins = draw(st.datetimes(datetime(2024, 1, 1), datetime(2028, 1, 1)))
        ends = begins + timedelta(minutes=draw(st.integers(61, 60 * 24 * 20)))
        found[f"Freeze {number}"] = f"{begins:%Y-%m-%d %H:%M} to {ends:%Y-%m-%d %H:%M}"
    return found


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    opens = draw(st.integers(0, 23))
    days = draw(st.sets(st.sampled_from(WEEKDAYS), min_size=1))
    return calendar(
        days=[day for day in WEEKDAYS if day in days],
        opens=f"{opens:02}:00",
        closes=f"{draw(st.integers(opens + 1, 24)):02}:00",
        time_zone=draw(st.sampled_from(ZONES)),
        holidays=draw(st.sampled_from([[], ["AU-QLD"], ["DE-BY", "US-NY"]])),
        quarter_end_days=draw(st.integers(0, 5)),
        freezes=draw(freezes()),
    )
