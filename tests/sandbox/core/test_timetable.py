"""When a rehearsal is: the window is shut when prod comes up, and opens soon after dev was observed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.configured import SAMPLE, Configured, Stack
from sandbox.procedure import short_steps, steps
from sandbox.timetable import AN_HOUR, open_after, soon_open, timetable
from sop.calendar.calendar import Calendar, Needed
from sop.calendar.freezes import Freezes
from sop.names import Environment
from sop.outputs import CalendarOutput
from sop.windows import WEEKDAYS, ReleaseWindow

NO_FREEZES = CalendarOutput(holidays=[], half_days=False, working_days=[], quarter_end_days=0, freezes={})


def calendar(freezes: CalendarOutput = NO_FREEZES, **window: Any) -> Calendar:
    found = ReleaseWindow(**window)
    return Calendar(window=found, freezes=Freezes.of(freezes, found.zone))


SOPS = calendar(days=("TUE", "WED", "THU"), opens=10, closes=14, time_zone="Australia/Brisbane")
NIGHTS = calendar(days=WEEKDAYS, opens=0, closes=6, time_zone="America/New_York")
ONE_HOUR = calendar(days=("SAT",), opens=10, closes=11, time_zone="Asia/Kathmandu")
ALWAYS = calendar(days=WEEKDAYS, opens=0, closes=24, time_zone="Europe/Berlin")
NOWS = [datetime(2026, 3, 23, tzinfo=UTC) + timedelta(hours=7 * number, minutes=13) for number in range(24)]
UNHURRIED = timedelta(minutes=50)
A_DAY = timedelta(days=1)
NEEDED = Needed(until_observed=timedelta(minutes=75))


@pytest.mark.parametrize("now", NOWS)
@pytest.mark.parametrize("open_in", [SOPS, NIGHTS, ONE_HOUR])
@pytest.mark.parametrize("hours", [1.5, 24, 72])
def test_prods_first_waits_and_everything_that_is_deployed_later_may_be(
    open_in: Calendar, hours: float, now: datetime
) -> None:
    times = timetable(open_in, hours, now)
    assert times.waits
    assert times.begins >= now + timedelta(minutes=15)
    for shut in (times.begins, times.begins + UNHURRIED):
        assert not open_in.window.is_open(shut)
    assert times.deploys - times.begins >= timedelta(hours=hours)
    for moment in (times.deploys, times.releases, times.fails):
        assert open_in.closed(moment) == ()
        assert open_in.late(moment, NEEDED) is None


@pytest.mark.parametrize("open_in", [SOPS, NIGHTS, ONE_HOUR, ALWAYS, None])
def test_a_release_is_announced_a_day_before_and_each_is_observed_before_the_next(open_in: Calendar | None) -> None:
    times = timetable(open_in, 24, NOWS[0])
    assert times.releases - times.begins > A_DAY
    assert times.releases - times.deploys >= AN_HOUR
    assert times.fails - times.releases > AN_HOUR


@pytest.mark.parametrize("now", NOWS)
def test_it_opens_soon_after_dev_was_observed_and_one_day_is_enough_for_the_rest(now: datetime) -> None:
    times = timetable(SOPS, 24, now)
    assert times.deploys - times.begins - A_DAY < timedelta(hours=3)
    assert times.deploys.date() == times.releases.date() == times.fails.date()


@pytest.mark.parametrize("open_in", [ALWAYS, None])
def test_what_is_never_shut_is_not_waited_for(open_in: Calendar | None) -> None:
    assert not timetable(open_in, 24, NOWS[0]).waits


def test_at_the_end_of_the_year_it_is_released_in_the_next() -> None:
    closing = CalendarOutput(["AU-QLD"], half_days=False, working_days=[], quarter_end_days=3, freezes={})
    open_in = calendar(closing, days=("TUE", "WED", "THU"), opens=10, closes=14, time_zone="Australia/Brisbane")
    times = timetable(open_in, 24, datetime(2026, 12, 24, 9, tzinfo=UTC))
    assert (times.releases.year, times.releases.month) == (2027, 1)


def test_a_year_whose_holidays_nobody_knows_is_rehearsed_by_the_window_alone() -> None:
    closing = CalendarOutput(["AU-QLD"], half_days=False, working_days=[], quarter_end_days=3, freezes={})
    open_in = calendar(closing, days=("TUE", "WED", "THU"), opens=10, closes=14, time_zone="Australia/Brisbane")
    times = timetable(open_in, 24, datetime(2300, 1, 1, tzinfo=UTC))
    assert open_in.window.is_open(times.releases)


@pytest.mark.parametrize("now", NOWS)
@pytest.mark.parametrize("open_in", [SOPS, NIGHTS, ONE_HOUR, ALWAYS])
def test_soon_it_is_open_for_as_long_as_a_release_takes(open_in: Calendar, now: datetime) -> None:
    soon = soon_open(open_in, now)
    assert open_in.window.is_open(soon)
    assert open_in.window.is_open(soon + timedelta(minutes=20))
    assert soon >= now + timedelta(minutes=15)


@pytest.mark.parametrize("now", NOWS)
@pytest.mark.parametrize("open_in", [SOPS, NIGHTS, ALWAYS, None])
def test_it_stays_open_until_what_came_up_soon_was_observed(open_in: Calendar | None, now: datetime) -> None:
    assert open_after(open_in, soon_open(open_in, now)) is None


def test_a_window_of_an_hour_is_waited_for_again() -> None:
    soon = soon_open(ONE_HOUR, NOWS[0])
    again = open_after(ONE_HOUR, soon)
    assert again is not None
    assert again - soon > AN_HOUR
    assert ONE_HOUR.window.is_open(again)
    assert [step.see for step in short_steps(SAMPLE, soon, again)][-3].endswith("the window is open again")


def test_the_commands_have_the_configured_stacks_branches_and_names() -> None:
    stacks = tuple(
        Stack(f"api-{each}", each, SAMPLE.of(each).names, f"{each}-line", alert_emails=("a@acme.example",))
        for each in Environment
    )
    for found in (
        steps(Configured(stacks), timetable(None, 2, NOWS[0])),
        short_steps(Configured(stacks), NOWS[0], None),
    ):
        commands = "\n".join(step.command for step in found)
        for words in ("--stack api-dev", "--stack api-prod", "--branch dev-line", "--branch prod-line"):
            assert words in commands
        assert "a@acme.example" in [step.says for step in found]
