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
# How far back: what reports always leaves no gap since the deployment, what visitors cause is there now.
LOOKED_BACK = timedelta(hours=4)
LAST_HOUR = timedelta(hours=1)
# CloudWatch promises no single minute: one may be missing of all that is looked at, where minutes are shown.
SPARED = timedelta(minutes=1)
# How long what a deployment created may take to report for the first time.
NEW = timedelta(minutes=15)

# Reported only when something happens: an error, an execution, a line in a log.
SPARSE = re.compile(
    r"AWS/ApplicationELB HTTPCode_.*_([345]XX|50\d)_Count|AWS/Code(Pipeline|Build) .*|AWS/Events Failed.*|(?!AWS/).*"
)
# Reported only while requests flow.
TRAFFIC = re.compile(
    r"AWS/ApplicationELB (RequestCount.*|TargetResponseTime|HTTPCode_.*|.*ConnectionCount|ProcessedBytes)"
)
ANSWERED = "CloudWatch answered with"
PASSING = (f"{ANSWERED} PartialData", f"{ANSWERED} InternalError")  # which another time it may not


@dataclass(frozen=True)
class Gap:
    """Periods without data in a row; `end` is where the next one begins."""

    start: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        return self.end - self.start

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M}"


@dataclass(frozen=True)
class Finding:
    """What is wrong with one metric; `again_at` is when that may be over, where it is a matter of time."""

    status: Status
    text: str
    again_at: datetime | None = None


# A minute that is missing at the end may come late, or be the first of many.
COMES_AGAIN = timedelta(minutes=5)
TOO_EARLY = Finding(Status.INCONCLUSIVE, "no period has settled since the deployment")


def judge_series(metric: Metric, series: Series, now: datetime, deployed: datetime | None) -> Finding | None:
    """What is wrong with the metric since the deployment ended, or in the last hours; None if nothing is.

    What was before says nothing about the deployment. What it made may be silent at first, and not for long.
    """
    if not series.complete:
        return Finding(Status.INCONCLUSIVE, f"{ANSWERED} {series.status or 'no data'}")
    if is_sparse(metric):
        return None
    if not series.values and (deployed is None or now - deployed < NEW):
        return Finding(Status.INCONCLUSIVE, "no data yet", deployed and deployed + NEW)
    wanted = [moment for moment in _settled(metric, now) if deployed is None or moment >= deployed]
    return _lacking(metric, series, wanted, now, deployed) if wanted else TOO_EARLY


def _lacking(
    metric: Metric, series: Series, wanted: Sequence[datetime], now: datetime, deployed: datetime | None
) -> Finding | None:
    status = Status.INCONCLUSIVE if has_traffic(metric) else Status.FAIL
    because = " (or no request)" if status is Status.INCONCLUSIVE else ""
    if not any(moment in series.values for moment in wanted):
        end = wanted[-1] + timedelta(seconds=metric.period)
        return Finding(status, f"no data{because} from {wanted[0]:%H:%M} to {end:%H:%M} UTC")
    found = _gaps_since(wanted, series, metric.period, deployed)
    if not found:
        return None
    if not _is_spared(found):
        return Finding(status, f"gap{because} {', '.join(map(str, found))} UTC")
    if _is_last(found[-1], metric, wanted):
        text = f"gap {found[-1]} UTC, the last minute: it may come late, or the metric has stopped"
        return Finding(Status.INCONCLUSIVE, text, now + COMES_AGAIN)
    return None


def _is_last(gap: Gap, metric: Metric, wanted: Sequence[datetime]) -> bool:
    return gap.end == wanted[-1] + timedelta(seconds=metric.period)


def _gaps_since(wanted: Sequence[datetime], series: Series, period: int, deployed: datetime | None) -> list[Gap]:
    first = min(series.values)
    return list(gaps(wanted, series, period, since=min(first, deployed + NEW) if deployed else first))


def _is_spared(found: Sequence[Gap]) -> bool:
    return sum((gap.length for gap in found), timedelta()) <= SPARED


def spared_gap(metric: Metric, series: Series, now: datetime, deployed: datetime | None) -> Gap | None:
    """The single missing minute that does not count, if there is one."""
    if not series.values or is_sparse(metric):
        return None
    wanted = [moment for moment in _settled(metric, now) if deployed is None or moment >= deployed]
    found = _gaps_since(wanted, series, metric.period, deployed) if wanted else []
    return found[0] if found and _is_spared(found) and not _is_last(found[0], metric, wanted) else None


def earlier_gaps(metric: Metric, series: Series, now: datetime, deployed: datetime | None) -> list[Gap]:
    """The gaps that the deployment is not to blame for, of a metric that reports always."""
    if deployed is None or not series.values or is_sparse(metric) or has_traffic(metric):
        return []
    earlier = [moment for moment in _settled(metric, now) if moment < deployed]
    return list(gaps(earlier, series, metric.period, since=min(series.values)))


def is_sparse(metric: Metric) -> bool:
    """Whether the metric is reported only when something happens, so that no data are no gap."""
    return SPARSE.fullmatch(_full_name(metric)) is not None


def has_traffic(metric: Metric) -> bool:
    """Whether the metric is reported only while requests flow, so that no data may be no requests."""
    return TRAFFIC.fullmatch(_full_name(metric)) is not None


def settled_periods(period: int, now: datetime, of: timedelta = LAST_HOUR) -> list[datetime]:
    """The begins of the last periods that are over for long enough; one at least."""
    end = int((now - METRIC_DELAY).timestamp()) // period * period
    number = max(1, int(of.total_seconds()) // period)
    return [datetime.fromtimestamp(end - (number - place) * period, UTC) for place in range(number)]


def looked_at(period: int, now: datetime) -> list[datetime]:
    """The begins of all the periods that anything is said of: what is to be read begins with the first."""
    return settled_periods(period, now, LOOKED_BACK)


def _settled(metric: Metric, now: datetime) -> list[datetime]:
    return settled_periods(metric.period, now, LAST_HOUR) if has_traffic(metric) else looked_at(metric.period, now)


def first_settles(period: int, deployed: datetime) -> datetime:
    """When there will be, or was, a first settled period since the deployment."""
    first = -(-deployed.timestamp() // period) * period
    return datetime.fromtimestamp(first + period, UTC) + METRIC_DELAY


def gaps(wanted: Sequence[datetime], series: Series, period: int, since: datetime) -> Iterator[Gap]:
    """The wanted periods from `since` on that have no data."""
    start: datetime | None = None
    for moment in wanted:
        missing = moment >= since and moment not in series.values
        if missing and start is None:
            start = moment
        elif not missing and start is not None:
            yield Gap(start, moment)
            start = None
    if start is not None:
        yield Gap(start, wanted[-1] + timedelta(seconds=period))


def _full_name(metric: Metric) -> str:
    return f"{metric.namespace} {metric.name}"
