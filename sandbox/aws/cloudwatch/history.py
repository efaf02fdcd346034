"""An alarm's history: what DescribeAlarmHistory answers from."""

from __future__ import annotations

import json
import threading
from bisect import insort
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sandbox.aws.cloudwatch.alarm import Alarm, State


@dataclass(frozen=True)
class HistoryItem:
    """One AlarmHistoryItem; `type` is StateUpdate, ConfigurationUpdate or Action."""

    alarm: str
    kind: str
    at: datetime
    type: str
    summary: str
    data: str

    def describe(self) -> dict[str, Any]:
        return {
            "AlarmName": self.alarm,
            "AlarmType": self.kind,
            "Timestamp": self.at,
            "HistoryItemType": self.type,
            "HistorySummary": self.summary,
            "HistoryData": self.data,
        }


class History:
    """Every item, oldest first. Outlives the alarms, as on AWS."""

    def __init__(self) -> None:
        self._items: list[HistoryItem] = []
        self._lock = threading.Lock()

    def items(self) -> list[HistoryItem]:
        with self._lock:
            return list(self._items)

    def forget(self, concerns: Callable[[HistoryItem], bool]) -> None:
        with self._lock:
            self._items = [item for item in self._items if not concerns(item)]

    def state_changed(self, alarm: Alarm, old: State, new: State) -> None:
        summary = f"Alarm updated from {old.value} to {new.value}"
        data = {"version": "1.0", "oldState": _state(old), "newState": _state(new)}
        self._add(alarm, new.updated, "StateUpdate", summary, data)

    def configured(self, alarm: Alarm, change: str, at: datetime) -> None:
        """`change` is Create, Update or Delete."""
        summary = f'Alarm "{alarm.name}" {change.lower().rstrip("e")}ed'
        data = {"version": "1.0", "type": change, f"{change.lower()}dAlarm": alarm.configuration}
        self._add(alarm, at, "ConfigurationUpdate", summary, data)

    def acted(self, alarm: Alarm, action: str, error: str | None, at: datetime) -> None:
        data: dict[str, Any] = {
            "actionState": "Failed" if error else "Succeeded",
            "notificationResource": action,
            "stateUpdateTimestamp": int(alarm.state.updated.timestamp() * 1000),
        }
        summary = f"Successfully executed action {action}"
        if error:
            summary = f'Failed to execute action {action}. Received error: "{error}"'
            data["error"] = error
        self._add(alarm, at, "Action", summary, data)

    def _add(self, alarm: Alarm, at: datetime, kind: str, summary: str, data: dict[str, Any]) -> None:
        item = HistoryItem(alarm.name, alarm.kind, at, kind, summary[:255], json.dumps(data, default=str)[:4095])
        with self._lock:
            insort(self._items, item, key=lambda each: each.at)


def _state(state: State) -> dict[str, Any]:
    described: dict[str, Any] = {"stateValue": state.value, "stateReason": state.reason}
    return described | ({"stateReasonData": json.loads(state.data)} if state.data else {})
