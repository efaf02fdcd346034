"""GetMetricData's queries answered from the store, metric math included."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.aws.cloudwatch.expression import ExpressionError, Node, parse, references
from sandbox.aws.cloudwatch.metric_math import compute
from sandbox.aws.cloudwatch.statistics import UnknownStatisticError, statistic
from sandbox.aws.cloudwatch.store import Metric, MetricStore, Series, Window
from sandbox.aws.cloudwatch.values import Context, Value
from sandbox.aws.service import UnsupportedError

Query = Mapping[str, Any]  # AWS's MetricDataQuery


class QueryError(ValueError):
    """Queries that AWS would reject with a ValidationError."""


@dataclass(frozen=True)
class Result:
    """The data of one query; an expression may have several results under one id."""

    id: str
    label: str
    series: Series


class Queries:
    """The queries of one request, or of one alarm. Raises QueryError where they cannot be answered."""

    def __init__(self, queries: Sequence[Query]) -> None:
        self._queries = {query["Id"]: query for query in queries}
        if len(self._queries) != len(queries):
            raise QueryError("The values for parameter id in MetricDataQuery must be unique.")
        self._trees: dict[str, Node] = {}
        for query in queries:
            self._check(query)
        self._needs = {identifier: self._needed(identifier) for identifier in self._trees}
        self._periods = {identifier: self._period(identifier, ()) for identifier in self._queries}
        self._metrics = {
            each["Id"]: Metric.parse(each["MetricStat"]["Metric"]) for each in queries if "MetricStat" in each
        }
        self.metrics = tuple(self._metrics.values())

    @property
    def returned(self) -> list[Query]:
        return [query for query in self._queries.values() if query.get("ReturnData", True)]

    def period(self, identifier: str) -> int:
        """Seconds between the data points of a query."""
        return self._periods[identifier]

    def results(self, store: MetricStore, start: int, end: int) -> list[Result]:
        """The data of every query that returns data, in the order of the request."""
        values: dict[str, Value] = {}
        results: list[Result] = []
        for query in self.returned:
            identifier = query["Id"]
            value = self._value(identifier, values, store, start, end)
            label = query.get("Label") or self._default_label(query)
            if isinstance(value, dict):
                results.append(Result(identifier, label, value))
            elif isinstance(value, list):
                results.extend(Result(identifier, label, series) for series in value)
            else:
                raise QueryError(f"Error in expression '{identifier}': must return a time series")
        return results

    def _value(self, identifier: str, values: dict[str, Value], store: MetricStore, start: int, end: int) -> Value:
        if identifier in values:
            return values[identifier]
        query = self._queries[identifier]
        window = Window(start, end, self._periods[identifier])
        if "MetricStat" in query:
            stat = query["MetricStat"]
            compute_statistic = statistic(stat["Stat"])
            values[identifier] = store.series(self._metrics[identifier], window, compute_statistic, stat.get("Unit"))
            return values[identifier]
        tree = self._trees[identifier]
        named = self._needs[identifier]
        context = Context(
            {name: self._value(name, values, store, start, end) for name in named},
            tuple(name for name in named if "MetricStat" in self._queries[name]),
            window,
        )
        try:
            values[identifier] = compute(tree, context)
        except ExpressionError as error:
            raise QueryError(f"Error in expression '{identifier}': {error}") from error
        return values[identifier]

    def _check(self, query: Query) -> None:
        identifier = query["Id"]
        if not (identifier[0].isascii() and identifier[0].islower()):
            raise QueryError(f"Invalid id {identifier!r}: it must begin with a lowercase letter.")
        if ("MetricStat" in query) == ("Expression" in query):
            raise QueryError(f"Query {identifier!r} must have either a MetricStat or an Expression.")
        if "MetricStat" in query:
            try:
                statistic(query["MetricStat"]["Stat"])
            except UnknownStatisticError as error:
                raise QueryError(str(error)) from error
            check_period(query["MetricStat"]["Period"])
            return
        try:
            self._trees[identifier] = parse(query["Expression"])
        except ExpressionError as error:
            raise QueryError(str(error)) from error

    def _needed(self, identifier: str) -> list[str]:
        """The queries that an expression is computed from; METRICS() means all metrics."""
        named = references(self._trees[identifier])
        uses_all = "METRICS(" in self._queries[identifier]["Expression"].upper().replace(" ", "")
        return [name for name, query in self._queries.items() if name in named or (uses_all and "MetricStat" in query)]

    def _period(self, identifier: str, above: tuple[str, ...]) -> int:
        if identifier in above:
            raise QueryError(f"Error in expression '{identifier}': it refers to itself.")
        query = self._queries[identifier]
        if "MetricStat" in query:
            return int(query["MetricStat"]["Period"])
        periods = {self._period(name, (*above, identifier)) for name in self._needs[identifier]}
        if len(periods) > 1:
            raise QueryError(f"Error in expression '{identifier}': its metrics have different periods.")
        return periods.pop() if periods else int(query.get("Period", 300))

    def _default_label(self, query: Query) -> str:
        return query["MetricStat"]["Metric"]["MetricName"] if "MetricStat" in query else query["Id"]


def check_period(period: int) -> None:
    """Raises QueryError; SandboxUnsupported for a period that this CloudWatch, which keeps minutes, cannot answer."""
    if period in (1, 5, 10, 20, 30):
        raise UnsupportedError("The sandbox keeps metrics by the minute: periods below 60 are not in it.")
    if period < 60 or period % 60:  # noqa: PLR2004 - a minute
        raise QueryError("The parameter Period must be a multiple of 60.")
