"""When a rehearsal is: it takes the configured calendar, at the place with the least waiting."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sop.calendar.calendar import NOTICE, OBSERVATION, SOURCE_AND_BUILD, Calendar, Needed
from sop.calendar.public_holidays import CalendarUnknownError
from sop.windows import ReleaseWindow

LATE_METRICS = timedelta(minutes=10)
AN_HOUR = timedelta(hours=1) + LATE_METRICS  # in prod, SOP 4.6
A_DEPLOYMENT = timedelta(minutes=10)  # of the pipeline's first execution, which nobody waits for
VERIFIABLE = timedelta(minutes=40)  # until every alarm could have fired
_TO_GET_THERE = timedelta(minutes=15)  # of the real time, until the sandbox is up
_UNHURRIED = timedelta(hours=1)  # what the commands that belong to one time may take
_HALF_AN_HOUR, _A_WEEK = timedelta(minutes=30), timedelta(days=8)
# Open for half an hour, and no freeze before it was observed
_NEEDED = Needed(until_deploy=_HALF_AN_HOUR, until_observed=SOURCE_AND_BUILD + OBSERVATION + _HALF_AN_HOUR)


@dataclass(frozen=True)
class Timetable:
    """A rehearsal's times, in the release window's zone."""

    begins: datetime
    waits: bool  # the window is shut at `begins`, when prod comes up
    deploys: datetime  # what prod comes up with; dev was observed by then
    releases: datetime
    fails: datetime  # what comes after it


def timetable(calendar: Calendar | None, observation_hours: float, now: datetime) -> Timetable:
    """The best beginning within a week from now: shut if possible, and then with the least to wait."""
    observes = timedelta(minutes=math.ceil(observation_hours * 60)) + LATE_METRICS
    earliest, waits = _next_half_hour(now + _TO_GET_THERE), False
    begins = earliest
    if calendar is not None:
        window = calendar.window
        shut = [each for each in _half_hours(earliest, _A_WEEK) if _is_shut(window, each)]
        waits = bool(shut)
        begins = min(shut, key=lambda each: (*_wait(window, each + observes + _UNHURRIED), each), default=earliest)
    deploys = open_from(calendar, begins + observes + _UNHURRIED)
    releases = open_from(calendar, max(deploys + AN_HOUR + LATE_METRICS, begins + NOTICE + _UNHURRIED))
    fails = open_from(calendar, releases + LATE_METRICS + AN_HOUR + LATE_METRICS)
    zone = calendar.zone if calendar else UTC
    return Timetable(begins.astimezone(zone), waits, *(each.astimezone(zone) for each in (deploys, releases, fails)))


def soon_open(calendar: Calendar | None, now: datetime) -> datetime:
    """A time from now on at which a sandbox can be that comes up now, and a release may begin.

    The window stays open until that release was observed, if it is ever open for as long.
    """
    half_hours = _half_hours(_next_half_hour(now + _TO_GET_THERE), _A_WEEK)
    openings = (open_from(calendar, each) for each in half_hours)
    return next((each for each in openings if open_after(calendar, each) is None), open_from(calendar, half_hours[0]))


def open_after(calendar: Calendar | None, opening: datetime) -> datetime | None:
    """When the window is open after what came up at `opening` was observed; nothing if it is open all the time."""
    observed = opening + A_DEPLOYMENT + AN_HOUR + _UNHURRIED
    found = open_from(calendar, observed)
    return None if found == observed else found


def open_from(calendar: Calendar | None, at: datetime) -> datetime:
    """The first time from then on at which a release may begin."""
    if calendar is None:
        return at
    try:
        found = calendar.next_open(at, _NEEDED)
    except CalendarUnknownError:
        found = None
    return found or calendar.window.next_opening(at)


def _wait(window: ReleaseWindow, ready: datetime) -> tuple[bool, timedelta]:
    """How good a time it is to be ready at: best is right before an opening, of which all is still to come."""
    return window.is_open(ready), window.next_opening(ready) - ready


def _is_shut(window: ReleaseWindow, at: datetime) -> bool:
    return not any(window.is_open(each) for each in (at, *_half_hours(at, _UNHURRIED + _HALF_AN_HOUR)))


def _half_hours(begin: datetime, span: timedelta) -> list[datetime]:
    return [begin + number * _HALF_AN_HOUR for number in range(span // _HALF_AN_HOUR)]


def _next_half_hour(at: datetime) -> datetime:
    return datetime.fromtimestamp(math.ceil(at.timestamp() / 1800) * 1800, UTC)
