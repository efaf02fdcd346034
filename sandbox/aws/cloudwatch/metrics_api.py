"""The operations on metric data."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sandbox.aws.cloudwatch.query import Queries, QueryError, Result, check_period
from sandbox.aws.cloudwatch.statistics import SIMPLE, UnknownStatisticError, statistic
from sandbox.aws.cloudwatch.store import MINUTE, Metric, MetricStore, Window
from sandbox.aws.paging import make_token, page, read_token
from sandbox.aws.ports import FAULTS
from sandbox.aws.service import AwsError, Params, Service, UnsupportedError

if TYPE_CHECKING:
    from sandbox.core.account import Account

MAX_QUERIES = 500
MAX_DATAPOINTS = 100_800  # of GetMetricData, a page
MAX_STATISTICS = 1_440  # of GetMetricStatistics, altogether
METRICS_A_PAGE = 500
LISTED_FOR = timedelta(days=14)  # ListMetrics shows what had data since
FUTURE, PAST = timedelta(hours=2), timedelta(weeks=2)  # what PutMetricData accepts


class MetricsApi(Service):
    """PutMetricData and the three ways to read it back."""

    constraint_codes = ("ValidationError",)

    def __init__(self, account: Account) -> None:
        super().__init__(account)
        self.store = MetricStore()

    def record(
        self,
        namespace: str,
        metric: str,
        dimensions: Mapping[str, str],
        value: float,
        *,
        at: datetime | None = None,
        unit: str | None = None,
    ) -> None:
        """Add one sample, as an AWS service does for its own metrics; `at` is now unless given."""
        time = at or self.account.clock.now()
        identity = Metric.of(namespace, metric, dimensions)
        self.store.record(identity, value, time.timestamp(), unit or "None")

    def has_samples(self, namespace: str, metric: str, minute: datetime) -> bool:
        """Whether a metric without dimensions has data in this minute."""
        return self.store.has(Metric(namespace, metric), int(minute.timestamp()))

    def forget(self, namespace: str, metric: str, since: datetime) -> None:
        """Drop a metric's data from the minute of `since` on, whatever its dimensions."""
        self.store.forget(
            lambda each: (each.namespace, each.name) == (namespace, metric), since.timestamp() // MINUTE * MINUTE
        )

    def settle(self) -> None:
        """Bring in what the deployed workload has emitted up to now."""

    def put_metric_data(self, request: Params) -> None:
        namespace = request["Namespace"]
        if namespace.startswith("AWS/"):
            raise AwsError("InvalidParameterValue", "The value AWS/ for parameter Namespace is invalid.")
        if request.get("EntityMetricData"):
            raise UnsupportedError("The sandbox does not know EntityMetricData; AWS does.")
        data, now = request.get("MetricData", []), self.account.clock.now()
        for number, datum in enumerate(data, start=1):
            check_datum(datum, f"MetricData.member.{number}", now)
        for datum in data:
            self._record_datum(namespace, datum)

    def get_metric_data(self, request: Params) -> Params:
        if len(request["MetricDataQueries"]) > MAX_QUERIES:
            raise _invalid(f"The collection MetricDataQueries must not have a size greater than {MAX_QUERIES}.")
        start, end = _minutes(request["StartTime"]), _ceiling(request["EndTime"])
        if start >= end:
            raise _invalid("The parameter StartTime must be less than the parameter EndTime.")
        self.settle()
        try:
            results = Queries(request["MetricDataQueries"]).results(self.store, start, end)
        except QueryError as error:
            raise _invalid(str(error)) from error
        ascending = request.get("ScanBy") == "TimestampAscending"
        limit = request.get("MaxDatapoints") or MAX_DATAPOINTS
        answer = _data_page(results, read_token(request.get("NextToken")), limit, ascending=ascending)
        if self.account.reach(FAULTS).active("partial-metric-data"):
            _leave_out_half(answer)
        return answer

    def get_metric_statistics(self, request: Params) -> Params:
        simple, extended = request.get("Statistics", []), request.get("ExtendedStatistics", [])
        if bool(simple) == bool(extended):
            raise AwsError(
                "InvalidParameterCombination",
                "The parameters Statistics and ExtendedStatistics are mutually exclusive and you have specified both."
                if simple
                else "At least one of the parameters Statistics and ExtendedStatistics must be specified.",
            )
        names = [*simple, *extended]
        window = _window(request)
        try:
            computed = {name: statistic(name) for name in names}
        except UnknownStatisticError as error:
            raise AwsError("InvalidParameterValue", str(error)) from error
        self.settle()
        metric, unit = Metric.parse(request), request.get("Unit")
        shown_unit = unit or next(iter(self.store.units(metric)), "None")
        datapoints: list[Params] = []
        for at, samples in self.store.samples(metric, window, unit).items():
            values = {name: compute(samples) for name, compute in computed.items()}
            datapoints.append(_datapoint(at, values, shown_unit))
        # AWS promises no order; neither do we, lest someone rely on one
        datapoints.sort(key=lambda point: hashlib.md5(str(point["Timestamp"]).encode()).digest())  # noqa: S324
        return {"Label": metric.name, "Datapoints": datapoints}

    def list_metrics(self, request: Params) -> Params:
        self.settle()
        oldest = self.account.clock.now() - (timedelta(hours=3) if request.get("RecentlyActive") else LISTED_FOR)
        found = [
            metric.describe()
            for metric in self.store.metrics()
            if _listed(metric, request) and (self.store.newest(metric) or 0) >= oldest.timestamp()
        ]
        metrics, more = page(found, request.get("NextToken"), METRICS_A_PAGE)
        return {"Metrics": metrics, **more}

    def _record_datum(self, namespace: str, datum: Params) -> None:
        at = aware(datum.get("Timestamp") or self.account.clock.now())
        metric = Metric.parse({"Namespace": namespace, **datum})
        unit, time = datum.get("Unit", "None"), at.timestamp()
        values, counts = datum.get("Values", []), datum.get("Counts", [])
        if "StatisticValues" in datum:
            self.store.record_set(metric, datum["StatisticValues"], time, unit)
        elif values:
            for value, count in zip(values, counts or [1.0] * len(values), strict=True):
                self.store.record(metric, value, time, unit, count)
        else:
            self.store.record(metric, datum["Value"], time, unit)


