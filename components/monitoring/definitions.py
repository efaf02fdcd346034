"""What CloudWatch is asked for, in its own terms: the alarms are made from it, and held to it after a release."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from components.monitoring.indicators import Indicator
from components.monitoring.metrics import Metric

FIGURE = "figure"  # the id of an expression's result


def metric_alarm(indicator: Indicator, runbooks: str) -> dict[str, Any]:
    """PutMetricAlarm's parameters, without the actions; `runbooks` is the web address of their folder."""
    return {
        "AlarmDescription": f"{indicator.explanation}. Runbook: {runbooks}/{indicator.runbook}",
        "ComparisonOperator": str(indicator.bad),
        "Threshold": indicator.threshold,
        "EvaluationPeriods": indicator.periods,
        "DatapointsToAlarm": indicator.periods,
        "TreatMissingData": str(indicator.silence),
        **_figure(indicator),
    }


def composite_alarm(alarm_names: Sequence[str], runbooks: str) -> dict[str, Any]:
    """PutCompositeAlarm's parameters, without the actions: in alarm as soon as one of them is."""
    return {
        "AlarmDescription": f"One of this environment's alarms is in alarm. Runbook: {runbooks}/incident-response.md",
        "AlarmRule": " OR ".join(f'ALARM("{name}")' for name in alarm_names),
    }


def actions(topic_arns: Sequence[str]) -> dict[str, list[str]]:
    """Whom an alarm tells when it begins and when it ends."""
    return {"AlarmActions": list(topic_arns), "OKActions": list(topic_arns)}


def _figure(indicator: Indicator) -> dict[str, Any]:
    """What the alarm looks at: one metric, or queries of which exactly one returns the figure."""
    if indicator.expression is None:
        (metric,) = indicator.series.values()
        return {"Statistic": metric.statistic, "Period": metric.period, **_metric(metric)}
    series = [
        {
            "Id": series_id,
            "MetricStat": {"Metric": _metric(metric), "Period": metric.period, "Stat": metric.statistic},
            "ReturnData": False,
        }
        for series_id, metric in indicator.series.items()
    ]
    result = {"Id": FIGURE, "Expression": indicator.expression, "Label": indicator.title, "ReturnData": True}
    return {"Metrics": [*series, result]}


def _metric(metric: Metric) -> dict[str, Any]:
    dimensions = [{"Name": name, "Value": value} for name, value in metric.dimensions.items()]
    return {"Namespace": metric.namespace, "MetricName": metric.name, "Dimensions": dimensions}
