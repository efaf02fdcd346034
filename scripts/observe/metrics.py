"""The metrics behind the figures, read from CloudWatch by the minute or by five, and added up by the window."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from math import fsum
from typing import TYPE_CHECKING, NamedTuple

from scripts.errors import AwsAnswerError
from scripts.observe.figures import CPU, FIVE_MINUTES, MINUTE, Reading, Readings, Sample
from scripts.observe.windows import PERIOD, Window
from scripts.text import listing
from sop.names import APPLICATION_ERRORS
from sop.outputs import WorkloadOutput

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.type_defs import MetricDataQueryTypeDef, MetricDataResultTypeDef

Points = Mapping[datetime, float]
# What GetMetricData gives in one page, and how many series are asked of it at most.
MOST_POINTS, SERIES = 100_800, 9
# Of error lines: their number and in how many minutes lines were counted. No figure with a limit: each is one too many.
ERROR_LINES = "error-lines"


class _Sum(NamedTuple):
    """Of a series in one window: its values' sum, and in how many minutes of which five minutes it has one."""

    value: float
    minutes: int
    fives: int
    densest: int


@dataclass
class _Series:
    """One query's answer as its pages come in; a page that is cut short says PartialData, the last one decides."""

    points: dict[datetime, float] = field(default_factory=dict[datetime, float])
    status: str = "missing"

    def add(self, result: MetricDataResultTypeDef) -> None:
        # in local time an hour of autumn comes twice
        times = (moment.astimezone(UTC) for moment in result.get("Timestamps", []))
        self.points.update(zip(times, result.get("Values", []), strict=True))
        self.status = result.get("StatusCode", "missing")


def read(
    client: CloudWatchClient,
    workload: WorkloadOutput,
    windows: Sequence[Window],
    *,
    period: timedelta = PERIOD,
    error_lines_in: str = "",
) -> Readings:
    """The windows' readings: all series and all windows in one query, whatever the pages.

    Args:
        client: of the stack's account and region.
        workload: whose metrics.
        windows: each begins and ends with a period.
        period: a minute, or five; CloudWatch keeps those for longer.
        error_lines_in: the namespace in which the application's error lines are counted; they are ERROR_LINES then.

    Raises:
        AwsAnswerError: a series is missing or incomplete; nothing of the answer is to be trusted then.
    """
    if not windows:
        return {}
    queries = _queries(workload, error_lines_in, period)
    points = _points(client, queries, windows)
    # A request that the load balancer could give to nobody is in none of the other counts
    asked = _added(points["requests"], points["refused"])
    failed = _added(points["errors"], points["balancer_errors"])
    sums = {
        name: _sums(of, windows, period // MINUTE) for name, of in {**points, "asked": asked, "failed": failed}.items()
    }
    return {window: _reading({name: found[window] for name, found in sums.items()}) for window in windows}


def _points(
    client: CloudWatchClient, queries: Sequence[MetricDataQueryTypeDef], windows: Sequence[Window]
) -> Mapping[str, Points]:
    series = {query["Id"]: _Series() for query in queries}
    pages = client.get_paginator("get_metric_data").paginate(
        MetricDataQueries=queries,
        StartTime=min(window.start for window in windows),
        EndTime=max(window.end for window in windows),
        ScanBy="TimestampAscending",
    )
    for page in pages:
        for result in page.get("MetricDataResults", []):
            if (name := result.get("Id", "")) in series:
                series[name].add(result)
    unsure = [f"{name} {one.status}" for name, one in series.items() if one.status != "Complete"]
    if unsure:
        raise AwsAnswerError(f"GetMetricData gave incomplete data: {listing(unsure)}.", "Run the same command again.")
    return {name: one.points for name, one in series.items()}


def _added(one: Points, other: Points) -> Points:
    return {at: one.get(at, 0.0) + other.get(at, 0.0) for at in {*one, *other}}


def _sums(points: Points, windows: Sequence[Window], minutes: int) -> dict[Window, _Sum]:
    """The sum of the points in each window, each of so many minutes; windows do not overlap. Their order is nothing."""
    ordered = sorted(windows)
    starts = [window.start for window in ordered]
    own: dict[Window, dict[datetime, float]] = {window: {} for window in ordered}
    for at, value in points.items():
        place = bisect_right(starts, at) - 1
        if place >= 0 and at < ordered[place].end:
            own[ordered[place]][at] = value
    return {window: _sum(found, window.start, minutes) for window, found in own.items()}


def _sum(points: Points, start: datetime, minutes: int) -> _Sum:
    fives = Counter((at - start) // FIVE_MINUTES for at in points)
    return _Sum(fsum(points.values()), minutes * len(points), len(fives), minutes * max(fives.values(), default=0))


def _reading(sums: Mapping[str, _Sum]) -> Reading:
    def sample(total: str, count: str) -> Sample:
        of = sums[count]
        return Sample(sums[total].value, of.value, of.minutes, of.fives, of.densest)

    reading = {
        "response-time": sample("seconds", "responses"),
        # 5xx is reported only where there is any: none among requests is 0, and without requests there is no rate
        "error-rate": sample("failed", "asked"),
    }
    if "percent" in sums:
        reading[CPU] = sample("percent", "values")
    if lines := sums.get("lines"):
        reading[ERROR_LINES] = replace(sample("lines", "lines"), count=lines.minutes)
    return reading


def _queries(workload: WorkloadOutput, error_lines_in: str, period: timedelta) -> list[MetricDataQueryTypeDef]:
    balancer = ("AWS/ApplicationELB", "LoadBalancer", workload.load_balancer_full_name)
    queries = [
        _query("seconds", balancer, "TargetResponseTime", "Sum", period),
        _query("responses", balancer, "TargetResponseTime", "SampleCount", period),
        _query("requests", balancer, "RequestCount", "Sum", period),
        _query("errors", balancer, "HTTPCode_Target_5XX_Count", "Sum", period),
        _query("balancer_errors", balancer, "HTTPCode_ELB_5XX_Count", "Sum", period),
        _query("refused", balancer, "HTTPCode_ELB_503_Count", "Sum", period),
    ]
    if workload.auto_scaling_group_name:
        servers = ("AWS/EC2", "AutoScalingGroupName", workload.auto_scaling_group_name)
        queries.append(_query("percent", servers, "CPUUtilization", "Sum", period))
        queries.append(_query("values", servers, "CPUUtilization", "SampleCount", period))
    if error_lines_in:
        queries.append(_query("lines", (error_lines_in, "", ""), APPLICATION_ERRORS, "Sum", period))
    return queries


def _query(
    name: str, of: tuple[str, str, str], metric: str, statistic: str, period: timedelta
) -> MetricDataQueryTypeDef:
    namespace, dimension, value = of
    return {
        "Id": name,
        "MetricStat": {
            "Metric": {
                "Namespace": namespace,
                "MetricName": metric,
                "Dimensions": [{"Name": dimension, "Value": value}] if dimension else [],
            },
            "Period": int(period.total_seconds()),
            "Stat": statistic,
        },
    }
