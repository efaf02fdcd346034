"""When a rehearsal is: it takes the configured release window's week, at the place with the least waiting."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sop.windows import ReleaseWindow

LATE_METRICS = timedelta(minutes=10)
AN_HOUR = timedelta(hours=1) + LATE_METRICS  # in prod, SOP 4.6
_TO_GET_THERE = timedelta(minutes=15)  # of the real time, until the sandbox is up
_UNHURRIED = timedelta(hours=1)  # what the commands that belong to one time may take
_HALF_AN_HOUR, _A_WEEK = timedelta(minutes=30), timedelta(days=8)


@dataclass(frozen=True)
class Timetable:
    """A rehearsal's times, in the release window's zone."""

    begins: datetime
    observes: timedelta  # dev, from `begins` to the merge for prod
    waits: bool  # the window is shut at both these times, and the release waits for it
    releases: datetime
    opens_again: datetime | None  # for what comes an hour after the release; None: it is open still


def timetable(window: ReleaseWindow | None, observation_hours: float, now: datetime) -> Timetable:
    """The best beginning within a week from now: shut all the while if possible, and then with the least to wait."""
    observes = timedelta(minutes=math.ceil(observation_hours * 60)) + LATE_METRICS
    begins, waits = _next_half_hour(now + _TO_GET_THERE), False
    if window is not None:
        found = [
            (window.next_opening(each) < each + observes, window.next_opening(each + observes) - each, each)
            for each in _half_hours(begins, _A_WEEK)
            if _is_shut(window, each) and _is_shut(window, each + observes)
        ]
        waits = bool(found)
        begins = min(found)[-1] if found else begins
    releases = open_from(window, begins + observes + _UNHURRIED)
    afterwards = releases + AN_HOUR
    opens_again = open_from(window, afterwards) if afterwards != open_from(window, afterwards) else None
    zone = ZoneInfo(window.time_zone) if window else UTC
    return Timetable(
        begins.astimezone(zone),
        observes,
        waits,
        releases.astimezone(zone),
        opens_again and opens_again.astimezone(zone),
    )


def soon_open(window: ReleaseWindow | None, now: datetime) -> datetime:
    """A time from now on at which a sandbox can be that comes up now, and the window is open."""
    return open_from(window, _next_half_hour(now + _TO_GET_THERE))


def open_from(window: ReleaseWindow | None, at: datetime) -> datetime:
    """The first time from then on at which it is open, and will be for half an hour."""
    if window is None or (window.is_open(at) and window.is_open(at + _HALF_AN_HOUR - LATE_METRICS)):
        return at
    return next(
        each
        for each in _half_hours(_next_half_hour(at), 2 * _A_WEEK)
        if window.is_open(each) and window.is_open(each + _HALF_AN_HOUR)
    )


def _is_shut(window: ReleaseWindow, at: datetime) -> bool:
    return not any(window.is_open(each) for each in (at, *_half_hours(at, _UNHURRIED + _HALF_AN_HOUR)))


def _half_hours(begin: datetime, span: timedelta) -> list[datetime]:
    return [begin + number * _HALF_AN_HOUR for number in range(span // _HALF_AN_HOUR)]


def _next_half_hour(at: datetime) -> datetime:
    at = at.astimezone(UTC)
    return datetime.fromtimestamp(math.ceil(at.timestamp() / 1800) * 1800, UTC)
