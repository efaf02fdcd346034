"""What a metric's series says about itself: there, fresh, without a gap."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from scripts.facts.metric_data import Metric, Series
from scripts.results import Status

# AWS/EC2 reports every five minutes, a little late; the load balancer about two minutes late.
METRIC_DELAY = timedelta(minutes=5)
LOOKED_AT = timedelta(hours=1)
# What is missing is a gap only after data; a metric that begins within the hour has none before.
LOOKED_BACK = timedelta(hours=4)

# Reported only when something happens: an error, an execution, a line in a log.
SPARSE = re.compile(r"AWS/ApplicationELB HTTPCode_.*_[345]XX_Count|AWS/Code(Pipeline|Build) .*|(?!AWS/).*")
# Reported only while requests flow.
TRAFFIC = re.compile(
    r"AWS/ApplicationELB (RequestCount.*|TargetResponseTime|HTTPCode_.*|.*ConnectionCount|ProcessedBytes)"
)


@dataclass(frozen=True)
class Gap:
    """Periods without data in a row; `end` is where the next one begins."""

    start: datetime
    end: datetime

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M}"


@dataclass(frozen=True)
class Finding:
    """What is wrong with one metric."""

    status: Status
    text: str


def judge_series(metric: Metric, series: Series, now: datetime, *, new: bool) -> Finding | None:
    """What is wrong with the metric over the last settled hour; None if nothing is.

    Where what reports it may be `new`, a metric without any data so far is not yet bad.
    """
    if not series.complete:
        return Finding(Status.INCONCLUSIVE, f"CloudWatch answered with {series.status or 'no data'}")
    if is_sparse(metric):
        return None
    status = Status.INCONCLUSIVE if TRAFFIC.fullmatch(_full_name(metric)) else Status.FAIL
    because = " (or no request)" if status is Status.INCONCLUSIVE else ""
    if new and not series.values:
        return Finding(Status.INCONCLUSIVE, "no data yet")
    wanted = settled_periods(metric.period, now)
    if not any(moment in series.values for moment in wanted):
        return Finding(status, f"no data{because} from {wanted[0]:%H:%M} to {_end(wanted, metric):%H:%M} UTC")
    found = list(gaps(wanted, series, metric.period))
    if not found:
        return None
    return Finding(status, f"gap{because} {', '.join(map(str, found))} UTC")


def is_sparse(metric: Metric) -> bool:
    """Whether the metric is reported only when something happens, so that no data are no gap."""
    return SPARSE.fullmatch(_full_name(metric)) is not None


def settled_periods(period: int, now: datetime) -> list[datetime]:
    """The begins of the periods that are over for long enough, of the last hour or of one period if that is longer."""
    end = int((now - METRIC_DELAY).timestamp()) // period * period
    number = max(1, int(LOOKED_AT.total_seconds()) // period)
    return [datetime.fromtimestamp(end - (number - place) * period, UTC) for place in range(number)]


def gaps(wanted: Sequence[datetime], series: Series, period: int) -> Iterator[Gap]:
    """The wanted periods that have no data, but data before them."""
    first = min(series.values)
    start: datetime | None = None
    for moment in wanted:
        missing = moment > first and moment not in series.values
        if missing and start is None:
            start = moment
        elif not missing and start is not None:
            yield Gap(start, moment)
            start = None
    if start is not None:
        yield Gap(start, wanted[-1] + timedelta(seconds=period))


def _end(wanted: Sequence[datetime], metric: Metric) -> datetime:
    return wanted[-1] + timedelta(seconds=metric.period)


def _full_name(metric: Metric) -> str:
    return f"{metric.namespace} {metric.name}"
