"""When alarms were in ALARM, and by which data they got there."""

from __future__ import annotations

import json
from collections.abc import Collection, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from scripts.errors import AwsAnswerError
from scripts.facts.alarm_data import StateData, state_data
from scripts.facts.required import required

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.type_defs import AlarmHistoryItemTypeDef

# How long CloudWatch keeps an alarm's history.
HISTORY_KEPT = timedelta(days=30)


@dataclass(frozen=True)
class Firing:
    """One stay in ALARM. `started` None: before the period read; `ended` None: it lasts."""

    alarm: str
    started: datetime | None
    ended: datetime | None
    reason: str
    data: StateData = field(default_factory=StateData)


@dataclass(frozen=True)
class _Transition:
    """A change of state; `data` is what ALARM rests on."""

    alarm: str
    at: datetime
    old: str
    new: str
    reason: str
    data: StateData


def read_firings(client: CloudWatchClient, alarm: str, since: datetime) -> list[Firing]:
    """When that alarm was in ALARM since then, in order of time.

    Of an alarm that was made anew by its name what the one before it did counts, too: CloudWatch keeps it.

    Raises:
        AwsAnswerError: an entry that cannot be read.
    """
    return _firings(one for one in _transitions(client, {"AlarmName": alarm}, since) if one.alarm == alarm)


def read_firings_of_many(client: CloudWatchClient, alarms: Collection[str], since: datetime) -> list[Firing]:
    """The same of many alarms, by the account's whole history: a page has a hundred changes, of whichever alarms.

    Raises:
        AwsAnswerError: an entry that cannot be read.
    """
    changes: dict[str, list[_Transition]] = {name: [] for name in alarms}
    for change in _transitions(client, {}, since, wanted=changes):
        changes[change.alarm].append(change)
    return [firing for found in changes.values() for firing in _firings(found)]


def _transitions(
    client: CloudWatchClient, of: Mapping[str, str], since: datetime, wanted: Container[str] | None = None
) -> Iterator[_Transition]:
    pages = client.get_paginator("describe_alarm_history").paginate(
        **of,
        AlarmTypes=("MetricAlarm", "CompositeAlarm"),  # composites are left out unless asked for by type
        HistoryItemType="StateUpdate",
        StartDate=since,
        ScanBy="TimestampAscending",
        PaginationConfig={"PageSize": 100},
    )
    for item in (item for page in pages for item in page.get("AlarmHistoryItems", [])):
        if wanted is None or item.get("AlarmName", "") in wanted:
            change = _transition(item)
            if change.at >= since:
                yield change


def _firings(transitions: Iterable[_Transition]) -> list[Firing]:
    """Pair each entry into ALARM with the next way out of it; of one alarm."""
    found: list[Firing] = []
    burning: _Transition | None = None
    for change in sorted(transitions, key=lambda one: one.at):
        if change.new == "ALARM":
            burning = burning or change
        elif burning:
            found.append(Firing(change.alarm, burning.at, change.at, burning.reason, burning.data))
            burning = None
        elif change.old == "ALARM":
            found.append(Firing(change.alarm, None, change.at, ""))
    if burning:
        found.append(Firing(burning.alarm, burning.at, None, burning.reason, burning.data))
    return found


def _transition(item: AlarmHistoryItemTypeDef) -> _Transition:
    alarm, history = item.get("AlarmName", ""), item.get("HistoryData", "")
    at = required(item.get("Timestamp"), "Timestamp")
    try:
        data: dict[str, Any] = json.loads(history)
        new: dict[str, Any] = data["newState"]
        old: dict[str, Any] = data.get("oldState", {})
        state = new["stateValue"]
        why = state_data(new.get("stateReasonData")) if state == "ALARM" else StateData()
        return _Transition(alarm, at, old.get("stateValue", ""), state, new.get("stateReason", ""), why)
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise AwsAnswerError(f"The history of alarm {alarm} cannot be read: {history[:80]!r}") from problem
