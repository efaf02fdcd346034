"""Open or closed, why, by when, and when next: SOP 6 on the clock of the window's zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sop.calendar.calendar import Calendar, Needed
from sop.calendar.closures import Closure, Kind
from sop.calendar.public_holidays import CalendarUnknownError
from tests.sop.calendar.calendars import BRISBANE, NEEDED, ZONES, calendar, calendars, local, moments, needs

PROD = calendar()


def reasons(of: Calendar, at: datetime) -> list[str]:
    return [each.reason for each in of.closed(at)]


def test_24_december_2026_at_11_in_brisbane_is_open() -> None:
    at = local("2026-12-24 11:00")
    assert PROD.closed(at) == ()
    assert PROD.late(at, NEEDED) is None
    assert PROD.next_open(at, NEEDED) == at


def test_29_december_2026_is_closed_for_the_quarters_end_only_and_5_january_is_next() -> None:
    (closure,) = PROD.closed(local("2026-12-29 11:00"))
    assert (closure.kind, closure.reason) == (Kind.QUARTER_END, "the last 3 days of the quarter")
    assert PROD.next_open(local("2026-12-29 11:00"), NEEDED) == local("2027-01-05 10:00")


def test_28_december_2027_is_closed_for_an_observed_holiday() -> None:
    (closure,) = PROD.closed(local("2027-12-28 11:00"))
    assert (closure.kind, closure.reason) == (Kind.HOLIDAY, "Boxing Day (observed) (AU-QLD)")
    assert closure.ends == local("2027-12-29 00:00")


def test_a_year_beyond_the_librarys_range_is_unknown_and_not_open() -> None:
    tuesday = local("2101-03-01 11:00")
    for question in (PROD.closed, lambda at: PROD.late(at, NEEDED), lambda at: PROD.next_open(at, NEEDED)):
        with pytest.raises(CalendarUnknownError, match="AU-QLD in 2101 are not known"):
            question(tuesday)


def test_a_year_beyond_the_range_is_unknown_on_a_day_that_the_window_closes_anyway() -> None:
    with pytest.raises(CalendarUnknownError):
        PROD.closed(local("2101-01-01 22:00"))


def test_the_next_opening_is_not_looked_for_where_the_holidays_are_not_known() -> None:
    of = calendar(holidays=["LK"])  # the library has Sri Lanka's until 2026
    with pytest.raises(CalendarUnknownError, match="LK in 2027"):
        of.next_open(local("2026-12-31 15:00"), NEEDED)


@given(calendars(), moments, st.sampled_from(ZONES))
def test_a_time_given_in_another_zone_is_the_same_instant(of: Calendar, at: datetime, zone: str) -> None:
    elsewhere = at.astimezone(ZoneInfo(zone))
    assert of.closed(elsewhere) == of.closed(at)
    assert of.late(elsewhere, NEEDED) == of.late(at, NEEDED)
    assert of.next_open(elsewhere, NEEDED) == of.next_open(at, NEEDED)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="has no zone"):
        PROD.closed(datetime(2026, 12, 24, 11))


@pytest.mark.parametrize("zone", ["Australia/Sydney", "Europe/Berlin", "America/New_York", "America/Santiago"])
def test_a_zone_with_daylight_saving_opens_at_ten_of_its_own_clock_all_year(zone: str) -> None:
    of = calendar(time_zone=zone, holidays=[], quarter_end_days=0)
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    openings = [each.begins.astimezone(of.zone) for each in of.openings(begin, NEEDED, begin + timedelta(days=365))]
    assert {f"{each:%H:%M}" for each in openings} == {"10:00"}
    assert len({each.utcoffset() for each in openings}) == 2


def test_half_past_one_that_comes_twice_is_told_apart_by_its_zone() -> None:
    of = calendar(days=["SUN"], opens="01:00", closes="03:00", time_zone="America/New_York", holidays=[])
    night = of.knowing(
        Closure(
            kind=Kind.INCIDENT,
            reason="#7",
            begins=datetime(2026, 11, 1, 6, 30, tzinfo=UTC),
            ends=datetime(2026, 11, 1, 7, 0, tzinfo=UTC),
        )
    )
    first, second = (datetime(2026, 11, 1, 1, 45, fold=fold, tzinfo=of.zone) for fold in (0, 1))
    assert night.closed(first) == ()
    assert reasons(night, second) == ["#7"]
    late = night.late(datetime(2026, 11, 1, 1, 20, fold=1, tzinfo=of.zone), NEEDED)
    assert late is not None
    assert late.told(of.zone) == "too late: by 01:15 EDT, since #7 begins at 01:30 EST"


STOCKTAKING = calendar(freezes={"Stocktaking": "2026-12-22 13:00 to 2026-12-23"})


def test_a_freeze_from_13_with_75_minutes_needed_says_at_12_40_by_11_45() -> None:
    at = local("2026-12-22 12:40")
    assert STOCKTAKING.closed(at) == ()
    late = STOCKTAKING.late(at, NEEDED)
    assert late is not None
    assert late.told(BRISBANE) == "too late: by 11:45 AEST, since Stocktaking begins at 13:00 AEST"
    assert late.by == local("2026-12-22 11:45")
    assert STOCKTAKING.next_open(at, NEEDED) == local("2026-12-24 10:00")


def test_a_freeze_from_13_with_75_minutes_needed_lets_in_at_11_45() -> None:
    at = local("2026-12-22 11:45")
    assert STOCKTAKING.late(at, NEEDED) is None
    assert STOCKTAKING.next_open(at, NEEDED) == at
    assert STOCKTAKING.late(at + timedelta(seconds=1), NEEDED) is not None


def test_ten_to_two_is_too_late_for_source_and_build_by_13_45() -> None:
    late = PROD.late(local("2026-12-24 13:50"), NEEDED)
    assert late is not None
    assert late.told(BRISBANE) == "too late: by 13:45 AEST, since the release window closes at 14:00 AEST"
    assert PROD.late(local("2026-12-24 13:45"), NEEDED) is None


def test_what_has_been_built_may_still_go_in_at_ten_to_two() -> None:
    waiting = Needed(until_deploy=timedelta(), until_observed=timedelta(minutes=70))
    assert PROD.late(local("2026-12-24 13:50"), waiting) is None


def test_the_hour_of_observation_need_not_lie_in_the_window() -> None:
    assert PROD.next_open(local("2026-12-24 13:40"), NEEDED) == local("2026-12-24 13:40")


def test_a_freeze_that_begins_in_the_hour_after_the_window_comes_too_soon() -> None:
    of = calendar(freezes={"Sale": "2026-12-24 14:30 to 2026-12-24 23:00"})
    late = of.late(local("2026-12-24 13:20"), NEEDED)
    assert late is not None
    assert late.told(BRISBANE) == "too late: by 13:15 AEST, since Sale begins at 14:30 AEST"


def test_a_holiday_that_begins_at_midnight_comes_too_soon_for_a_window_that_lasts_until_then() -> None:
    of = calendar(closes="24:00")
    late = of.late(local("2026-12-24 23:00"), NEEDED)
    assert late is not None
    assert late.told(BRISBANE) == (
        "too late: by Thu 2026-12-24 22:45 AEST, since Christmas Day (AU-QLD) begins at 00:00 AEST"
    )


def test_an_opening_that_is_shorter_than_a_release_says_so() -> None:
    of = calendar(freezes={"Sale": "2026-12-24 11:00 to 2026-12-24 23:00"})
    late = of.late(local("2026-12-24 10:00"), NEEDED)
    assert late is not None
    assert late.told(BRISBANE) == "too short for a release: Sale begins at 11:00 AEST"


def test_seconds_are_never_rounded_in_favour_of_a_release() -> None:
    needed = Needed(until_observed=timedelta(minutes=74, seconds=30))
    late = STOCKTAKING.late(local("2026-12-22 12:40"), needed)
    assert late is not None
    assert late.by == local("2026-12-22 11:45")


def test_every_reason_is_told_at_once() -> None:
    of = calendar(freezes={"Christmas shopping": "2026-12-20 to 2026-12-26"})
    assert reasons(of, local("2026-12-25 22:00")) == [
        "outside the release window (TUE-THU 10:00-14:00 Australia/Brisbane)",
        "Christmas shopping",
        "Christmas Day (AU-QLD)",
    ]


def test_what_the_caller_knows_closes_until_somebody_ends_it() -> None:
    incident = Closure(kind=Kind.INCIDENT, reason="incident #7", begins=local("2026-12-22 11:00"), ends=None)
    of = PROD.knowing(incident)
    (closure,) = of.closed(local("2026-12-22 11:00"))
    assert closure.told(BRISBANE) == "incident #7, until somebody ends it"
    assert of.closed(local("2026-12-22 10:59")) == ()
    assert of.next_open(local("2026-12-22 11:00"), NEEDED) is None
    assert PROD.closed(local("2026-12-22 11:00")) == ()


def test_what_the_caller_knows_may_end_at_a_time_that_comes_twice() -> None:
    of = calendar(days=["SUN"], opens="00:00", closes="04:00", time_zone="America/New_York", holidays=[])
    begins, ends = (datetime(2026, 11, 1, 1, minute, fold=minute == 30, tzinfo=of.zone) for minute in (50, 30))
    night = of.knowing(Closure(kind=Kind.INCIDENT, reason="#7", begins=begins, ends=ends))
    assert reasons(night, datetime(2026, 11, 1, 1, 10, fold=1, tzinfo=of.zone)) == ["#7"]
    assert night.closed(datetime(2026, 11, 1, 1, 40, fold=1, tzinfo=of.zone)) == ()


def test_no_opening_is_found_where_none_is_long_enough() -> None:
    whole_day = Needed(until_deploy=timedelta(hours=4, minutes=1), until_observed=timedelta(hours=5))
    assert calendar(holidays=[]).next_open(local("2026-12-22 11:00"), whole_day) is None


def test_a_window_that_never_closes_is_cut_by_freezes_alone() -> None:
    of = calendar(days=["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"], opens="00:00", closes="24:00")
    assert of.next_open(local("2026-12-24 22:50"), NEEDED) == local("2026-12-27 00:00")


@given(calendars(), moments, needs)
def test_the_next_opening_is_open_and_in_time(of: Calendar, at: datetime, needed: Needed) -> None:
    opening = of.next_open(at, needed)
    if opening is not None:
        assert opening >= at
        assert of.closed(opening) == ()
        assert of.late(opening, needed) is None
        observed = opening.astimezone(UTC) + needed.until_observed
        assert not of.freezes.beginnings(opening, observed)


@given(calendars(), moments, needs)
def test_nothing_before_the_next_opening_is_open_and_in_time(of: Calendar, at: datetime, needed: Needed) -> None:
    opening = of.next_open(at, needed)
    until = min(opening.astimezone(UTC) if opening else at + timedelta(days=8), at + timedelta(days=8))
    for step in range(int((until - at) / timedelta(minutes=30))):
        moment = at + step * timedelta(minutes=30)
        assert of.closed(moment) or of.late(moment, needed)


@given(calendars(), moments, needs)
def test_openings_are_what_is_not_closed(of: Calendar, at: datetime, needed: Needed) -> None:
    until = at + timedelta(days=8)
    openings = list(of.openings(at, needed, until))
    for step in range(8 * 24 * 2):
        moment = at + step * timedelta(minutes=30)
        within = [
            each for each in openings if each.begins <= moment and (each.closes is None or moment < each.closes.begins)
        ]
        assert bool(within) is not bool(of.closed(moment))


@given(calendars(), moments)
def test_what_holds_at_no_time_but_later_has_a_beginning_that_is_known(of: Calendar, at: datetime) -> None:
    later = at + timedelta(days=3)
    begun = {each.begins for each in of.freezes.between(later, later) if each.begins >= at}
    assert begun <= set(of.freezes.beginnings(at, later + timedelta(seconds=1)))


def test_each_beginning_that_the_calendar_knows() -> None:
    begins = STOCKTAKING.freezes.beginnings(local("2026-12-22 00:00"), local("2027-01-01 00:00"))
    assert begins == [
        local("2026-12-22 13:00"),
        local("2026-12-25 00:00"),
        local("2026-12-26 00:00"),
        local("2026-12-28 00:00"),
        local("2026-12-29 00:00"),
    ]