def check_datum(datum: Params, place: str, now: datetime) -> None:
    """Refuse a MetricDatum, named by its `place` in the request, as PutMetricData does.

    Raises:
        AwsError: InvalidParameterCombination, InvalidParameterValue, MissingParameter.
    """
    for other in ("Values", "StatisticValues"):
        if "Value" in datum and other in datum:
            raise AwsError(
                "InvalidParameterCombination",
                f"The parameters {place}.Value and {place}.{other} are mutually exclusive and you have specified both.",
            )
    if not any(key in datum for key in ("Value", "Values", "StatisticValues")):
        raise AwsError("MissingParameter", f"At least one of the parameters {place}.Value must be specified.")
    if "Counts" in datum and len(datum["Counts"]) != len(datum.get("Values", [])):
        raise AwsError(
            "InvalidParameterValue", f"The parameters {place}.Values and {place}.Counts must be of the same size."
        )
    numbers = [*datum.get("Values", []), *datum.get("Counts", []), *datum.get("StatisticValues", {}).values()]
    if not all(math.isfinite(number) for number in [*numbers, datum.get("Value", 0.0)]):
        raise AwsError("InvalidParameterValue", f"The value NaN or Infinity for parameter {place}.Value is invalid.")
    if datum.get("StatisticValues", {}).get("SampleCount", 1.0) <= 0:
        raise AwsError(
            "InvalidParameterValue", f"The parameter {place}.StatisticValues.SampleCount must be greater than 0."
        )
    if datum.get("StorageResolution", MINUTE) not in (1, MINUTE):
        raise AwsError("InvalidParameterValue", f"The parameter {place}.StorageResolution must be 1 or 60.")
    if not now - PAST <= aware(datum.get("Timestamp") or now) <= now + FUTURE:
        raise AwsError(
            "InvalidParameterValue",
            f"The parameter {place}.Timestamp must specify a time within the past two weeks and no more than two "
            "hours in the future.",
        )


