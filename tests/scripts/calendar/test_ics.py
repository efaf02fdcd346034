"""The calendar file is one that RFC 5545 allows, and says what the calendar says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.calendar.ics import calendar_file
from scripts.calendar.schedule import Schedule, schedule
from sop.outputs import StackOutputs
from tests.scripts.prod_stack import OUTPUTS
from tests.sop.calendar.calendars import ZONES, freezes, moments

BEGIN = datetime(2026, 3, 20, 1, 2, 3, 456, tzinfo=UTC)


def lying_ahead(at: datetime = BEGIN, weeks: int = 4, zone: str = "Australia/Brisbane", **changes: Any) -> Schedule:
    window = OUTPUTS["releaseWindow"] | {"timeZone": zone}
    return schedule(
        StackOutputs.parse(OUTPUTS | {"releaseWindow": window, "calendar": OUTPUTS["calendar"] | changes}), at, weeks
    )


def text(of: Schedule) -> str:
    assert of.calendar is not None
    return calendar_file(of, of.calendar)


def read(of: Schedule) -> icalendar.Calendar:
    return icalendar.Calendar.from_ical(text(of))


def test_what_rfc_5545_requires_of_a_calendar_and_its_events() -> None:
    file = read(lying_ahead(freezes={"Sale; with a, comma": "2026-04-01"}))
    assert file["version"] == "2.0"
    assert file["prodid"]
    assert not file.errors
    assert all({"UID", "DTSTAMP", "DTSTART", "DTEND"} <= event.keys() for event in file.events)
    assert "No releases of prod: Sale; with a, comma" in [str(event["summary"]) for event in file.events]
    assert not file.get_missing_tzids()


def test_lines_end_as_the_internets_do_and_have_at_most_75_octets() -> None:
    written = text(lying_ahead(freezes={"Ä" * 90: "2026-04-01"}))
    assert written.endswith("END:VCALENDAR\r\n")
    assert "\n" not in written.replace("\r\n", "")
    assert max(len(line.encode()) for line in written.split("\r\n")) <= 75


def test_ids_are_unique_and_stay_the_same_whenever_the_file_is_written() -> None:
    before, after = (
        {str(event["uid"]): (event.decoded("dtstart"), str(event["summary"])) for event in events}
        for events in (read(lying_ahead()).events, read(lying_ahead(BEGIN + timedelta(days=7))).events)
    )
    assert len(before) == len(read(lying_ahead()).events)
    later = {uid: what for uid, what in before.items() if what[0] >= BEGIN + timedelta(days=7)}
    assert later.items() <= after.items()
    assert len(later) > 10


def test_a_time_that_comes_twice_is_told_apart() -> None:
    # 5 April 2026: at 03:00 AEDT the clock goes back to 02:00 AEST
    of = lying_ahead(zone="Australia/Sydney", freezes={"Sale": "2026-04-05 02:30 to 2026-04-05 02:30"})
    (sale,) = [event for event in read(of).events if "Sale" in str(event["summary"])]
    assert sale.decoded("dtstart").astimezone(UTC) == datetime(2026, 4, 4, 15, 30, tzinfo=UTC)
    assert sale.decoded("dtend").astimezone(UTC) == datetime(2026, 4, 4, 16, 30, tzinfo=UTC)


def test_a_day_that_becomes_shorter_keeps_its_id() -> None:
    usual, shorter = (
        {str(event["uid"]): event for event in read(of).events}
        for of in (lying_ahead(), lying_ahead(freezes={"Sale": "2026-03-24 13:00 to 2026-03-24 23:00"}))
    )
    changed = [
        uid for uid, event in shorter.items() if uid in usual and event.decoded("dtend") != usual[uid].decoded("dtend")
    ]
    (uid,) = changed
    assert str(shorter[uid]["summary"]) == "prod open for releases: merge by 11:45 AEST"


def test_two_stacks_never_share_an_id() -> None:
    prod = lying_ahead()
    other = schedule(StackOutputs.parse(OUTPUTS | {"stack": "api-prod"}), BEGIN, 4)
    uids = [str(event["uid"]) for of in (prod, other) for event in read(of).events]
    assert len(set(uids)) == len(uids)


@pytest.mark.parametrize("zone", ["Australia/Sydney", "Europe/Berlin", "America/New_York", "America/Santiago"])
def test_a_zone_with_daylight_saving_opens_at_ten_of_its_own_clock_all_year(zone: str) -> None:
    file = read(lying_ahead(weeks=52, zone=zone, holidays=[], quarterEndDays=0))
    starts = [event.decoded("dtstart") for event in file.events]
    assert {f"{start:%H:%M}" for start in starts} == {"10:00"}
    assert len({start.utcoffset() for start in starts}) == 2
    assert {event["dtstart"].params["TZID"] for event in file.events} == {zone}


@pytest.mark.parametrize("zone", [*ZONES, "Australia/Sydney", "Asia/Kathmandu", "America/Sao_Paulo"])
def test_the_zones_description_has_its_clock_of_every_hour_of_a_year(zone: str) -> None:
    (described,) = read(lying_ahead(weeks=52, zone=zone, holidays=[])).timezones
    # RFC 5545, 3.6.5: DTSTART is what the clock shows before the change
    changes = sorted(
        (part.DTSTART.replace(tzinfo=UTC) - part.TZOFFSETFROM, part.TZOFFSETTO, str(part["tzname"]))
        for part in described.subcomponents
    )
    until = [begins for begins, _, _ in changes[1:]] + [BEGIN + timedelta(weeks=52)]
    at = BEGIN.replace(minute=0, second=0, microsecond=0)
    for (_, offset, name), changed in zip(changes, until, strict=True):
        while at < changed:
            local = at.astimezone(ZoneInfo(zone))
            assert (offset, name) == (local.utcoffset(), local.tzname())
            at += timedelta(hours=0.5)


@given(freezes(), st.sampled_from(ZONES), moments)
def test_what_is_read_back_is_what_the_calendar_says(periods: dict[str, str], zone: str, at: datetime) -> None:
    of = lying_ahead(at, zone=zone, freezes=periods)
    events = read(of).events
    read_back = [(event.decoded("dtstart").astimezone(UTC), event.decoded("dtend").astimezone(UTC)) for event in events]
    hours = [(each.begins, each.ends) for day in of.days for each in day.hours]
    closed = [(each.begins, each.ends) for each in of.freezes if each.ends]
    assert sorted(read_back) == sorted([*hours, *closed])
