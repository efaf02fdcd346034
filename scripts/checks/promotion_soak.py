"""How long a deployment has been in dev, and in which spans of that time it is looked at. Pure.

The time is cut into hours from the deployment's end on. Long enough means: as many hours as the stack's outputs ask
for. What there must be of data is asked of the hours. Limits hold in each five minutes, as in `release observe`, up to
a week back: what broke a limit while the same code ran is not undone by a quiet day.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil

from scripts.observe.deployments import Deployment
from scripts.observe.figures import FIVE_MINUTES, MINUTE
from scripts.observe.metrics import MOST_POINTS, SERIES
from scripts.observe.windows import (
    FIVES_KEPT,
    FORGETS,
    METRIC_DELAY,
    PERIOD,
    Window,
    first_full,
    has_minutes,
    rounded_up,
    windows_from,
)

HOUR = timedelta(hours=1)
# How far back limits are looked at, in multiples of the hours asked for: a week at 24 hours.
LOOKED_BACK = 7


@dataclass(frozen=True)
class Soak:
    """A deployment's time in dev as far as its metrics have settled.

    Attributes:
        deployed: when it ended.
        until: up to when what runs in dev is this deployment; now, or when the next one began.
        asked_for: how long it must be observed.
        observed: how long it has been.
        hours: the whole ones of that time, the newest if it is very long; shorter where less than an hour is asked for.
        windows: the five minutes of those hours, and of the one that is not over.
        needed: how many hours make up what is asked for.
        interval: how long each of them is.
        period: of the data: a minute, or five where CloudWatch has forgotten the minutes, or these were too many.
        enough: when there will be, or were, that many.
        later: the deployment that ended it.
    """

    deployed: datetime
    until: datetime
    asked_for: timedelta
    observed: timedelta
    hours: tuple[Window, ...]
    windows: tuple[Window, ...]
    needed: int
    interval: timedelta
    period: timedelta
    enough: datetime
    later: Deployment | None

    @property
    def too_short(self) -> bool:
        return self.observed < self.needed * self.interval

    @property
    def newest(self) -> tuple[Window, ...]:
        """As many of the hours as are needed."""
        return self.hours[-self.needed :]

    @property
    def unit(self) -> str:
        return "hour" if self.interval == HOUR else "window"


def soak(deployed: datetime, asked_for: timedelta, now: datetime, later: Deployment | None = None) -> Soak:
    """The soak of a deployment that ended at `deployed`, as it is `now`."""
    found = _soak(deployed, asked_for, now, later, PERIOD)
    minutes = sum((window.end - window.start for window in found.windows), timedelta()) // MINUTE
    if all(has_minutes(window, now) for window in found.windows[:1]) and SERIES * minutes <= MOST_POINTS:
        return found
    return _soak(deployed, asked_for, now, later, FIVE_MINUTES)


def _soak(deployed: datetime, asked_for: timedelta, now: datetime, later: Deployment | None, period: timedelta) -> Soak:
    needed = ceil(asked_for / HOUR)
    interval = rounded_up(asked_for / needed, period)
    until = (later.started if later else now).astimezone(UTC)
    first = first_full(deployed, period)
    observed = max(min(until, now.astimezone(UTC) - METRIC_DELAY) - first, timedelta())
    whole = observed // interval
    row = windows_from(first, interval, range(max(0, whole - LOOKED_BACK * needed), whole))
    hours = tuple(hour for hour in row if now - hour.start < FIVES_KEPT - FORGETS)
    over = first + whole * interval
    rest = windows_from(over, FIVE_MINUTES, range((first + observed - over) // FIVE_MINUTES))
    return Soak(
        deployed=deployed.astimezone(UTC),
        until=until,
        asked_for=asked_for,
        observed=observed,
        hours=hours,
        windows=(*(five for hour in hours for five in fives(hour)), *rest),
        needed=needed,
        interval=interval,
        period=period,
        enough=first + needed * interval + METRIC_DELAY,
        later=later,
    )


def fives(hour: Window) -> Iterator[Window]:
    """Its windows of five minutes; the last one is as long as what is left."""
    start = hour.start
    while start < hour.end:
        end = min(start + FIVE_MINUTES, hour.end)
        yield Window(start, end)
        start = end
