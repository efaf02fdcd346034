"""The days of the release window that lie ahead: open from when to when, until when one may merge, closed and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from scripts.errors import ConfigurationError
from sop.calendar.calendar import OBSERVATION, SOURCE_AND_BUILD, Calendar, Late, Needed, Opening
from sop.calendar.closures import Closure
from sop.calendar.public_holidays import CalendarUnknownError
from sop.outputs import StackOutputs
from sop.times import as_utc, first_of
from sop.windows import WEEKDAYS

_A_DAY = timedelta(days=1)
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True)
class OpenHours:
    """What is open on one day; without `merge_by` it is too short for a release."""

    begins: datetime
    ends: datetime
    merge_by: datetime | None


@dataclass(frozen=True)
class Day:
    """One day of the window; `freezes` are all that hold at some time of it."""

    date: date
    hours: tuple[OpenHours, ...]
    freezes: tuple[Closure, ...]


@dataclass(frozen=True)
class Now:
    """What holds at this moment, and the first one at which a release may begin; None: none is found in two years."""

    closed: tuple[Closure, ...]
    late: Late | None
    next_open: datetime | None


@dataclass(frozen=True)
class Schedule:
    """All of it. `unknown` says from which day on nothing is known, and why; what stands before it holds all the same.

    Without a calendar the stack is released at any time.
    """

    outputs: StackOutputs
    calendar: Calendar | None
    needed: Needed
    at: datetime
    until: datetime
    now: Now | None
    days: tuple[Day, ...]
    freezes: tuple[Closure, ...]
    unknown: str


def schedule(outputs: StackOutputs, at: datetime, weeks: int) -> Schedule:
    """What lies ahead of `at`, that day included.

    Raises:
        ConfigurationError: the outputs lack the calendar, or hold one that cannot be used.
    """
    calendar, needed, at = calendar_of(outputs), needed_by(outputs), as_utc(at)
    if calendar is None:
        return Schedule(outputs, None, needed, at, at, None, (), (), "")
    first = at.astimezone(calendar.zone).date()
    days: list[Day] = []
    freezes: dict[Closure, None] = {}
    now, unknown = None, ""
    try:
        now = Now(calendar.closed(at), calendar.late(at, needed), calendar.next_open(at, needed))
    except CalendarUnknownError as problem:
        unknown = f"When it may be released next is not known: {problem}."
    for day in (first + ahead * _A_DAY for ahead in range(7 * weeks)):
        try:
            held = _held(calendar, day)
            freezes |= dict.fromkeys(held)
            if WEEKDAYS[day.weekday()] in calendar.window.days:
                days.append(Day(day, _hours(calendar, day, needed), held))
        except CalendarUnknownError as problem:
            unknown = f"From {day} on nothing is known: {problem}."
            break
    until = first_of(first + 7 * weeks * _A_DAY, calendar.zone)
    return Schedule(outputs, calendar, needed, at, until, now, tuple(days), tuple(freezes), unknown)


def calendar_of(outputs: StackOutputs) -> Calendar | None:
    """The stack's calendar; None where it has no release window, and so is released at any time.

    Raises:
        ConfigurationError: there is a window, and no calendar or none that can be used.
    """
    if outputs.release_window is None:
        return None
    again = f"Run `pulumi up --stack {outputs.stack}` with this version of the project."
    if outputs.calendar is None:
        raise ConfigurationError(f"The outputs of stack {outputs.stack} have no calendar yet.", again)
    try:
        return Calendar.of(outputs.release_window, outputs.calendar)
    except ValueError as problem:
        raise ConfigurationError(f"The calendar of stack {outputs.stack} cannot be used: {problem}.", again) from None


def needed_by(outputs: StackOutputs) -> Needed:
    """How long a release is taken to need: as long as the pipeline may take without an alarm, and the observation."""
    pipeline = timedelta(minutes=outputs.thresholds.pipeline_alert_minutes)
    return Needed(until_observed=max(pipeline, SOURCE_AND_BUILD) + OBSERVATION)


def _held(calendar: Calendar, day: date) -> tuple[Closure, ...]:
    begins, ends = first_of(day, calendar.zone), first_of(day + _A_DAY, calendar.zone)
    return tuple(calendar.freezes.between(begins, ends - _INSTANT))


def _hours(calendar: Calendar, day: date, needed: Needed) -> tuple[OpenHours, ...]:
    begins, ends = first_of(day, calendar.zone), first_of(day + _A_DAY, calendar.zone)
    return tuple(_within(opening, begins, ends) for opening in calendar.openings(begins, needed, until=ends))


def _within(opening: Opening, day_begins: datetime, day_ends: datetime) -> OpenHours:
    """That part of an opening that lies in the day."""
    begins = max(opening.begins, day_begins)
    ends = min(opening.closes.begins, day_ends) if opening.closes else day_ends
    latest = min(opening.latest, day_ends) if opening.latest else day_ends
    return OpenHours(begins, ends, latest if latest >= begins else None)
