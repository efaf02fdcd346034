"""Entries of alarms' histories as CloudWatch writes them; minutes as in tests.scripts.release, periods of a minute."""

from __future__ import annotations

import json
from typing import Any

from tests.scripts.fake_aws import ACCOUNT, REGION, Params
from tests.scripts.prod_stack import COMPOSITE
from tests.scripts.release import at

POINTS = 5  # the alarms of tests.scripts.release judge so many periods of a minute


def stamp(minute: float) -> str:
    return f"{at(minute):%Y-%m-%dT%H:%M:%S}.000+0000"


def by_data(newest: float, points: int = POINTS, period: int = 60) -> Params:
    """StateReasonData: the newest data point's period begins at that minute, as many before it without a gap."""
    begins = [newest - period / 60 * number for number in range(points)]
    return {
        "version": "1.0",
        "queryDate": stamp(newest + period / 60),
        "startDate": stamp(begins[-1]),
        "statistic": "Average",
        "period": period,
        "recentDatapoints": [97.0] * points,
        "threshold": 80.0,
        "evaluatedDatapoints": [{"timestamp": stamp(one), "sampleCount": 5.0, "value": 97.0} for one in begins],
    }


def by_alarm(name: str, minute: float) -> Params:
    """StateReasonData of a composite: the alarm that made it change."""
    arn = f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{name}"
    return {"triggeringAlarms": [{"arn": arn, "state": {"value": "ALARM", "timestamp": stamp(minute)}}]}


def change(name: str, minute: float, old: str, new: str, data: Params | None = None) -> Params:
    """One entry; `data` is why, if there is a reason but for somebody's."""
    state: dict[str, Any] = {"stateValue": new, "stateReason": "Threshold Crossed"}
    if data is not None:
        state["stateReasonData"] = data
    told = {"version": "1.0", "oldState": {"stateValue": old, "stateReason": "before"}, "newState": state}
    return {
        "AlarmName": name,
        "AlarmType": "CompositeAlarm" if name == COMPOSITE else "MetricAlarm",
        "Timestamp": at(minute),
        "HistoryItemType": "StateUpdate",
        "HistorySummary": f"Alarm updated from {old} to {new}",
        "HistoryData": json.dumps(told),
    }


def fired(name: str, start: float, end: float, newest: float | None = None) -> list[Params]:
    """In ALARM from `start` to `end`; the newest minute of its data begins at `newest`, or two before it fired."""
    return [*began(name, start, newest), change(name, end, "ALARM", "OK")]


def began(name: str, start: float, newest: float | None = None) -> list[Params]:
    data = by_alarm("prod-cpu", start) if name == COMPOSITE else by_data(start - 2 if newest is None else newest)
    return [change(name, start, "OK", "ALARM", data)]
