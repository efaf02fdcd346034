"""CloudWatch alarms: their state now, and when they fired."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from scripts.errors import AwsAnswerError
from scripts.facts.required import required

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.literals import AlarmTypeType
    from mypy_boto3_cloudwatch.type_defs import AlarmHistoryItemTypeDef, CompositeAlarmTypeDef, MetricAlarmTypeDef

# Composite alarms are left out unless asked for by type.
ALARM_TYPES: Sequence[AlarmTypeType] = ("MetricAlarm", "CompositeAlarm")

# How long CloudWatch keeps an alarm's history.
HISTORY_KEPT = timedelta(days=30)


@dataclass(frozen=True)
class Alarm:
    """An alarm as it is now. `recovers_in` is how long good data must last before it leaves ALARM."""

    name: str
    state: str
    reason: str
    since: datetime | None
    actions_enabled: bool
    evaluation_problem: str
    recovers_in: timedelta


@dataclass(frozen=True)
class Firing:
    """One stay in ALARM. `started` None: before the period read; `ended` None: it lasts."""

    alarm: str
    started: datetime | None
    ended: datetime | None
    reason: str


@dataclass(frozen=True)
class _Transition:
    alarm: str
    at: datetime
    old: str
    new: str
    reason: str


def read_alarms(client: CloudWatchClient, prefix: str) -> list[Alarm]:
    """Every metric and composite alarm whose name begins with `prefix`."""
    alarms: list[Alarm] = []
    pages = client.get_paginator("describe_alarms").paginate(
        AlarmNamePrefix=prefix, AlarmTypes=ALARM_TYPES, PaginationConfig={"PageSize": 100}
    )
    for page in pages:
        alarms += [_alarm(one, _recovers_in(one)) for one in page.get("MetricAlarms", [])]
        alarms += [_alarm(one, timedelta()) for one in page.get("CompositeAlarms", [])]
    return sorted(alarms, key=lambda alarm: alarm.name)


def read_history(client: CloudWatchClient, since: datetime) -> list[AlarmHistoryItemTypeDef]:
    """Every change of state since then of every alarm of the account: one query, whatever their number."""
    pages = client.get_paginator("describe_alarm_history").paginate(
        AlarmTypes=ALARM_TYPES,
        HistoryItemType="StateUpdate",
        StartDate=since,
        ScanBy="TimestampAscending",
        PaginationConfig={"PageSize": 100},
    )
    return [item for page in pages for item in page.get("AlarmHistoryItems", [])]


def firings_of(
    names: Iterable[str], prefix: str, history: Iterable[AlarmHistoryItemTypeDef], since: datetime
) -> list[Firing]:
    """When the named alarms were in ALARM since then, and others that begin with `prefix`, in order of time.

    CloudWatch keeps the history of an alarm that was deleted or renamed.

    Raises:
        AwsAnswerError: an entry of theirs that cannot be read.
    """
    wanted = set(names)

    def is_wanted(name: str) -> bool:
        return name in wanted or name.startswith(prefix)

    transitions = [_transition(item) for item in history if is_wanted(item.get("AlarmName", ""))]
    return firings(one for one in transitions if one.at >= since)


def firings(transitions: Iterable[_Transition]) -> list[Firing]:
    """Pair each entry into ALARM with the next way out of it."""
    found: list[Firing] = []
    burning: dict[str, _Transition] = {}
    for change in sorted(transitions, key=lambda one: one.at):
        if change.new == "ALARM":
            burning.setdefault(change.alarm, change)
        elif change.old == "ALARM" or change.alarm in burning:  # one that was made anew comes from no state
            began = burning.pop(change.alarm, None)
            start = began.at if began else None
            found.append(Firing(change.alarm, start, change.at, began.reason if began else ""))
    found += [Firing(one.alarm, one.at, None, one.reason) for one in burning.values()]
    return sorted(found, key=lambda one: (one.started or one.ended or datetime.max, one.alarm))


def _alarm(alarm: MetricAlarmTypeDef | CompositeAlarmTypeDef, recovers_in: timedelta) -> Alarm:
    return Alarm(
        name=alarm.get("AlarmName", ""),
        state=alarm.get("StateValue", "unknown"),
        reason=alarm.get("StateReason", ""),
        since=alarm.get("StateTransitionedTimestamp", alarm.get("StateUpdatedTimestamp")),
        actions_enabled=alarm.get("ActionsEnabled", True),
        evaluation_problem=str(alarm.get("EvaluationState", "")),
        recovers_in=recovers_in,
    )


def _recovers_in(alarm: MetricAlarmTypeDef) -> timedelta:
    """With M bad periods of the last N needed, N - M + 1 good ones end it."""
    periods = [alarm.get("Period", 0)]
    for query in alarm.get("Metrics", []):
        periods += [query.get("Period", 0), query.get("MetricStat", {}).get("Period", 0)]
    evaluated = alarm.get("EvaluationPeriods", 1)
    good = evaluated - alarm.get("DatapointsToAlarm", evaluated) + 1
    return timedelta(seconds=max(periods) * good)


def _transition(item: AlarmHistoryItemTypeDef) -> _Transition:
    alarm, history = item.get("AlarmName", ""), item.get("HistoryData", "")
    at = required(item.get("Timestamp"), "Timestamp")
    try:
        data: dict[str, Any] = json.loads(history)
        new: dict[str, Any] = data["newState"]
        old: dict[str, Any] = data.get("oldState", {})
        return _Transition(alarm, at, old.get("stateValue", ""), new["stateValue"], new.get("stateReason", ""))
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise AwsAnswerError(f"The history of alarm {alarm} cannot be read: {history[:80]!r}") from problem