def _data_page(results: list[Result], skip: int, limit: int, *, ascending: bool) -> Params:
    """The data points from number `skip` on; a result cut short says PartialData, the next page goes on."""
    page_results: list[Params] = []
    position, taken = 0, 0
    for result in results:
        points = sorted(result.series.items(), reverse=not ascending)
        first = min(max(skip - position, 0), len(points))
        chosen = points[first : first + limit - taken]
        position += len(points)
        taken += len(chosen)
        if first and not chosen:
            continue
        cut = first + len(chosen) < len(points)
        page_results.append(
            {
                "Id": result.id,
                "Label": result.label,
                "Timestamps": [datetime.fromtimestamp(at, UTC) for at, _ in chosen],
                "Values": [value for _, value in chosen],
                "StatusCode": "PartialData" if cut else "Complete",
            }
        )
    answer: Params = {"MetricDataResults": page_results, "Messages": []}
    return answer | ({"NextToken": make_token(skip + taken)} if skip + taken < position else {})


def _leave_out_half(answer: Params) -> None:
    for result in answer["MetricDataResults"]:
        result["Timestamps"], result["Values"] = result["Timestamps"][::2], result["Values"][::2]
        result["StatusCode"] = "PartialData"


def _datapoint(at: int, values: Mapping[str, float | None], unit: str) -> Params:
    extended = {name: value for name, value in values.items() if name not in SIMPLE and value is not None}
    point: dict[str, Any] = {"Timestamp": datetime.fromtimestamp(at, UTC), "Unit": unit}
    point |= {name: value for name, value in values.items() if name in SIMPLE}
    return point | ({"ExtendedStatistics": extended} if extended else {})


def _window(request: Params) -> Window:
    """The periods of GetMetricStatistics, from the start's full minute on."""
    period = request["Period"]
    start, end = _minutes(request["StartTime"]), _ceiling(request["EndTime"])
    if aware(request["StartTime"]) >= aware(request["EndTime"]):
        raise AwsError("InvalidParameterValue", "The parameter StartTime must be less than the parameter EndTime.")
    asked = math.ceil((aware(request["EndTime"]) - aware(request["StartTime"])).total_seconds() / period)
    if asked > MAX_STATISTICS:
        raise AwsError(
            "InvalidParameterCombination",
            f"You have requested up to {asked} datapoints, which exceeds the limit of {MAX_STATISTICS}. You may "
            "reduce the datapoints requested by increasing Period, or decreasing the time range.",
        )
    try:
        check_period(period)
    except QueryError as error:
        raise AwsError("InvalidParameterValue", str(error)) from error
    return Window(start, end, period)


def _listed(metric: Metric, request: Params) -> bool:
    if request.get("Namespace") not in (None, metric.namespace):
        return False
    if request.get("MetricName") not in (None, metric.name):
        return False
    dimensions = dict(metric.dimensions)
    return all(
        wanted["Name"] in dimensions and wanted.get("Value") in (None, dimensions[wanted["Name"]])
        for wanted in request.get("Dimensions", [])
    )


def _minutes(time: datetime) -> int:
    return int(aware(time).timestamp()) // MINUTE * MINUTE


def _ceiling(time: datetime) -> int:
    """The end of a range: a started minute belongs to it."""
    return -(-int(aware(time).timestamp()) // MINUTE) * MINUTE


def aware(time: datetime) -> datetime:
    """A time of a request: where the parser leaves the zone out, it is UTC."""
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _invalid(message: str) -> AwsError:
    return AwsError("ValidationError", message)
