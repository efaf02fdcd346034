"""The dashboard's series as figures with limits, for the report's plots: nothing that is not known is made up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest

from scripts.checks.metric_figures import figures
from scripts.checks.metric_gaps import settled_periods
from scripts.facts.metric_data import Metric, Series
from scripts.text import utc
from sop.outputs import StackOutputs
from tests.scripts.prod_stack import OUTPUTS
from tests.scripts.release import NOW, at

THRESHOLDS = StackOutputs.parse(
    OUTPUTS | {"thresholds": OUTPUTS["thresholds"] | {"errorRateMinimumRequests": 20}}
).thresholds
SETTLED = settled_periods(300, NOW)
BALANCER = (("LoadBalancer", "app/web-prod/0"),)


def metric(name: str, statistic: str, dimensions: tuple[tuple[str, str], ...] = BALANCER) -> Metric:
    return Metric("AWS/ApplicationELB", name, dimensions, statistic, 300)


REQUESTS = metric("RequestCount", "Sum")
SECONDS = metric("TargetResponseTime", "Average")
ERRORS = metric("HTTPCode_Target_5XX_Count", "Sum")
CPU = Metric("AWS/EC2", "CPUUtilization", (("AutoScalingGroupName", "web-prod"),), "Average", 300)


def series(value: float, moments: Sequence[datetime] = SETTLED, status: str = "Complete") -> Series:
    return Series(dict.fromkeys(moments, value), status)


def shown(**replaced: Series) -> dict[str, Any]:
    """The figures of a quiet hour, some of its series replaced."""
    usual = {"requests": series(100), "seconds": series(0.2), "errors": series(0, []), "cpu": series(30)}
    keys = {"requests": REQUESTS, "seconds": SECONDS, "errors": ERRORS, "cpu": CPU}
    found = {keys[name]: one for name, one in (usual | replaced).items()}
    return dict(figures(found, THRESHOLDS, NOW, at(7)))


def values(evidence: dict[str, Any]) -> list[float | None]:
    return [window["value"] for window in evidence["windows"]]


def test_response_time_cpu_and_error_rate_have_the_stacks_limits_and_the_deployment() -> None:
    found = shown(errors=series(3, SETTLED[-1:]))
    assert {name: (one["threshold"], one["unit"]) for name, one in found.items()} == {
        "response-time": (1, "s"),
        "error-rate": (5, "%"),
        "cpu": (80, "%"),
    }
    assert values(found["response-time"]) == [pytest.approx(0.2)] * 12
    assert values(found["error-rate"]) == [0] * 11 + [3]
    assert values(found["cpu"]) == [30] * 12
    assert {(one["deployed"], one["judged"]) for one in found.values()} == {(utc(at(7)), False)}


def test_periods_without_requests_have_no_figure_but_cpu_has() -> None:
    found = shown(requests=series(100, SETTLED[:6]), seconds=series(0.2, SETTLED[:6]))
    assert values(found["response-time"])[6:] == values(found["error-rate"])[6:] == [None] * 6
    assert values(found["cpu"]) == [30] * 12


def test_few_requests_say_nothing() -> None:
    found = shown(requests=series(19))
    assert values(found["error-rate"]) == values(found["response-time"]) == [None] * 12
    assert found["error-rate"]["windows"][0]["samples"] == 19


@pytest.mark.parametrize("name", ["requests", "seconds", "cpu"])
def test_a_series_that_is_not_complete_gives_no_figures(name: str) -> None:
    affected = {"requests": "response-time", "seconds": "response-time", "cpu": "cpu"}[name]
    found = shown(**{name: series(30, status="PartialData")})
    assert set(values(found[affected])) == {None}


def test_errors_that_are_not_complete_are_no_rate_of_zero() -> None:
    found = shown(errors=series(0, [], status="PartialData"))["error-rate"]["windows"]
    assert {(window["value"], window["samples"]) for window in found} == {(None, 0)}


def test_all_begin_with_the_first_data_of_any_and_end_with_the_last_settled_period() -> None:
    found = shown(cpu=series(30, [at(-120), *SETTLED, at(18)]))
    for one in found.values():
        assert (one["windows"][0]["start"], one["windows"][-1]["end"]) == (utc(at(-120)), utc(at(15)))
    assert values(found["cpu"])[1] is None


def test_the_load_balancers_own_errors_are_errors_too() -> None:
    own = {metric("HTTPCode_ELB_5XX_Count", "Sum"): series(4), ERRORS: series(3), REQUESTS: series(100)}
    assert values(dict(figures(own, THRESHOLDS, NOW, None)["error-rate"])) == [7] * 12


def test_another_load_balancers_errors_are_not_counted() -> None:
    other = metric("HTTPCode_Target_5XX_Count", "Sum", (("LoadBalancer", "app/other/0"),))
    assert "error-rate" not in figures({REQUESTS: series(100), other: series(9)}, THRESHOLDS, NOW, None)


def test_a_dashboard_without_these_metrics_has_no_figures() -> None:
    assert figures({}, THRESHOLDS, NOW, at(7)) == {}
    assert shown(requests=series(0, []), seconds=series(0, []), cpu=series(0, []))["cpu"]["windows"] == []
