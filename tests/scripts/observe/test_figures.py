"""An indicator's answer: PASS only when all is observed and below the limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.observe.figures import NONE, Indicator, Sample, indicators
from scripts.observe.judging import Progress, clearly_broken, judge
from scripts.observe.windows import Window, plan
from scripts.results import Outcome, Status
from sop.outputs import StackOutputs
from tests.scripts.prod_stack import OUTPUTS

RATE = Indicator("error-rate", "Share of 5xx", "requests", "%", threshold=5, minimum=20, scale=100)
WINDOWS = plan(datetime(2026, 3, 10, tzinfo=UTC), timedelta(hours=1), timedelta(minutes=5)).windows
GOOD, BAD, LIMIT, FEW, QUIET = (Sample(*of, 5, 1, 5) for of in ((1, 100), (9, 100), (5, 100), (9, 10), (1, 40)))
P, F, I = Status.PASS, Status.FAIL, Status.INCONCLUSIVE  # noqa: E741 - as the table below reads best
TWELVE = len(WINDOWS)


def progress(samples: Sequence[Sample], unfinished: str = "") -> Progress:
    readings = {window: {"error-rate": sample} for window, sample in zip(WINDOWS, samples, strict=False)}
    return Progress(WINDOWS, readings, consecutive=3, unfinished=unfinished)


def answer(samples: Sequence[Sample], unfinished: str = "") -> Outcome:
    return judge(RATE, progress(samples, unfinished))


@pytest.mark.parametrize(
    ("samples", "finished", "unfinished"),
    [
        ([GOOD] * 12, P, I),
        ([QUIET] * 11, P, I),  # 92% of the windows
        ([GOOD] * 11, I, I),  # of a site with many visitors, who have all gone
        ([GOOD] * 10, I, I),
        ([], I, I),
        ([NONE] * 12, I, I),
        ([GOOD] * 10 + [NONE] * 2, I, I),
        ([GOOD] * 10 + [FEW] * 2, I, I),  # too few requests in two windows
        ([FEW] * 12, F, I),  # too few in each, but not in all together
        ([LIMIT] + [GOOD] * 11, F, I),  # must be below the limit
        ([GOOD] * 11 + [BAD], F, I),
        ([BAD, BAD, GOOD] * 4, F, I),
        ([BAD, BAD, NONE, BAD], F, I),  # a window without data is no third in a row
        ([GOOD, BAD, BAD, BAD], F, F),
        ([BAD] * 12, F, F),
        ([Sample(float("nan"), 100, 5, 1, 5)] + [GOOD] * 11, F, I),
    ],
)
def test_verdict(samples: list[Sample], finished: Status, unfinished: Status) -> None:
    assert answer(samples).status is finished
    assert answer(samples, "Interrupted.").status is unfinished


SAMPLES = st.lists(
    st.builds(
        Sample,
        st.floats(0, 200, allow_nan=False),
        st.integers(0, 200).map(float),
        st.integers(0, 5),
        st.just(1),
        st.just(5),
    ),
    max_size=TWELVE,
)


@given(SAMPLES)
def test_a_pass_has_every_observed_window_below_the_limit_and_nearly_all_observed(samples: list[Sample]) -> None:
    if answer(samples).status is Status.PASS:
        values = [RATE.value(sample) for sample in samples]
        observed = [value for value in values if value is not None]
        assert len(observed) >= 0.9 * TWELVE
        assert max(observed) < RATE.threshold


@given(SAMPLES)
def test_an_unfinished_observation_never_passes_and_ends_early_only_when_clearly_broken(samples: list[Sample]) -> None:
    status = answer(samples, "Interrupted.").status
    assert (status is Status.FAIL) == clearly_broken(RATE, progress(samples))
    assert status is not Status.PASS


@given(SAMPLES)
def test_more_windows_never_mend_what_was_clearly_broken(samples: list[Sample]) -> None:
    for length in range(len(samples)):
        if clearly_broken(RATE, progress(samples[:length])):
            assert answer(samples).status is Status.FAIL


def test_the_answer_names_the_windows_that_broke_the_limit() -> None:
    headline, *details = answer([GOOD, BAD, *[GOOD] * 10]).observed.splitlines()
    assert headline == "Share of 5xx: 1.67 %, at most 9 %; 1 window not below the limit; 12 of 12 windows observed."
    assert details == ["2026-03-10T00:05:00Z to 2026-03-10T00:10:00Z: 9 %"]


def test_broken_windows_in_a_row_are_one_line_with_the_worst_figure() -> None:
    _, *details = answer([BAD, Sample(30, 100), BAD, GOOD, BAD, NONE, BAD, *[GOOD] * 5]).observed.splitlines()
    assert details == [
        "2026-03-10T00:00:00Z to 2026-03-10T00:15:00Z: 3 windows, at most 30 %",
        "2026-03-10T00:20:00Z to 2026-03-10T00:25:00Z: 9 %",
        "2026-03-10T00:30:00Z to 2026-03-10T00:35:00Z: 9 %",
    ]


CPU = replace(RATE, minimum=1, sparse=True)


def covered_by(indicator: Indicator, minutes: Sequence[int]) -> Status:
    """A good and quiet hour, with data in so many minutes of each window."""
    samples = [Sample(0, 40, each, 1, each) if each else NONE for each in minutes]
    return judge(indicator, progress(samples)).status


@pytest.mark.parametrize(
    ("minutes", "rate", "cpu"),
    [
        ([5] * 12, P, P),
        ([5] * 11 + [0], P, P),
        ([5] * 6 + [4] * 6, P, P),
        ([4] * 12, I, I),
        ([1] * 12, I, P),  # one in five: as basic monitoring of servers does
        ([1] * 11 + [0], I, P),
        ([1] * 10 + [0] * 2, I, I),
        ([5] * 5 + [2, 0, 4] + [5] * 3 + [1], I, I),  # detailed monitoring, with gaps
        ([5, 3, 4, 3, 4, 3, 4, 3, 4, 5, 4, 0], I, I),  # of which hardly one is as long as five minutes
        ([3] * 12, I, P),  # basic monitoring of three servers, each at its own minute
    ],
)
def test_nine_in_ten_minutes_must_have_data(minutes: list[int], rate: Status, cpu: Status) -> None:
    assert (covered_by(RATE, minutes), covered_by(CPU, minutes)) == (rate, cpu)


@pytest.mark.parametrize("interval", [1, 5, 15, 60])
def test_a_longer_interval_does_not_hide_that_half_of_the_time_is_unknown(interval: int) -> None:
    length = timedelta(minutes=interval)
    windows = plan(WINDOWS[0].start, timedelta(hours=1), length).windows
    known = {window: 30 if interval == 60 else interval * (place % 2) for place, window in enumerate(windows)}
    readings = {
        window: {"error-rate": Sample(0, 1000, each, ceil(each / 5), min(each, 5))}
        for window, each in known.items()
        if each
    }
    for indicator in (RATE, CPU):
        assert judge(indicator, Progress(windows, readings, consecutive=3)).status is I


def test_every_window_without_a_figure_is_named_in_a_pass_too() -> None:
    quiet = answer([QUIET] * 8 + [NONE, QUIET, QUIET, QUIET])
    assert (quiet.status, quiet.observed.splitlines()[1:]) == (
        P,
        ["2026-03-10T00:40:00Z to 2026-03-10T00:45:00Z: no figure, no requests"],
    )
    few = answer([FEW, NONE, *[QUIET] * 9, NONE])
    assert few.observed.splitlines()[1:] == [
        "2026-03-10T00:00:00Z to 2026-03-10T00:10:00Z: no figure, at most 10 requests in a window",
        "2026-03-10T00:55:00Z to 2026-03-10T01:00:00Z: no figure, no requests",
    ]


def test_the_worst_is_that_of_all_that_is_in_the_average() -> None:
    outcome = answer([Sample(3, 10, 5, 1, 5), *[Sample(0, 90, 5, 1, 5)] * 11])
    assert (outcome.status, outcome.observed.splitlines()[0]) == (
        P,
        "Share of 5xx: 0.3 %, at most 30 % (of 10 requests); 11 of 12 windows observed.",
    )


def test_no_requests_are_called_so() -> None:
    assert "no requests" in answer([NONE] * 12).observed


def test_evidence_has_each_windows_figure_and_the_limit() -> None:
    evidence = answer([GOOD]).evidence
    assert (evidence["threshold"], evidence["unit"], len(evidence["windows"])) == (5, "%", 12)
    first, second, *_ = evidence["windows"]
    assert (first["start"], first["value"], first["samples"]) == ("2026-03-10T00:00:00Z", 1, 100)
    assert second["value"] is None


def test_evidence_has_when_this_deployment_ended_and_the_next_one_began() -> None:
    marked = replace(progress([GOOD]), deployed=WINDOWS[0].start, next_deployed=WINDOWS[6].start)
    evidence = judge(RATE, marked).evidence
    assert (evidence["deployed"], evidence["next_deployment"]) == ("2026-03-10T00:00:00Z", "2026-03-10T00:30:00Z")
    assert (answer([GOOD]).evidence["deployed"], answer([GOOD]).evidence["next_deployment"]) == (None, None)


@pytest.mark.parametrize(("minutes", "requests", "values"), [(1, 4, 1), (5, 20, 1), (6, 24, 2), (60, 240, 12)])
def test_thresholds_are_the_stacks_and_the_minimum_grows_with_the_window(
    minutes: int, requests: int, values: int
) -> None:
    raw = OUTPUTS | {"thresholds": OUTPUTS["thresholds"] | {"errorRateMinimumRequests": 20}}
    thresholds = StackOutputs.parse(raw).thresholds
    response, cpu, rate = indicators(thresholds, timedelta(minutes=minutes))
    assert (response.threshold, cpu.threshold, rate.threshold) == (1, 80, 5)
    assert (response.minimum, cpu.minimum, rate.minimum) == (requests, values, requests)


def test_windows_are_told_apart_by_both_ends() -> None:
    first, second, *_ = WINDOWS
    longer = {Window(first.start, second.end): {"error-rate": GOOD}}
    assert "0 of 12" in judge(RATE, Progress(WINDOWS, longer, 3)).observed
