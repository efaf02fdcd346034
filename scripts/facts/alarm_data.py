"""What an alarm looks at, and the data behind a state that it took.

The data are CloudWatch's StateReasonData: in DescribeAlarms a string of JSON, in an alarm's history an object. As the
user guide's sample events and recorded answers have them: `evaluatedDatapoints`, newest first, each with the
`timestamp` at which its period begins (and no value where nothing arrived), `period` in seconds; of a composite
`triggeringAlarms`. A state that somebody set has what they gave, or nothing.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch.type_defs import CompositeAlarmTypeDef, MetricAlarmTypeDef

# CloudWatch looks at more periods than it judges, by how many its guide does not say. Its examples look at 5 for 3, and
# one of 900 s that judged 1 left ALARM 46 minutes after its last data point.
EXTRA_PERIODS = 2
_NAMED = re.compile(r'\(\s*(?:"((?:[^"\\]|\\.)*)"|([^\s()"]+))\s*\)')


@dataclass(frozen=True)
class Evaluation:
    """What an alarm looks at.

    Attributes:
        period: of one data point; none of a composite.
        periods: how many it judges.
        missing: TreatMissingData.
        metrics: namespace and name of each.
        children: names of the alarms in a composite's rule.
    """

    period: timedelta = timedelta()
    periods: int = 0
    missing: str = "missing"
    metrics: frozenset[tuple[str, str]] = frozenset()
    children: tuple[str, ...] = ()

    @property
    def range(self) -> timedelta:
        """How far back it looks: so long one bad data point can keep it in ALARM where no others come."""
        return self.period * (self.periods + EXTRA_PERIODS)


@dataclass(frozen=True)
class StateData:
    """What a state rests on: where the judged periods begin, how long each is, which alarms made a composite change."""

    datapoints: tuple[datetime, ...] = ()
    period: timedelta | None = None
    triggers: tuple[str, ...] = ()


def evaluation_of(alarm: MetricAlarmTypeDef) -> Evaluation:
    """Of a metric alarm, as DescribeAlarms has it."""
    seconds = [alarm.get("Period", 0)]
    metrics = {(alarm.get("Namespace", ""), alarm.get("MetricName", ""))}
    for query in alarm.get("Metrics", []):
        of_metric = query.get("MetricStat", {})
        seconds += [query.get("Period", 0), of_metric.get("Period", 0)]
        metric = of_metric.get("Metric", {})
        metrics.add((metric.get("Namespace", ""), metric.get("MetricName", "")))
    return Evaluation(
        period=timedelta(seconds=max(seconds)),
        periods=alarm.get("EvaluationPeriods", 1),
        missing=alarm.get("TreatMissingData", "missing"),
        metrics=frozenset(metrics - {("", "")}),
    )


def evaluation_of_composite(alarm: CompositeAlarmTypeDef) -> Evaluation:
    """Of a composite alarm: the alarms that its rule names, by name or ARN."""
    named = (quoted or bare for quoted, bare in _NAMED.findall(alarm.get("AlarmRule", "")))
    return Evaluation(children=tuple(dict.fromkeys(map(alarm_name, named))))


def alarm_name(name: str) -> str:
    """The alarm's name, out of its ARN where it is one."""
    return name.partition(":alarm:")[2] or name


def state_data(given: Any) -> StateData:
    """What can be read of StateReasonData; what cannot is left out, as it is of a state that somebody set."""
    try:
        data: Any = json.loads(given) if isinstance(given, str) else given
    except ValueError:
        return StateData()
    if not isinstance(data, dict):
        return StateData()
    points = (_time(one.get("timestamp")) for one in _objects(data.get("evaluatedDatapoints")))
    period = data.get("period")
    return StateData(
        datapoints=tuple(point for point in points if point),
        period=timedelta(seconds=period) if isinstance(period, int) else None,
        triggers=tuple(alarm_name(str(one.get("arn", ""))) for one in _objects(data.get("triggeringAlarms"))),
    )


def _objects(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _time(value: Any) -> datetime | None:
    """`2026-03-10T01:02:00.000+0000`; None where it is no time with a zone."""
    try:
        time = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return time if time.tzinfo else None
