"""The figures of SOP 4.6 out of the series that the dashboard shows: for people to see, not to judge."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from scripts.checks.metric_gaps import settled_periods
from scripts.facts.metric_data import Metric, Series
from scripts.observe.figures import NONE, Indicator, Sample, evidence_of, indicators
from scripts.observe.windows import Window
from scripts.results import Evidence
from sop.thresholds import Thresholds

BALANCER, SERVERS = "AWS/ApplicationELB", "AWS/EC2"
# Those of the targets, and those that the load balancer answers itself.
ERRORS = ("HTTPCode_Target_5XX_Count", "HTTPCode_ELB_5XX_Count")
AllSeries = Mapping[Metric, Series]


@dataclass(frozen=True)
class _Figure:
    """An indicator, its samples by the begin of their period, and that period in seconds."""

    indicator: Indicator
    samples: Mapping[datetime, Sample]
    period: int


def figures(
    series: AllSeries, thresholds: Thresholds, now: datetime, deployed: datetime | None
) -> Mapping[str, Evidence]:
    """Response time, CPU and error rate, as far as the series give them.

    All begin with the first data of any, and end with the last settled period of their own.
    """
    found = [*_of_requests(series, thresholds), *_of_servers(series, thresholds)]
    first = min((at for one in found for at in one.samples), default=now)
    return {one.indicator.id: _evidence(one, list(_windows(one.period, first, now)), deployed) for one in found}


def _evidence(found: _Figure, windows: Sequence[Window], deployed: datetime | None) -> Evidence:
    samples = {window: found.samples.get(window.start, NONE) for window in windows}
    return {**evidence_of(found.indicator, samples, deployed), "judged": False}


def _of_requests(series: AllSeries, thresholds: Thresholds) -> Iterator[_Figure]:
    requests = _find(series, BALANCER, "RequestCount", "Sum")
    if requests is None:
        return
    response_time, _, error_rate = indicators(thresholds, timedelta(seconds=requests.period))
    counted = _values(series, requests)
    seconds = _find(series, BALANCER, "TargetResponseTime", "Average", like=requests)
    if seconds is not None:
        averages = _values(series, seconds)
        samples = {at: Sample(averages[at] * number, number) for at, number in counted.items() if at in averages}
        yield _Figure(response_time, samples, requests.period)
    errors = [_find(series, BALANCER, name, "Sum", like=requests) for name in ERRORS]
    known = [metric for metric in errors if metric is not None]
    if known:
        failed = [_values(series, metric) for metric in known]
        complete = all(series[metric].complete for metric in known)
        # reported only where there are any
        samples = {at: Sample(sum(one.get(at, 0) for one in failed), number) for at, number in counted.items()}
        yield _Figure(error_rate, samples if complete else {}, requests.period)


def _of_servers(series: AllSeries, thresholds: Thresholds) -> Iterator[_Figure]:
    percent = _find(series, SERVERS, "CPUUtilization", "Average")
    if percent is None:
        return
    _, cpu, _ = indicators(thresholds, timedelta(seconds=percent.period))
    # of how many values an average is made, CloudWatch has not been asked
    samples = {at: Sample(value, 1) for at, value in _values(series, percent).items()}
    yield _Figure(replace(cpu, minimum=1), samples, percent.period)


def _find(series: AllSeries, namespace: str, name: str, statistic: str, *, like: Metric | None = None) -> Metric | None:
    """The metric, of the same resource and period as that which it is `like`."""
    wanted = (namespace, name, statistic)
    for metric in series:
        same = like is None or (metric.dimensions, metric.period) == (like.dimensions, like.period)
        if same and (metric.namespace, metric.name, metric.statistic) == wanted:
            return metric
    return None


def _values(series: AllSeries, metric: Metric) -> Mapping[datetime, float]:
    """What is known for sure: nothing of a series that is not complete."""
    return series[metric].values if series[metric].complete else {}


def _windows(period: int, first: datetime, now: datetime) -> Iterator[Window]:
    """Whole periods from that which holds `first` up to the last settled one."""
    step = timedelta(seconds=period)
    start = datetime.fromtimestamp(int(first.timestamp()) // period * period, first.tzinfo)
    last = settled_periods(period, now)[-1]
    while start <= last:
        yield Window(start, start + step)
        start += step
