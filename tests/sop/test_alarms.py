"""An alarm's definition is the same whoever tells it, and differs wherever CloudWatch would act otherwise."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sop.alarms import Difference, canonical, differences, evaluated

ASKED: dict[str, Any] = {
    "AlarmDescription": "Too slow",
    "Namespace": "AWS/ApplicationELB",
    "MetricName": "UnHealthyHostCount",
    "Dimensions": [{"Name": "TargetGroup", "Value": "targetgroup/x"}, {"Name": "LoadBalancer", "Value": "app/x"}],
    "Statistic": "Maximum",
    "Period": 300,
    "EvaluationPeriods": 3,
    "Threshold": 1,
    "ComparisonOperator": "GreaterThanOrEqualToThreshold",
    "AlarmActions": ["arn:b", "arn:a"],
}
OF_METRIC = {"Namespace": "AWS/CodeBuild", "MetricName": "Duration"}
MATH: dict[str, Any] = {
    "EvaluationPeriods": 2,
    "Threshold": 15.0,
    "ComparisonOperator": "GreaterThanThreshold",
    "Metrics": [
        {"Id": "build", "MetricStat": {"Metric": OF_METRIC, "Period": 60, "Stat": "Maximum"}, "ReturnData": False},
        {"Id": "figure", "Expression": "build / 60", "Label": "Minutes"},
    ],
}


def test_what_is_unset_is_cloudwatchs_default() -> None:
    assert canonical(ASKED) == {
        **{key: ASKED[key] for key in ASKED if key not in ("Dimensions", "AlarmActions")},
        "ActionsEnabled": True,
        "AlarmActions": ["arn:a", "arn:b"],
        "DatapointsToAlarm": 3,
        "Dimensions": {"LoadBalancer": "app/x", "TargetGroup": "targetgroup/x"},
        "InsufficientDataActions": [],
        "OKActions": [],
        "TreatMissingData": "missing",
    }


def test_how_it_stands_is_no_part_of_it() -> None:
    told = {"AlarmName": "x", "AlarmArn": "arn", "StateValue": "ALARM", "StateReason": "y", "EvaluationState": "z"}
    assert canonical({**ASKED, **told}) == canonical(ASKED)


@pytest.mark.parametrize(
    "default",
    [
        {"ActionsEnabled": True},
        {"DatapointsToAlarm": 3},
        {"TreatMissingData": "missing"},
        {"OKActions": []},
        {"EvaluateLowSampleCountPercentile": "evaluate"},
        {"EvaluationWindow": {"SlidingWindow": {}}},
        {"ActionConfiguration": {"AlarmTagsPropagation": {"Enabled": False}}},
        {"EvaluationInterval": 60},  # of alarms on PromQL only
        {"Metrics": []},
        {"Threshold": 1.0},
    ],
    ids=str,
)
def test_a_default_that_is_told_changes_nothing(default: dict[str, Any]) -> None:
    assert canonical({**ASKED, **default}) == canonical(ASKED)


@given(st.permutations(MATH["Metrics"]), st.permutations(ASKED["Dimensions"]))
def test_the_order_of_queries_and_dimensions_means_nothing(queries: list[Any], dimensions: list[Any]) -> None:
    assert canonical({**MATH, "Metrics": queries}) == canonical(MATH)
    assert canonical({**ASKED, "Dimensions": dimensions}) == canonical(ASKED)


def test_a_query_returns_data_unless_it_says_otherwise() -> None:
    assert {id_: query["ReturnData"] for id_, query in canonical(MATH)["Metrics"].items()} == {
        "build": False,
        "figure": True,
    }


def test_what_differs_is_named_by_its_path_with_both_values() -> None:
    changed = {**MATH, "Threshold": 90, "Metrics": [{**MATH["Metrics"][0], "ReturnData": True}, MATH["Metrics"][1]]}
    changed["Metrics"][0]["MetricStat"] = {**MATH["Metrics"][0]["MetricStat"], "Period": 3600}
    assert differences(canonical(MATH), canonical(changed)) == [
        Difference("Metrics.build.MetricStat.Period", 60, 3600),
        Difference("Metrics.build.ReturnData", False, True),
        Difference("Threshold", 15, 90),
    ]


def test_a_metric_alarm_in_the_place_of_a_composite_differs() -> None:
    assert differences(canonical({"AlarmRule": 'ALARM("x")'}), canonical(ASKED))


def test_a_whole_number_is_itself_as_a_float_and_true_is_no_number() -> None:
    assert differences({"Threshold": 80}, {"Threshold": 80.0}) == []
    assert differences({"ActionsEnabled": True}, {"ActionsEnabled": 1})


def test_a_suppressors_times_mean_nothing_without_a_suppressor() -> None:
    rule = {"AlarmRule": "TRUE"}
    waits = {"ActionsSuppressorWaitPeriod": 0, "ActionsSuppressorExtensionPeriod": 60}
    assert canonical({**rule, **waits}) == canonical(rule)
    assert canonical({**rule, **waits, "ActionsSuppressor": "x"})["ActionsSuppressorWaitPeriod"] == 0


def test_it_looks_at_its_longest_period_times_their_number() -> None:
    assert evaluated(canonical(ASKED)) == timedelta(minutes=15)
    assert evaluated(canonical(MATH)) == timedelta(minutes=2)
    assert evaluated(canonical({"AlarmRule": "TRUE"})) == timedelta()
