"""Windows begin after the deployment, follow one another without gaps, and are read only when they have settled."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.checks.promotion_soak import soak
from scripts.errors import ConfigurationError
from scripts.observe.windows import METRIC_DELAY, PERIOD, first_full, parse_span, plan

HOUR, FIVE = timedelta(hours=1), timedelta(minutes=5)
MOMENTS = st.datetimes(
    datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.sampled_from([UTC, ZoneInfo("Australia/Sydney")])
)
ZONES = st.sampled_from(
    [ZoneInfo(name) for name in ("UTC", "Australia/Sydney", "Australia/Lord_Howe", "Europe/London", "America/New_York")]
)
# When clocks change, in zones that go forward and back by an hour and by half of one, and when months end.
TURNS = st.sampled_from(
    [
        datetime(2026, 4, 4, 16, tzinfo=UTC),  # Sydney, back
        datetime(2026, 10, 3, 16, tzinfo=UTC),  # Sydney, forward
        datetime(2026, 4, 4, 15, tzinfo=UTC),  # Lord Howe, back
        datetime(2026, 10, 3, 15, 30, tzinfo=UTC),  # Lord Howe, forward
        datetime(2026, 3, 29, 1, tzinfo=UTC),  # London, forward
        datetime(2026, 10, 25, 1, tzinfo=UTC),  # London, back
        datetime(2026, 3, 8, 7, tzinfo=UTC),  # New York, forward
        datetime(2026, 11, 1, 6, tzinfo=UTC),  # New York, back
        datetime(2026, 2, 28, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(2028, 2, 29, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(2026, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    ]
)
NEAR_TURNS = st.builds(lambda turn, near: turn + near, TURNS, st.timedeltas(-3 * HOUR, 3 * HOUR))
SPANS = st.timedeltas(timedelta(microseconds=1), timedelta(hours=30))


@given(MOMENTS, SPANS, SPANS)
def test_windows_cover_the_duration_from_the_first_full_minute_after_the_deployment(
    deployed: datetime, duration: timedelta, interval: timedelta
) -> None:
    windows = plan(deployed, duration, interval).windows
    first, last = windows[0], windows[-1]
    assert timedelta() <= first.start - deployed.astimezone(UTC) < PERIOD
    assert all(one.end == two.start for one, two in pairwise(windows))
    assert {(one.end - one.start) % PERIOD for one in windows} == {timedelta()}
    assert (first.start.second, first.start.microsecond, first.start.tzinfo) == (0, 0, UTC)
    assert duration <= last.end - first.start < duration + (first.end - first.start)


@given(NEAR_TURNS, ZONES)
def test_the_zone_that_a_moment_is_told_in_does_not_show(deployed: datetime, zone: ZoneInfo) -> None:
    assert plan(deployed.astimezone(zone), HOUR, FIVE) == plan(deployed, HOUR, FIVE)
    assert first_full(deployed.astimezone(zone), PERIOD) == first_full(deployed, PERIOD)


@given(NEAR_TURNS, ZONES, ZONES, st.timedeltas(timedelta(), timedelta(days=3)))
def test_neither_does_it_in_a_soak(deployed: datetime, zone: ZoneInfo, other: ZoneInfo, passed: timedelta) -> None:
    day, now = timedelta(days=1), deployed + passed
    told = soak(deployed.astimezone(zone), day, now.astimezone(other))
    assert told == soak(deployed, day, now)


@given(NEAR_TURNS, ZONES, st.timedeltas(timedelta(), timedelta(days=3)))
def test_a_soak_is_long_enough_from_the_told_moment_on_and_not_before(
    deployed: datetime, zone: ZoneInfo, asked_for: timedelta
) -> None:
    asked_for = max(asked_for, PERIOD)
    enough = soak(deployed.astimezone(zone), asked_for, deployed).enough
    assert asked_for <= enough - METRIC_DELAY - deployed.astimezone(UTC)
    assert soak(deployed, asked_for, enough - timedelta(microseconds=1)).too_short
    long_enough = soak(deployed, asked_for, enough)
    assert not long_enough.too_short
    assert len(long_enough.hours) == long_enough.needed
    assert all(window.end + METRIC_DELAY <= enough for window in long_enough.windows)


@given(NEAR_TURNS, ZONES)
def test_every_window_is_as_long_as_every_other_when_clocks_change(deployed: datetime, zone: ZoneInfo) -> None:
    windows = plan(deployed.astimezone(zone), 6 * HOUR, FIVE).windows
    assert len(windows) == 72
    assert {window.end.timestamp() - window.start.timestamp() for window in windows} == {FIVE.total_seconds()}


@given(MOMENTS, MOMENTS)
def test_a_window_is_settled_exactly_when_its_metrics_have_arrived(deployed: datetime, now: datetime) -> None:
    planned = plan(deployed, HOUR, FIVE)
    settled = planned.settled(now)
    assert settled == planned.windows[: len(settled)]
    following = planned.next_settling(now)
    if following is None:
        assert settled == planned.windows
    else:
        assert following > now
        assert planned.settled(following)[-1].end + METRIC_DELAY == following
        assert len(planned.settled(following)) == len(settled) + 1


def test_an_hour_has_twelve_windows_and_nothing_to_note() -> None:
    planned = plan(datetime(2026, 3, 10, 1, 7, tzinfo=UTC), HOUR, FIVE)
    assert (len(planned.windows), planned.notes) == (12, ())


def test_what_is_shorter_than_a_period_is_rounded_up_and_said_so() -> None:
    planned = plan(datetime(2026, 3, 10, 1, 7, tzinfo=UTC), timedelta(seconds=150), timedelta(seconds=30))
    assert (len(planned.windows), planned.interval) == (3, PERIOD)
    assert [note.split(" is ")[0] for note in planned.notes] == ["--interval 30 s", "--duration 2.5 min"]


@pytest.mark.parametrize(("duration", "interval"), [(HOUR, timedelta()), (timedelta(), FIVE), (8 * 24 * HOUR, FIVE)])
def test_spans_that_cannot_be_observed_are_refused(duration: timedelta, interval: timedelta) -> None:
    with pytest.raises(ConfigurationError):
        plan(datetime(2026, 3, 10, tzinfo=UTC), duration, interval)


@pytest.mark.parametrize(
    ("text", "expected"), [("30s", PERIOD / 2), ("5m", FIVE), ("1h", HOUR), ("1h30m", HOUR * 1.5), ("90m", HOUR * 1.5)]
)
def test_a_span_is_read(text: str, expected: timedelta) -> None:
    assert parse_span(text) == expected


@pytest.mark.parametrize("text", ["", "5", "m", "5 m", "-5m", "5m1h", "1.5h", "9999999h"])
def test_what_is_no_span_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="no length of time"):
        parse_span(text)
