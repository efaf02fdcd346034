# ruff: noqa: RUF012 -- the base class declares these tables
"""CloudWatch alarms and dashboards."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sandbox.plugins.aws.declared import Call, Declared
from sandbox.plugins.aws.tags import TagOperations
from sandbox.plugins.resource import Failure
from sandbox.plugins.values import UNKNOWN, Values

_ACTIONS = frozenset({"alarmActions", "okActions", "insufficientDataActions"})
_ONE_METRIC = ("metricName", "namespace", "period", "statistic", "extendedStatistic", "dimensions", "unit")
_MISSING_DATA = ("breaching", "notBreaching", "ignore", "missing")
_GRID_COLUMNS = 24


class MetricAlarm(Declared):
    token = "aws:cloudwatch/metricAlarm:MetricAlarm"
    service = "cloudwatch"
    request = "PutMetricAlarm"
    renames = {
        "name": "AlarmName",
        "evaluateLowSampleCountPercentiles": "EvaluateLowSampleCountPercentile",
        "metricQueries": "Metrics",
        "metricQueries.metric": "MetricStat",
        "metricQueries.metric.metricName": "Metric.MetricName",
        "metricQueries.metric.namespace": "Metric.Namespace",
        "metricQueries.metric.dimensions": "Metric.Dimensions",
    }
    unset = {"actionsEnabled": True, "treatMissingData": "missing"}
    unordered = _ACTIONS | {"metricQueries"}
    reads = Call("DescribeAlarms", {"AlarmNames": ["{id}"], "AlarmTypes": ["MetricAlarm"]}, "MetricAlarms[0]")
    deletes = Call("DeleteAlarms", {"AlarmNames": ["{id}"]})
    computed = {"arn": "AlarmArn"}
    replaces = frozenset({"name", "region"})
    autoname = "name"
    kept = frozenset({"evaluateLowSampleCountPercentiles"})
    tagging = TagOperations()

    def rules(self, inputs: Values) -> Iterator[Failure]:
        for name in ("comparisonOperator", "evaluationPeriods"):
            if name not in inputs:
                yield Failure(name, f"{name}: is required")
        missing = inputs.get("treatMissingData", UNKNOWN)
        if missing is not UNKNOWN and missing not in _MISSING_DATA:
            reason = f"{missing!r} is not one of {', '.join(_MISSING_DATA)}"
            yield Failure("treatMissingData", f"treatMissingData: {reason}")
        queries = inputs.get("metricQueries")
        if queries is None:
            yield from _one_metric(inputs)
        elif isinstance(queries, list):
            yield from _metric_queries(inputs, queries)


class CompositeAlarm(Declared):
    token = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
    service = "cloudwatch"
    request = "PutCompositeAlarm"
    unset = {"actionsEnabled": True}
    unordered = _ACTIONS
    not_emulated = frozenset({"actionsSuppressor"})
    identifier = "{alarmName}"
    reads = Call("DescribeAlarms", {"AlarmNames": ["{id}"], "AlarmTypes": ["CompositeAlarm"]}, "CompositeAlarms[0]")
    deletes = Call("DeleteAlarms", {"AlarmNames": ["{id}"]})
    computed = {"arn": "AlarmArn"}
    replaces = frozenset({"alarmName", "actionsEnabled", "region"})
    tagging = TagOperations()


class Dashboard(Declared):
    token = "aws:cloudwatch/dashboard:Dashboard"
    service = "cloudwatch"
    request = "PutDashboard"
    documents = frozenset({"dashboardBody"})
    identifier = "{dashboardName}"
    reads = Call("GetDashboard", {"DashboardName": "{id}"})
    deletes = Call("DeleteDashboards", {"DashboardNames": ["{id}"]})
    delete_missing = False
    taggable = False
    computed = {"dashboardArn": "DashboardArn"}
    replaces = frozenset({"dashboardName", "region"})

    def rules(self, inputs: Values) -> Iterator[Failure]:
        name, body = inputs["dashboardName"], inputs["dashboardBody"]
        if isinstance(name, str) and not all(c.isalnum() or c in "-_" for c in name):
            yield Failure("dashboardName", f"dashboardName: {name!r} may have letters, digits, - and _ only")
        if isinstance(body, str):
            yield from _widgets(json.loads(body))


def _one_metric(inputs: Values) -> Iterator[Failure]:
    for name in ("metricName", "namespace", "period"):
        if name not in inputs:
            yield Failure(name, f"{name}: is required without metricQueries")
    if ("statistic" in inputs) == ("extendedStatistic" in inputs):
        yield Failure("statistic", "statistic: exactly one of statistic and extendedStatistic is needed")
    if "threshold" not in inputs and "thresholdMetricId" not in inputs:
        yield Failure("threshold", "threshold: is required without metricQueries")


def _metric_queries(inputs: Values, queries: list[Any]) -> Iterator[Failure]:
    for name in _ONE_METRIC:
        if name in inputs:
            yield Failure(name, f"{name}: cannot be set together with metricQueries")
    known = [query for query in queries if isinstance(query, dict)]
    for index, query in enumerate(known):
        if ("metric" in query) == ("expression" in query):
            path = f"metricQueries[{index}]"
            yield Failure(path, f"{path}: exactly one of metric and expression is needed")
    returning = [query for query in known if query.get("returnData") in (True, UNKNOWN)]
    if len(returning) != 1 and "thresholdMetricId" not in inputs and len(known) == len(queries):
        reason = f"exactly one query must have returnData, found {len(returning)}"
        yield Failure("metricQueries", f"metricQueries: {reason}")


def _widgets(body: Any) -> Iterator[Failure]:
    widgets = body.get("widgets") if isinstance(body, dict) else None
    if not isinstance(widgets, list):
        yield Failure("dashboardBody", "dashboardBody: needs a list of widgets")
        return
    for index, widget in enumerate(widgets):
        path = f"dashboardBody: widgets[{index}]"
        if widget.get("type") not in ("metric", "text", "log", "alarm", "explorer", "custom", "metrics"):
            yield Failure("dashboardBody", f"{path}: {widget.get('type')!r} is no type of widget")
        if not isinstance(widget.get("properties"), dict):
            yield Failure("dashboardBody", f"{path}: needs properties")
        left, width = widget.get("x", 0), widget.get("width", 6)
        if not (0 <= left < _GRID_COLUMNS and 1 <= width <= _GRID_COLUMNS - left):
            reason = f"x {left} with width {width} does not lie within {_GRID_COLUMNS} columns"
            yield Failure("dashboardBody", f"{path}: {reason}")


TYPES = (MetricAlarm, CompositeAlarm, Dashboard)
