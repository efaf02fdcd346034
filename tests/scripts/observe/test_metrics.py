"""A window's reading is the same however CloudWatch cuts and orders its answer, and has its own minutes only."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.errors import AwsAnswerError
from scripts.observe.figures import Readings, Sample
from scripts.observe.metrics import read
from scripts.observe.windows import Window, plan
from sop.outputs import StackOutputs
from tests.scripts.facts.pages import metric_pages, result
from tests.scripts.fake_aws import FakeAws, Params
from tests.scripts.prod_stack import OUTPUTS

BEGIN = datetime(2026, 3, 10, 1, tzinfo=UTC)
IDS = ("seconds", "responses", "percent", "values", "requests", "errors", "balancer_errors", "refused")
WINDOWS = plan(BEGIN, timedelta(minutes=30), timedelta(minutes=10)).windows
WORKLOAD = StackOutputs.parse(OUTPUTS).workload
MINUTES = st.integers(-5, 35).map(lambda number: BEGIN + timedelta(minutes=number))
SERIES = st.fixed_dictionaries({name: st.dictionaries(MINUTES, st.floats(0, 1e6), max_size=10) for name in IDS})


@cache
def fake_aws() -> FakeAws:
    """One for all examples: botocore takes its time to make clients."""
    return FakeAws()


def reading(*pages: Params, windows: tuple[Window, ...] = WINDOWS) -> Readings:
    assert WORKLOAD is not None
    fake_aws().pages("GetMetricData", *pages)
    return read(fake_aws().aws.cloudwatch, WORKLOAD, windows)


def in_one(series: dict[str, dict[datetime, float]]) -> Params:
    return {"MetricDataResults": [result(name, points, "Complete") for name, points in series.items()]}


@given(st.data(), SERIES)
def test_pages_do_not_show(data: st.DataObject, series: dict[str, dict[datetime, float]]) -> None:
    assert reading(*data.draw(metric_pages(series))) == reading(in_one(series))


@given(st.data(), SERIES)
def test_neither_do_the_windows_order_and_those_beside_them(
    data: st.DataObject, series: dict[str, dict[datetime, float]]
) -> None:
    whole = reading(in_one(series))
    some = tuple(data.draw(st.permutations(WINDOWS))[: data.draw(st.integers(1, 3))])
    assert reading(in_one(series), windows=some) == {window: whole[window] for window in some}


@given(SERIES)
def test_a_minute_counts_in_the_window_that_it_begins_in(series: dict[str, dict[datetime, float]]) -> None:
    for window, found in reading(in_one(series)).items():

        def own(*names: str, window: Window = window) -> dict[datetime, float]:
            points = [(at, value) for name in names for at, value in series[name].items()]
            own = [(at, value) for at, value in points if window.start <= at < window.end]
            return {at: sum(value for other, value in own if other == at) for at, _ in own}

        for figure, total, count in (
            ("response-time", ["seconds"], ["responses"]),
            ("cpu", ["percent"], ["values"]),
            ("error-rate", ["errors", "balancer_errors"], ["requests", "refused"]),
        ):
            assert found[figure].total == pytest.approx(sum(own(*total).values()))
            assert found[figure].count == pytest.approx(sum(own(*count).values()))
            assert found[figure].minutes == len(own(*count))
            fives = [(at - window.start) // timedelta(minutes=5) for at in own(*count)]
            assert found[figure].fives == len(set(fives))
            assert found[figure].densest == max(map(fives.count, fives), default=0)


def test_an_hour_that_comes_twice_in_local_time_counts_once_and_where_it_belongs() -> None:
    sydney = ZoneInfo("Australia/Sydney")
    first = datetime(2026, 4, 4, 15, tzinfo=UTC)  # 02:00 there, and again an hour later
    windows = plan(first, timedelta(hours=2), timedelta(hours=1)).windows
    moments = [first + timedelta(minutes=30), first + timedelta(minutes=90)]
    told = {"Timestamps": [moment.astimezone(sydney) for moment in moments], "Values": [1.0, 2.0]}
    page = {"MetricDataResults": [{"Id": name, "StatusCode": "Complete", **told} for name in IDS]}
    pages = [page, page]  # CloudWatch may repeat itself
    assert [one["cpu"].total for one in reading(*pages, windows=windows).values()] == [1.0, 2.0]


def test_requests_that_the_load_balancer_answers_itself_are_errors_among_all() -> None:
    told = {name: {} for name in IDS} | {
        "requests": {BEGIN: 60.0},
        "errors": {BEGIN: 3.0},
        "balancer_errors": {BEGIN: 50.0, BEGIN + timedelta(minutes=1): 30.0},  # 10 of them 504: those had a target
        "refused": {BEGIN: 40.0, BEGIN + timedelta(minutes=1): 30.0},  # 503: those are in no other count of requests
    }
    assert reading(in_one(told))[WINDOWS[0]]["error-rate"] == Sample(83, 130, 2, 1, 2)


def test_no_data_are_no_samples() -> None:
    empty = reading(in_one({name: {} for name in IDS}))
    assert {sample for window in WINDOWS for sample in empty[window].values()} == {Sample(0, 0)}


@pytest.mark.parametrize("name", IDS)
@pytest.mark.parametrize("status", ["PartialData", "InternalError", "Forbidden"])
def test_a_series_whose_last_word_is_not_complete_spoils_the_answer(name: str, status: str) -> None:
    good = in_one({one: {BEGIN: 1.0} for one in IDS})
    with pytest.raises(AwsAnswerError, match=f"{name} {status}"):
        reading(good, {"MetricDataResults": [result(name, {}, status)]})
