"""A site that nobody could reach has no requests: beside windows full of them that is never good."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.observe.figures import NONE, Indicator, Sample
from scripts.observe.holes import holes
from scripts.observe.judging import Progress, judge
from scripts.observe.windows import plan
from scripts.results import Outcome, Status

FIVE = timedelta(minutes=5)
BEGIN = datetime(2026, 3, 10, tzinfo=UTC)
RATE = Indicator("error-rate", "Share of 5xx", "requests", "%", threshold=5, minimum=20, scale=100)
CPU = Indicator("cpu", "Average CPU", "values", "%", threshold=80, minimum=1, sparse=True)


def requests(number: float, minutes: int = 5) -> Sample:
    return Sample(0, number, minutes, min(minutes, 1), minutes) if number else NONE


FULL, QUIET, SOME = requests(300), requests(40), requests(30)


def answer(samples: Sequence[Sample], indicator: Indicator = RATE, length: timedelta = FIVE) -> Outcome:
    windows = plan(BEGIN, len(samples) * length, length).windows
    readings = {window: {indicator.id: sample} for window, sample in zip(windows, samples, strict=True)}
    return judge(indicator, Progress(windows, readings, consecutive=3))


def row(*hole: Sample, at: int = 12, of: int = 24, around: Sample = FULL) -> list[Sample]:
    """Two hours of full windows, and what lies in their middle or elsewhere."""
    return [*[around] * at, *hole, *[around] * (of - at - len(hole))]


@pytest.mark.parametrize(
    "hole",
    [
        (NONE,),
        (requests(2),),  # a monitor, and nobody else
        (requests(120, 2),),  # gone for three minutes
        (requests(180, 3), requests(120, 2)),  # for five, in two windows
        (requests(240, 4), requests(60, 1)),
    ],
)
@pytest.mark.parametrize("at", [0, 1, 12, 22])
def test_a_hole_beside_full_windows_is_no_pass_and_is_named(hole: tuple[Sample, ...], at: int) -> None:
    outcome = answer(row(*hole, at=at))
    assert outcome.status is Status.INCONCLUSIVE
    assert outcome.observed.startswith("1 hole in the traffic; Share of 5xx: 0 %")
    assert "hardly any requests in" in outcome.observed
    assert "could be reached" in outcome.fix


def test_it_says_when_and_for_how_long() -> None:
    (_, hole) = answer(row(requests(180, 3), requests(120, 2))).observed.splitlines()
    assert hole == (
        "2026-03-10T01:00:00Z to 2026-03-10T01:10:00Z: hardly any requests in 5 of 10 min, and many before and after"
    )


@pytest.mark.parametrize(
    "samples",
    [
        row(NONE, around=QUIET),  # few visitors anyway
        row(requests(240, 4)),  # a single minute: CloudWatch may lose one
        row(requests(240, 4), FULL, requests(240, 4)),
        [*[FULL] * 11, requests(80), SOME, NONE, SOME, requests(80), *[FULL] * 8],  # fewer and fewer, and more again
    ],
)
def test_what_may_be_a_quiet_time_is_none(samples: list[Sample]) -> None:
    assert answer(samples).status is Status.PASS


def test_somebodys_few_minutes_at_the_site_are_no_traffic() -> None:
    windows = plan(BEGIN, 24 * FIVE, FIVE).windows
    samples = dict(zip(windows, [FULL, NONE, FULL, *[NONE] * 10, FULL, NONE, NONE, FULL, *[NONE] * 7], strict=True))
    assert not list(holes(RATE, samples, edges=False))


def test_a_night_is_no_hole_but_an_hour_is() -> None:
    for silent, found in ((12, 1), (13, 0), (120, 0)):
        windows = plan(BEGIN, (silent + 24) * FIVE, FIVE).windows
        samples = dict(zip(windows, row(*[NONE] * silent, of=silent + 24), strict=True))
        assert len(list(holes(RATE, samples, edges=False))) == found


def test_what_servers_report_by_themselves_has_no_holes() -> None:
    assert answer(row(NONE), CPU).status is Status.PASS


@pytest.mark.parametrize(("minutes", "status"), [(60, Status.PASS), (59, Status.PASS), (55, Status.INCONCLUSIVE)])
def test_a_long_window_does_not_hide_it(minutes: int, status: Status) -> None:
    hour = Indicator("error-rate", "Share of 5xx", "requests", "%", threshold=5, minimum=240, scale=100)
    one = Sample(0, 3600, minutes, 12, 5)
    assert answer([one], hour, timedelta(hours=1)).status is status


@pytest.mark.parametrize(("silent", "status"), [(1, Status.PASS), (2, Status.INCONCLUSIVE)])
def test_windows_of_a_minute_may_lack_one(silent: int, status: Status) -> None:
    minute = Indicator("error-rate", "Share of 5xx", "requests", "%", threshold=5, minimum=4, scale=100)
    full = requests(60, 1)
    samples = [*[full] * 30, *[NONE] * silent, *[full] * 30]
    assert answer(samples, minute, timedelta(minutes=1)).status is status


@given(
    st.integers(0, 23),
    st.integers(1, 12),
    st.lists(st.integers(100, 100_000), min_size=24, max_size=24),
    st.lists(st.integers(0, 19), min_size=12, max_size=12),
)
def test_a_hole_with_full_neighbours_is_never_a_pass(at: int, length: int, full: list[int], thin: list[int]) -> None:
    samples = [requests(number) for number in full]
    samples[at : at + length] = [requests(number) for number in thin[:length]][: 24 - at]
    status = answer(samples).status
    assert status is Status.INCONCLUSIVE


@given(st.lists(st.sampled_from([NONE, QUIET, SOME, requests(99)]), min_size=24, max_size=24))
def test_without_full_windows_there_is_no_hole(samples: list[Sample]) -> None:
    windows = plan(BEGIN, 24 * FIVE, FIVE).windows
    assert not list(holes(RATE, dict(zip(windows, samples, strict=True)), edges=True))
