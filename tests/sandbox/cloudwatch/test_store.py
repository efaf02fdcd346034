"""Data that is taken back, and data that is withheld."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hypothesis import given
from hypothesis import strategies as st

from sandbox.aws.cloudwatch.statistics import Samples
from sandbox.aws.cloudwatch.store import MINUTE, Metric, MetricStore, Window

METRIC, OTHER = Metric.of("N", "M", {"D": "1"}), Metric.of("N", "O", {})
FIRST = 1_700_000_040  # a full minute
BOTH = Window(FIRST, FIRST + 2 * MINUTE, MINUTE)


def filled() -> MetricStore:
    store = MetricStore()
    for metric in (METRIC, OTHER):
        store.record(metric, 7, FIRST)
        store.record(metric, 7, FIRST + MINUTE)
        store.record(metric, 3, FIRST + MINUTE)
    return store


def test_withheld_data_is_nowhere_until_it_is_released() -> None:
    store = filled()
    before = store.revision([METRIC])
    release = store.withhold(lambda metric, minute: metric == METRIC and minute > FIRST)
    assert store.revision([METRIC]) > before  # alarms look again
    assert (list(store.samples(METRIC, BOTH)), store.newest(METRIC)) == ([FIRST], FIRST)
    assert (list(store.samples(OTHER, BOTH)), store.newest(OTHER)) == ([FIRST, FIRST + MINUTE], FIRST + MINUTE)
    nothing = store.withhold(lambda metric, _: metric == METRIC)
    assert (store.samples(METRIC, BOTH), store.newest(METRIC)) == ({}, None)
    nothing()
    release()
    assert (list(store.samples(METRIC, BOTH)), store.newest(METRIC)) == ([FIRST, FIRST + MINUTE], FIRST + MINUTE)


def test_what_is_recorded_while_it_is_withheld_is_there_afterwards() -> None:
    store = filled()
    release = store.withhold(lambda metric, _: metric == METRIC)
    store.record(METRIC, 5, FIRST)
    assert store.samples(METRIC, BOTH) == {}
    release()
    assert store.samples(METRIC, BOTH)[FIRST].values == {7: 1, 5: 1}


def test_a_value_taken_back_is_gone_from_its_minute_alone() -> None:
    store = filled()
    before = store.revision([METRIC])
    store.take_back(METRIC, 7, FIRST + MINUTE + 30, "None")
    assert store.revision([METRIC]) > before
    assert [each.values for each in store.samples(METRIC, BOTH).values()] == [{7: 1}, {3: 1}]
    store.take_back(METRIC, 3, FIRST + MINUTE, "None")
    assert list(store.samples(METRIC, BOTH)) == [FIRST]
    for metric, at, unit in (
        (METRIC, FIRST - MINUTE, "None"),
        (METRIC, FIRST, "Count"),
        (Metric.of("X", "Y", {}), 0, ""),
    ):
        store.take_back(metric, 7, at, unit)  # nothing there
    assert list(store.samples(METRIC, BOTH)) == [FIRST]
    assert len(store.samples(OTHER, BOTH)) == 2


MINUTES = st.integers(0, 19).map(lambda number: FIRST + number * MINUTE)
DONE = st.lists(
    st.one_of(
        st.tuples(st.just("record"), MINUTES, st.sampled_from([1.0, 2.0])),
        st.tuples(st.just("take back"), MINUTES, st.sampled_from([1.0, 2.0])),
        st.tuples(st.just("forget"), MINUTES, st.none()),
        st.tuples(st.just("withhold"), MINUTES, st.none()),
        st.tuples(st.just("release"), MINUTES, st.none()),
    ),
    max_size=25,
)


@given(DONE, st.sampled_from([60, 120, 300]))
def test_a_period_that_was_looked_at_before_is_what_its_minutes_are_now(
    done: list[tuple[str, int, float | None]], period: int
) -> None:
    store = MetricStore()
    withheld: list[Callable[[], None]] = []
    for what, at, value in done:
        if what == "record":
            store.record(METRIC, value or 0.0, at)
        elif what == "take back":
            store.take_back(METRIC, value or 0.0, at, "None")
        elif what == "forget":
            store.forget(lambda _: True, at)
        elif what == "withhold":
            withheld.append(store.withhold(lambda _, minute, at=at: minute == at))
        elif withheld:
            withheld.pop()()
        for shift in range(0, period, MINUTE):
            few = Window(FIRST - shift, FIRST - shift + 8 * period, period)
            many = Window(few.start, few.start + 40 * period, period)
            assert (few.is_short, many.is_short) == (True, False)
            looked, added = store.samples(METRIC, few), store.samples(METRIC, many)
            assert told(looked) == told({at: each for at, each in added.items() if at < few.end})


def told(samples: Mapping[int, Samples]) -> dict[int, tuple[float, float, float, float, Mapping[float, float]]]:
    return {at: (s.count, s.total, s.minimum, s.maximum, s.values) for at, s in samples.items()}
