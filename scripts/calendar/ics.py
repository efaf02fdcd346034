"""The schedule as an iCalendar file (RFC 5545), for the team's calendar."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar

from scripts.calendar.schedule import Schedule
from scripts.calendar.shown import merge_by
from scripts.text import printable
from sop.calendar.calendar import Calendar

PRODUCER = "-//release-process//release calendar//EN"
_A_DAY = timedelta(days=1)
_RESOLUTION = timedelta(seconds=1)


def calendar_file(schedule: Schedule, calendar: Calendar) -> str:
    """An event for what is open on each day, and one for each freeze.

    An event has the same UID in every file: of what is open it hangs on the stack, the day and the place in the day, of
    a freeze on its kind, reason and beginning. So a file that is read anew moves what was there, and doubles nothing.
    """
    file = icalendar.Calendar()
    file.add("prodid", PRODUCER)
    file.add("version", "2.0")
    file.add("method", "PUBLISH")
    file.add("x-wr-calname", f"Releases of {schedule.outputs.stack}")
    file.add("x-wr-timezone", calendar.window.time_zone)
    events = list(_events(schedule, calendar.zone))
    moments = [schedule.at, schedule.until, *(each.decoded(name) for each in events for name in ("dtstart", "dtend"))]
    file.add_component(_time_zone(calendar.zone, min(moments), max(moments)))
    for event in events:
        event.add("dtstamp", schedule.at.replace(microsecond=0))
        file.add_component(event)
    return file.to_ical().decode()


def _events(schedule: Schedule, zone: ZoneInfo) -> Iterator[icalendar.Event]:
    stack = schedule.outputs.stack
    whose = (schedule.outputs.repository, stack)
    for day in schedule.days:
        for place, hours in enumerate(day.hours):
            uid = _uid(*whose, "open", day.date.isoformat(), str(place))
            title = f"{stack} open for releases: {merge_by(hours, zone)}"
            yield _event(uid, title, _local(hours.begins, zone), _local(hours.ends, zone))
    for freeze in schedule.freezes:
        if freeze.ends is not None:
            uid = _uid(*whose, freeze.kind, freeze.reason, freeze.begins.isoformat())
            title = f"No releases of {stack}: {printable(freeze.reason)}"
            yield _event(uid, title, _local(freeze.begins, zone), _local(freeze.ends, zone))


def _event(uid: str, title: str, begins: datetime, ends: datetime) -> icalendar.Event:
    event = icalendar.Event()
    event.add("uid", uid)
    event.add("summary", title)
    event.add("dtstart", begins)
    event.add("dtend", ends)
    event.add("transp", "TRANSPARENT")  # nobody is busy because of it
    return event


def _local(moment: datetime, zone: ZoneInfo) -> datetime:
    """On the zone's clock; of a time that comes twice, of which RFC 5545 (3.3.5) means the first, the second in UTC."""
    local = moment.astimezone(zone)
    return moment.astimezone(UTC) if local.fold else local


def _uid(*identity: str) -> str:
    return f"{hashlib.sha256(chr(10).join(identity).encode()).hexdigest()[:32]}@release-process"


def _time_zone(zone: ZoneInfo, first: datetime, last: datetime) -> icalendar.Timezone:
    """The zone's changes from the first moment to the last, each at what the clock shows before it.

    Not icalendar's own: it has a clock that goes ahead do so an hour late (`Timezone.from_tzinfo` of 7.3).
    """
    described = icalendar.Timezone()
    described.add("tzid", zone.key)
    at = first.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - _A_DAY
    described.add_component(_observance(at, at, zone))
    while at < last:
        following = at + _A_DAY
        if _offset(at, zone) != _offset(following, zone):
            described.add_component(_observance(at, _change(at, following, zone), zone))
        at = following
    return described


def _observance(before: datetime, at: datetime, zone: ZoneInfo) -> icalendar.Component:
    """What holds from `at` on, when it was as `before` until then."""
    local = at.astimezone(zone)
    part = icalendar.TimezoneDaylight() if local.dst() else icalendar.TimezoneStandard()
    part.DTSTART = (at + _offset(before, zone)).replace(tzinfo=None)
    part.TZOFFSETFROM = _offset(before, zone)
    part.TZOFFSETTO = _offset(at, zone)
    part.add("tzname", local.tzname())
    return part


def _change(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The first second of the later one's offset."""
    earlier = _offset(before, zone)
    while after - before > _RESOLUTION:
        middle = before + ((after - before) / 2 // _RESOLUTION) * _RESOLUTION
        before, after = (middle, after) if _offset(middle, zone) == earlier else (before, middle)
    return after


def _offset(at: datetime, zone: ZoneInfo) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta()
