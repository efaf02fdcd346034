"""Metric math: what expressions make of two metrics with holes."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.aws.cloudwatch.query import Queries, QueryError, Result
from sandbox.aws.cloudwatch.store import Metric, MetricStore, Series

START = 1_760_000_400  # a full minute
MINUTE = 60
MINUTES = 5


@pytest.fixture
def store() -> MetricStore:
    """Requests r in every minute but the last, errors e in the second only, nothing of n."""
    store = MetricStore()
    for minute, value in enumerate([100, 50, 0, 200]):
        store.record(Metric.of("N", "r", {}), value, START + minute * MINUTE)
    store.record(Metric.of("N", "e", {}), 5, START + MINUTE)
    return store


def metric(name: str, **more: Any) -> dict[str, Any]:
    stat = {"Metric": {"Namespace": "N", "MetricName": name}, "Period": 60, "Stat": "Sum"}
    return {"Id": name, "MetricStat": stat, "ReturnData": False, **more}


def results(store: MetricStore, expression: str) -> list[Result]:
    queries = [metric("r"), metric("e"), metric("n"), {"Id": "x", "Expression": expression}]
    return Queries(queries).results(store, START, START + MINUTES * MINUTE)


def drawn(series: Series) -> list[float | None]:
    return [series.get(START + minute * MINUTE) for minute in range(MINUTES)]


def value(store: MetricStore, expression: str) -> list[float | None]:
    (result,) = results(store, expression)
    return drawn(result.series)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("r * 2 + 1", [201, 101, 1, 401, None]),
        ("-r", [-100, -50, 0, -200, None]),
        ("r ^ 2", [10_000, 2_500, 0, 40_000, None]),
        ("2 + 3 * r", [302, 152, 2, 602, None]),
        ("(2 + 3) * r", [500, 250, 0, 1000, None]),
        ("e / r", [None, 0.1, None, None, None]),  # a hole stays a hole
        ("1 / r", [0.01, 0.02, None, 0.005, None]),  # a division by zero has no result
        ("FILL(e, 0) / r", [0, 0.1, None, 0, None]),
        ("IF(r > 0, 100 * FILL(e, 0) / r, 0)", [0, 10, 0, 0, None]),  # the share of errors
        ("IF(r > 60, r)", [100, None, None, 200, None]),
        ("IF(r > 60 AND r < 150, 1, 0)", [1, 0, 0, 0, None]),
        ("IF(r >= 200 || r == 0, 1, 0)", [0, 0, 1, 1, None]),
        ("FILL(r, REPEAT)", [100, 50, 0, 200, 200]),
        ("FILL(e, REPEAT)", [None, 5, 5, 5, 5]),
        ("FILL(n, 0)", [0, 0, 0, 0, 0]),
        ("FILL(IF(r != 50 AND r != 0, r), LINEAR)", [100, 400 / 3, 500 / 3, 200, None]),
        ("SUM([r, e])", [100, 55, 0, 200, None]),
        ("SUM(METRICS())", [100, 55, 0, 200, None]),
        ('SUM(METRICS("e"))', [None, 5, None, None, None]),
        ("MAX([r, e])", [100, 50, 0, 200, None]),
        ("AVG([r, e])", [100, 27.5, 0, 200, None]),
        ("r - MIN(r)", [100, 50, 0, 200, None]),
        ("r / MAX(r)", [0.5, 0.25, 0, 1, None]),
        ("r - AVG(r)", [12.5, -37.5, -87.5, 112.5, None]),
        ("RATE(r) * PERIOD(r)", [None, -50, -50, 200, None]),
        ("DIFF(r)", [None, -50, -50, 200, None]),
        ("RUNNING_SUM(r)", [100, 150, 150, 350, None]),
        ("CEIL(r / 3)", [34, 17, 0, 67, None]),
        ("ABS(DIFF(r))", [None, 50, 50, 200, None]),
        ("TIME_SERIES(7) + 0 * FILL(r, 0)", [7, 7, 7, 7, 7]),
        ("TIME_SERIES(DATAPOINT_COUNT(r))", [4, 4, 4, 4, 4]),
        ("DATAPOINT_COUNT([r, e])", [1, 2, 1, 1, None]),
        ("FIRST(METRICS())", [100, 50, 0, 200, None]),
    ],
)
def test_expressions(store: MetricStore, expression: str, expected: list[float | None]) -> None:
    assert value(store, expression) == [None if each is None else pytest.approx(each) for each in expected]


def test_an_array_has_one_result_for_each_series(store: MetricStore) -> None:
    assert [drawn(result.series)[:2] for result in results(store, "METRICS() * 2")] == [
        [200, 100],
        [None, 10],
        [None, None],
    ]
    assert len(results(store, "REMOVE_EMPTY(METRICS())")) == 2


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ("r +", "unexpected the end"),
        ("(r", "unexpected the end"),
        ("r ? 1", "unexpected"),
        ("missing + 1", "no query has the id 'missing'"),
        ("SUM(r)", "must return a time series"),
        ("SEARCH('{N}', 'Sum')", "the function SEARCH"),
        ("METRICS() + METRICS()", "at most one array"),
        ("FILL(r)", "was given 1 arguments"),
        ("x + 1", "refers to itself"),
    ],
)
def test_what_cannot_be_computed_is_an_error(store: MetricStore, expression: str, problem: str) -> None:
    with pytest.raises(QueryError, match=problem):
        results(store, expression)


def test_expressions_may_rest_on_expressions(store: MetricStore) -> None:
    queries = [
        metric("r"),
        {"Id": "half", "Expression": "r / 2", "ReturnData": False},
        {"Id": "quarter", "Expression": "half / 2", "Label": "A quarter"},
    ]
    (result,) = Queries(queries).results(store, START, START + 120)
    assert (result.label, list(result.series.values())) == ("A quarter", [25, 12.5])


def test_periods_add_up_minutes(store: MetricStore) -> None:
    five = {"Id": "five", "MetricStat": metric("r")["MetricStat"] | {"Period": 300}}
    (result,) = Queries([five]).results(store, START, START + 300)
    assert result.series == {START: 350}


@pytest.mark.parametrize(
    ("queries", "problem"),
    [
        ([metric("r"), metric("r")], "must be unique"),
        ([{"Id": "R", "Expression": "1"}], "lowercase letter"),
        ([{"Id": "r"}], "either a MetricStat or an Expression"),
        ([metric("r", Expression="1")], "either a MetricStat or an Expression"),
    ],
)
def test_queries_that_aws_rejects(queries: list[dict[str, Any]], problem: str) -> None:
    with pytest.raises(QueryError, match=problem):
        Queries(queries)


def test_metrics_of_different_periods_do_not_mix() -> None:
    slow = {"Id": "slow", "MetricStat": metric("e")["MetricStat"] | {"Period": 300}}
    with pytest.raises(QueryError, match="different periods"):
        Queries([metric("r"), slow, {"Id": "x", "Expression": "r + slow"}])
