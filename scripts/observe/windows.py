"""Which spans of time an observation consists of, and from when on their metrics can be trusted."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from scripts.errors import ConfigurationError
from scripts.text import span

# The load balancer and EC2 report by the minute; nothing shorter can be looked at.
PERIOD = timedelta(minutes=1)
# A minute's metrics arrive about two minutes after it has ended.
METRIC_DELAY = timedelta(minutes=3)
# How long CloudWatch keeps single minutes, and five of them together; an observation must end well before.
MINUTES_KEPT, FIVES_KEPT = timedelta(days=15), timedelta(days=63)
FORGETS = timedelta(hours=1)  # nobody says how exactly it keeps to that
LONGEST = timedelta(days=7)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
UNITS = {"s": "seconds", "m": "minutes", "h": "hours"}


@dataclass(frozen=True, order=True)
class Window:
    """From `start` up to, not including, `end`; both UTC and on full minutes."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class Plan:
    """Windows of one length without gaps, from the deployment's end on; `notes` say what was rounded."""

    windows: tuple[Window, ...]
    interval: timedelta
    notes: tuple[str, ...]

    def settled(self, now: datetime) -> tuple[Window, ...]:
        """Those whose metrics have arrived."""
        return tuple(window for window in self.windows if window.end + METRIC_DELAY <= now)

    def next_settling(self, now: datetime) -> datetime | None:
        """When the next one will be settled; None if all are."""
        return next((at for window in self.windows if (at := window.end + METRIC_DELAY) > now), None)


def has_minutes(window: Window, now: datetime) -> bool:
    """Whether CloudWatch has not begun to forget its single minutes."""
    return now - window.start < MINUTES_KEPT - FORGETS


def plan(deployed: datetime, duration: timedelta, interval: timedelta) -> Plan:
    """Cover at least `duration` from the first full minute after `deployed` on.

    Raises:
        ConfigurationError: a span that is not positive, or a duration that CloudWatch keeps no minutes for.
    """
    if min(duration, interval) <= timedelta():
        raise ConfigurationError("--duration and --interval must be longer than nothing.")
    if max(duration, interval) > LONGEST:
        raise ConfigurationError(f"--duration and --interval are at most {span(LONGEST)}.")
    step = rounded_up(interval, PERIOD)
    whole = rounded_up(duration, step)
    notes: list[str] = []
    if step != interval:
        notes.append(f"--interval {span(interval)} is rounded up to {span(step)}: CloudWatch has one value a minute.")
    if whole != duration:
        notes.append(f"--duration {span(duration)} is rounded up to {span(whole)}, whole windows of {span(step)}.")
    return Plan(windows_from(first_full(deployed, PERIOD), step, range(whole // step)), step, tuple(notes))


def windows_from(first: datetime, step: timedelta, numbers: range) -> tuple[Window, ...]:
    """Those with these numbers in the row of windows that begins with `first`."""
    return tuple(Window(first + number * step, first + (number + 1) * step) for number in numbers)


def first_full(deployed: datetime, period: timedelta) -> datetime:
    """The begin of the first whole period after it, in UTC."""
    return EPOCH + rounded_up(deployed - EPOCH, period)


def rounded_up(duration: timedelta, unit: timedelta) -> timedelta:
    """The least multiple of `unit` that is not shorter."""
    return -(-duration // unit) * unit


def parse_span(text: str) -> timedelta:
    """`90s`, `5m`, `1h`, `1h30m`.

    Raises:
        ConfigurationError: anything else.
    """
    parts = re.fullmatch(r"(?:(?P<h>\d{1,6})h)?(?:(?P<m>\d{1,6})m)?(?:(?P<s>\d{1,6})s)?", text)
    if parts is None or not text:
        raise ConfigurationError(f"{text!r} is no length of time.", "Write 90s, 5m, 1h or 1h30m.")
    return timedelta(**{UNITS[unit]: int(number) for unit, number in parts.groupdict().items() if number})
