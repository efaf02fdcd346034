"""A metric alarm or a composite alarm: its configuration, its state and how it is described."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from sandbox.aws.cloudwatch.alarm_rule import Node, alarm_names, parse
from sandbox.aws.cloudwatch.evaluation import Missing, Point, Rule, StateValue, Verdict
from sandbox.aws.cloudwatch.query import Queries, Query, QueryError
from sandbox.aws.cloudwatch.reasons import INITIAL
from sandbox.aws.cloudwatch.statistics import percentile_rank, statistic
from sandbox.aws.cloudwatch.store import MINUTE, MetricStore, Series, Window

Params = dict[str, Any]
ACTIONS = {
    StateValue.OK: "OKActions",
    StateValue.ALARM: "AlarmActions",
    StateValue.INSUFFICIENT_DATA: "InsufficientDataActions",
}
_LISTS = tuple(ACTIONS.values())


@dataclass(frozen=True)
class State:
    """An alarm's state, since when and why."""

    value: StateValue
    reason: str
    data: str | None
    updated: datetime
    transitioned: datetime

    @classmethod
    def initial(cls, now: datetime) -> State:
        return cls(StateValue.INSUFFICIENT_DATA, INITIAL, None, now, now)

    def describe(self) -> Params:
        described: Params = {
            "StateValue": str(self.value),
            "StateReason": self.reason,
            "StateUpdatedTimestamp": self.updated,
            "StateTransitionedTimestamp": self.transitioned,
        }
        return described | ({"StateReasonData": self.data} if self.data else {})


@dataclass
class Alarm:
    """What metric and composite alarms have in common."""

    kind: ClassVar[str]

    configuration: Params
    arn: str
    configured: datetime
    state: State
    tags: dict[str, str] = field(default_factory=dict)
    held_until: float = 0.0  # epoch seconds; a state set by hand lasts until the next evaluation

    @property
    def name(self) -> str:
        return self.configuration["AlarmName"]

    def actions(self, state: StateValue) -> list[str]:
        """What is to be done on entering `state`; nothing while actions are disabled."""
        return self.configuration[ACTIONS[state]] if self.configuration["ActionsEnabled"] else []

    def describe(self) -> Params:
        """AWS's MetricAlarm or CompositeAlarm."""
        return {
            **self.configuration,
            "AlarmArn": self.arn,
            "AlarmConfigurationUpdatedTimestamp": self.configured,
            **self.state.describe(),
        }


@dataclass
class MetricAlarm(Alarm):
    """An alarm on a metric or on metric math."""

    kind = "MetricAlarm"

    def __post_init__(self) -> None:
        c = self.configuration
        periods = int(c["EvaluationPeriods"])
        self.rule = Rule(
            c["ComparisonOperator"],
            float(c["Threshold"]),
            periods,
            int(c.get("DatapointsToAlarm", periods)),
            Missing(c.get("TreatMissingData", "missing")),
        )
        self.queries = Queries(c["Metrics"] if "Metrics" in c else [_query(c)])
        (returned,) = self.queries.returned
        self.period = self.queries.period(returned["Id"])

    @property
    def statistic(self) -> str | None:
        return self.configuration.get("Statistic") or self.configuration.get("ExtendedStatistic")

    def evaluate(self, store: MetricStore, now: datetime) -> Verdict:
        """The verdict on the periods that end with the last full minute."""
        end = int(now.timestamp()) // MINUTE * MINUTE
        window = Window(end - self.rule.range * self.period, end, self.period)
        verdict = self.rule.evaluate(self._points(store, window))
        return Verdict(None, verdict.evaluated, verdict.filled) if self._too_few(verdict) else verdict

    def _points(self, store: MetricStore, window: Window) -> list[Point]:
        if self.statistic is None:
            series = self._computed(store, window)
            return [Point(at, series.get(at)) for at in window.timestamps]
        compute = statistic(self.statistic)
        samples = store.samples(self.queries.metrics[0], window, self.configuration.get("Unit"))
        return [
            Point(at, compute(samples[at]), samples[at].count) if at in samples else Point(at, None)
            for at in window.timestamps
        ]

    def _computed(self, store: MetricStore, window: Window) -> Series:
        """The alarm's metric math; without data where it cannot be computed for want of data."""
        try:
            results = self.queries.results(store, window.start, window.end)
        except QueryError:
            return {}
        return results[0].series if results else {}

    def _too_few(self, verdict: Verdict) -> bool:
        """Whether a percentile rests on too few samples to count, and the alarm ignores such."""
        rank = percentile_rank(self.statistic or "")
        if rank is None or self.configuration.get("EvaluateLowSampleCountPercentile") != "ignore":
            return False
        share = min(rank, 100 - rank) / 100
        return any(point.samples * share < 10 for point in verdict.evaluated)  # noqa: PLR2004 - AWS's 10


@dataclass
class CompositeAlarm(Alarm):
    """An alarm on the states of other alarms."""

    kind = "CompositeAlarm"

    def __post_init__(self) -> None:
        self.rule: Node = parse(self.configuration["AlarmRule"])
        self.children = alarm_names(self.rule)


def with_defaults(request: Params) -> Params:
    """The request as DescribeAlarms shows it: actions listed, Tags left out."""
    configuration = {key: value for key, value in request.items() if key != "Tags"}
    configuration.setdefault("ActionsEnabled", True)
    for key in _LISTS:
        configuration.setdefault(key, [])
    return configuration


def _query(configuration: Params) -> Query:
    """The one query that a single-metric alarm stands for."""
    metric = {key: configuration[key] for key in ("Namespace", "MetricName", "Dimensions")}
    stat = configuration.get("Statistic") or configuration["ExtendedStatistic"]
    return {"Id": "m1", "MetricStat": {"Metric": metric, "Period": configuration["Period"], "Stat": stat}}
