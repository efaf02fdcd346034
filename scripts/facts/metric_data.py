"""CloudWatch metrics over time, in as few GetMetricData calls as its limit of queries allows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from scripts.evidence.calls import carried

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.type_defs import DimensionTypeDef, MetricDataQueryTypeDef

QUERIES_A_CALL = 500
PARALLEL_READS = 4
COMPLETE = "Complete"


@dataclass(frozen=True)
class Metric:
    """One statistic of one metric; `period` in seconds."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]
    statistic: str
    period: int


@dataclass
class Series:
    """A metric's values by the begin of their period; `status` is CloudWatch's word on the whole series."""

    values: dict[datetime, float] = field(default_factory=dict[datetime, float])
    status: str = ""

    @property
    def complete(self) -> bool:
        return self.status == COMPLETE


def read_series(
    client: CloudWatchClient, metrics: Iterable[Metric], since: Callable[[int], datetime], until: datetime
) -> Mapping[Metric, Series]:
    """Every metric's series from `since(period)` on, which must begin a period, to `until`; all pages of each.

    CloudWatch counts periods from the begin of the window, so that each length of period has a window of its own.
    """
    wanted = list(dict.fromkeys(metrics))
    parts = [
        alike[start : start + QUERIES_A_CALL]
        for period in dict.fromkeys(metric.period for metric in wanted)
        if (alike := [metric for metric in wanted if metric.period == period])
        for start in range(0, len(alike), QUERIES_A_CALL)
    ]
    with ThreadPoolExecutor(PARALLEL_READS) as pool:
        answers = pool.map(carried(lambda part: _read(client, part, since(part[0].period), until)), parts)
        found = {metric: series for answer in answers for metric, series in answer.items()}
    return {metric: found[metric] for metric in wanted}


def _read(
    client: CloudWatchClient, metrics: Sequence[Metric], since: datetime, until: datetime
) -> dict[Metric, Series]:
    found = {f"m{number}": Series() for number in range(len(metrics))}
    pages = client.get_paginator("get_metric_data").paginate(
        MetricDataQueries=[_query(f"m{number}", metric) for number, metric in enumerate(metrics)],
        StartTime=since,
        EndTime=until,
        ScanBy="TimestampAscending",
    )
    for page in pages:
        for result in page.get("MetricDataResults", []):
            series = found[result.get("Id", "")]
            times = (moment.astimezone(UTC) for moment in result.get("Timestamps", []))
            series.values.update(zip(times, result.get("Values", []), strict=True))
            # PartialData on a page means that more follow; the last page has the last word
            series.status = result.get("StatusCode", "")
    return dict(zip(metrics, found.values(), strict=True))


def _query(id: str, metric: Metric) -> MetricDataQueryTypeDef:
    dimensions: list[DimensionTypeDef] = [{"Name": name, "Value": value} for name, value in metric.dimensions]
    return {
        "Id": id,
        "MetricStat": {
            "Metric": {"Namespace": metric.namespace, "MetricName": metric.name, "Dimensions": dimensions},
            "Period": metric.period,
            "Stat": metric.statistic,
        },
    }
