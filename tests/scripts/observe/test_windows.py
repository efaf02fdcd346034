"""Windows begin after the deployment, follow one another without gaps, and are read only when they have settled."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.errors import ConfigurationError
from scripts.observe.windows import METRIC_DELAY, PERIOD, parse_span, plan

HOUR, FIVE = timedelta(hours=1), timedelta(minutes=5)
MOMENTS = st.datetimes(
    datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.sampled_from([UTC, ZoneInfo("Australia/Sydney")])
)
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
