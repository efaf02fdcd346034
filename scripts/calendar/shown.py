"""The schedule as text for a person, and as data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from scripts.calendar.schedule import Day, OpenHours, Schedule
from scripts.text import count, listing, printable, span
from sop.calendar.calendar import Calendar
from sop.calendar.closures import Closure
from sop.times import clock, shown

SCHEMA = 1
CLOCK = "this machine's clock"


def table(schedule: Schedule) -> str:
    """Line by line, a day each."""
    return printable("\n".join(_lines(schedule))) + "\n"


def data(schedule: Schedule) -> dict[str, Any]:
    """What `--format json` prints; times have their offset."""
    calendar = schedule.calendar
    return {
        "schema": SCHEMA,
        "command": "calendar",
        "stack": schedule.outputs.stack,
        "clock": CLOCK,
        "unknown": schedule.unknown or None,
        "calendar": _calendar_data(schedule, calendar) if calendar else None,
    }


def _lines(schedule: Schedule) -> Iterator[str]:
    calendar, stack = schedule.calendar, schedule.outputs.stack
    if calendar is None:
        yield f"{stack} is released at any time: it has no release window (SOP 6.1)."
        return
    zone = calendar.zone
    yield f"Releases of {stack}, at {shown(schedule.at, zone)} by {CLOCK}"
    yield f"Window {calendar.window}; closed: {listing(list(_closed_by(calendar))) or 'nothing besides'}."
    yield from _now(schedule, zone)
    yield ""
    rows = [row for day in schedule.days for row in _rows(day, zone)]
    width = max((len(hours) for _, hours, _ in rows), default=0)
    for day, hours, what in rows:
        yield f"{day}  {hours:{width}}  {what}"
    if schedule.unknown:
        yield schedule.unknown
    needed = schedule.needed
    yield ""
    yield (
        f"Merge {span(needed.until_deploy)} before the window closes, for Source and Build come first, "
        f"and {span(needed.until_observed)} before a freeze begins, for the release is observed until then."
    )


def _closed_by(calendar: Calendar) -> Iterator[str]:
    freezes = calendar.freezes
    if freezes.holidays:
        yield f"public holidays{' and half days' if freezes.half_days else ''} of {listing(freezes.holidays)}"
    if freezes.quarter_end_days:
        yield f"the last {count(freezes.quarter_end_days, 'day')} of each quarter"
    if freezes.periods:
        yield count(len(freezes.periods), "configured freeze")


def _now(schedule: Schedule, zone: ZoneInfo) -> Iterator[str]:
    now = schedule.now
    if now is None:
        return
    reasons = [each.told(zone) for each in (*now.closed, now.late) if each]
    yield f"Not now: {'; '.join(reasons)}." if reasons else "Open now."
    if reasons:
        yield f"Next {shown(now.next_open, zone)}." if now.next_open else "Next at no time within two years."


def _rows(day: Day, zone: ZoneInfo) -> Iterator[tuple[str, str, str]]:
    name = f"{day.date:%a %Y-%m-%d}"
    reasons = "; ".join(each.reason for each in day.freezes)
    if not day.hours:
        yield name, "closed", reasons
    for hours in day.hours:
        besides = f"; closed besides: {reasons}" if reasons else ""
        yield name, _span(hours, zone), f"{merge_by(hours, zone)}{besides}"


def merge_by(hours: OpenHours, zone: ZoneInfo) -> str:
    """Until when one may merge, for a person."""
    return f"merge by {clock(hours.merge_by, zone)}" if hours.merge_by else "too short for a release"


def _span(hours: OpenHours, zone: ZoneInfo) -> str:
    begins, ends = hours.begins.astimezone(zone), hours.ends.astimezone(zone)
    if begins.tzname() != ends.tzname():
        return f"{clock(begins, zone)}-{clock(ends, zone)}"
    return f"{begins:%H:%M}-{clock(ends, zone)}"


def _calendar_data(schedule: Schedule, calendar: Calendar) -> dict[str, Any]:
    zone, now = calendar.zone, schedule.now
    return {
        "window": str(calendar.window),
        "timeZone": calendar.window.time_zone,
        "at": _iso(schedule.at, zone),
        "until": _iso(schedule.until, zone),
        "neededMinutes": {
            "untilDeploy": schedule.needed.until_deploy.total_seconds() / 60,
            "untilObserved": schedule.needed.until_observed.total_seconds() / 60,
        },
        "now": None
        if now is None
        else {
            "open": not now.closed and now.late is None,
            "closed": _closures(now.closed, zone),
            "late": now.late and now.late.told(zone),
            "nextOpen": _iso(now.next_open, zone),
        },
        "days": [
            {
                "date": day.date.isoformat(),
                "open": [
                    {
                        "begins": _iso(hours.begins, zone),
                        "ends": _iso(hours.ends, zone),
                        "mergeBy": _iso(hours.merge_by, zone),
                    }
                    for hours in day.hours
                ],
                "closed": _closures(day.freezes, zone),
            }
            for day in schedule.days
        ],
        "freezes": _closures(schedule.freezes, zone),
    }


def _closures(closures: Iterable[Closure], zone: ZoneInfo) -> list[dict[str, Any]]:
    return [
        {
            "kind": each.kind,
            "reason": each.reason,
            "begins": _iso(each.begins, zone),
            "ends": _iso(each.ends, zone),
        }
        for each in closures
    ]


def _iso(moment: datetime | None, zone: ZoneInfo) -> str | None:
    return moment and moment.astimezone(zone).isoformat()
