"""When a rehearsal is: the window is shut when prod comes up and when the release is merged, and opens soon after."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sandbox.configured import SAMPLE, Configured, Stack
from sandbox.procedure import steps
from sandbox.timetable import AN_HOUR, soon_open, timetable
from sop.names import Environment
from sop.windows import WEEKDAYS, ReleaseWindow

SOPS = ReleaseWindow(days=("TUE", "WED", "THU"), opens=10, closes=14, time_zone="Australia/Brisbane")
NIGHTS = ReleaseWindow(days=WEEKDAYS, opens=0, closes=6, time_zone="America/New_York")
ONE_HOUR = ReleaseWindow(days=("SAT",), opens=10, closes=11, time_zone="Asia/Kathmandu")
ALWAYS = ReleaseWindow(days=WEEKDAYS, opens=0, closes=24, time_zone="Europe/Berlin")
NOWS = [datetime(2026, 3, 23, tzinfo=UTC) + timedelta(hours=7 * number, minutes=13) for number in range(24)]
UNHURRIED = timedelta(minutes=50)


@pytest.mark.parametrize("now", NOWS)
@pytest.mark.parametrize("window", [SOPS, NIGHTS, ONE_HOUR])
@pytest.mark.parametrize("hours", [1.5, 24, 72])
def test_the_release_waits_and_the_window_is_open_when_it_is_to_be(
    window: ReleaseWindow, hours: float, now: datetime
) -> None:
    times = timetable(window, hours, now)
    assert times.waits
    assert times.begins >= now + timedelta(minutes=15)
    merged = times.begins + times.observes
    for shut in (times.begins, times.begins + UNHURRIED, merged, merged + UNHURRIED):
        assert not window.is_open(shut)
    assert window.is_open(times.releases)
    assert merged < times.releases < merged + timedelta(days=8)
    assert window.is_open(times.opens_again or times.releases + AN_HOUR)


def test_it_is_shut_all_the_while_where_that_is_possible_and_opens_soon() -> None:
    times = timetable(SOPS, 24, NOWS[0])
    assert SOPS.next_opening(times.begins) > times.begins + times.observes
    assert times.releases - times.begins - times.observes < timedelta(hours=3)


@pytest.mark.parametrize("window", [ALWAYS, None])
def test_what_is_never_shut_is_not_waited_for(window: ReleaseWindow | None) -> None:
    times = timetable(window, 24, NOWS[0])
    assert (times.waits, times.opens_again) == (False, None)
    told = [step.command for step in steps(SAMPLE, times)]
    assert sum(command.startswith("sandbox clock") for command in told) == 1


def test_a_window_that_is_shut_again_after_an_hour_is_waited_for_again() -> None:
    times = timetable(ONE_HOUR, 24, NOWS[0])
    assert times.opens_again is not None
    assert f"sandbox clock {times.opens_again.isoformat()}" in [step.command for step in steps(SAMPLE, times)]


@pytest.mark.parametrize("now", NOWS)
@pytest.mark.parametrize("window", [SOPS, NIGHTS, ONE_HOUR, ALWAYS])
def test_soon_it_is_open_for_as_long_as_a_release_takes(window: ReleaseWindow, now: datetime) -> None:
    soon = soon_open(window, now)
    assert window.is_open(soon)
    assert window.is_open(soon + timedelta(minutes=20))
    assert soon >= now + timedelta(minutes=15)


def test_the_commands_have_the_configured_stacks_branches_and_names() -> None:
    stacks = tuple(
        Stack(f"api-{each}", each, SAMPLE.of(each).names, f"{each}-line", alert_emails=("a@acme.example",))
        for each in Environment
    )
    found = steps(Configured(stacks), timetable(None, 2, NOWS[0]))
    commands = "\n".join(step.command for step in found)
    for words in ("--stack api-dev", "--stack api-prod", "--branch dev-line", "--branch prod-line", "pass 2h10m"):
        assert words in commands
    assert "a@acme.example" in [step.says for step in found]
