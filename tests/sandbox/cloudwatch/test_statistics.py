"""Statistics against plain reference computations on the raw values."""

from __future__ import annotations

import math
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.aws.cloudwatch.statistics import Samples, UnknownStatisticError, sample, statistic

values = st.lists(st.integers(0, 50).map(float), min_size=1, max_size=60)


def samples_of(raw: list[float]) -> Samples:
    """The values over two minutes, merged as a period of two minutes merges them."""
    parts: list[Samples | None] = [None, None]
    for index, value in enumerate(raw):
        known = parts[index % 2]
        parts[index % 2] = known.plus(sample(value)) if known else sample(value)
    return Samples.merged(part for part in parts if part)


@given(values)
def test_the_simple_statistics(raw: list[float]) -> None:
    samples = samples_of(raw)
    computed = {name: statistic(name)(samples) for name in ("SampleCount", "Sum", "Minimum", "Maximum")}
    assert computed == {"SampleCount": len(raw), "Sum": sum(raw), "Minimum": min(raw), "Maximum": max(raw)}
    assert statistic("Average")(samples) == pytest.approx(fmean(raw))


@given(values, st.sampled_from(["p0", "p50", "p90", "p99", "p99.9", "p100"]))
def test_percentiles_by_nearest_rank(raw: list[float], name: str) -> None:
    ranked = sorted(raw)
    rank = max(1, math.ceil(round(float(name[1:]) / 100 * len(raw), 9)))
    assert statistic(name)(samples_of(raw)) == ranked[rank - 1]


def test_a_trimmed_mean_leaves_the_slowest_out() -> None:
    raw = [1.0] * 90 + [100.0] * 10
    assert statistic("tm90")(samples_of(raw)) == pytest.approx(1.0)
    assert statistic("tc90")(samples_of(raw)) == pytest.approx(90)
    assert statistic("ts90")(samples_of(raw)) == pytest.approx(90.0)
    assert statistic("wm90")(samples_of(raw)) == pytest.approx(1.0)
    assert statistic("TM(90%:100%)")(samples_of(raw)) == pytest.approx(100.0)


def test_a_statistic_set_has_an_average_but_no_percentile() -> None:
    samples = Samples.of_set(count=4, total=20, minimum=1, maximum=9)
    assert statistic("Average")(samples) == 5
    assert statistic("p90")(samples) is None


def test_a_statistic_set_of_one_value_keeps_its_distribution() -> None:
    samples = Samples.of_set(count=3, total=6, minimum=2, maximum=2)
    assert statistic("p90")(samples) == 2


@pytest.mark.parametrize("name", ["average", "p101", "p", "PR(1:2)", "q50"])
def test_an_unknown_statistic_is_refused(name: str) -> None:
    with pytest.raises(UnknownStatisticError, match="is not supported"):
        statistic(name)


@given(values)
def test_a_value_that_is_taken_back_leaves_what_there_would_be_without_it(raw: list[float]) -> None:
    samples = samples_of(raw)
    assert samples.without(-1) == samples
    left = samples.without(raw[0])
    if len(raw) == 1:
        assert left is None
        return
    expected = samples_of(raw[1:])
    assert left is not None
    assert left.values == expected.values
    assert (left.count, left.minimum, left.maximum) == (expected.count, expected.minimum, expected.maximum)
    assert left.total == pytest.approx(expected.total)
