"""What an alarm does on entering a state: messages to SNS topics, and an event on the bus."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sandbox.aws.cloudwatch.alarm import ACTIONS, Alarm, MetricAlarm, State
from sandbox.aws.cloudwatch.alarms import Transition
from sandbox.aws.cloudwatch.evaluation import StateValue
from sandbox.aws.cloudwatch.history import History
from sandbox.aws.cloudwatch.mute_rules import MuteRules
from sandbox.aws.cloudwatch.reasons import timestamp
from sandbox.aws.ports import PUBLISHER

if TYPE_CHECKING:
    from sandbox.core.account import Account

PRINCIPAL = "cloudwatch.amazonaws.com"
REGION_NAMES = {"ap-southeast-2": "Asia Pacific (Sydney)"}


class Actions:
    """Carries out the actions of alarms and writes down how it went."""

    def __init__(self, account: Account, history: History) -> None:
        self._account = account
        self._history = history
        prefix = f"arn:aws:cloudwatch:{account.region}:{account.account_id}:alarm-mute-rule:"
        self.mute_rules = MuteRules(account.clock.now, prefix)
        self._held: dict[str, Transition] = {}

    def carry_out(self, change: Transition) -> None:
        """Do what the alarm wants done on this change, unless it is muted, and publish the change as an event."""
        alarm = change.alarm
        self._held.pop(alarm.name, None)
        if self.mute_rules.muted(alarm.name):
            self._held[alarm.name] = change
        else:
            self._carry_out(change)
        self._account.events.publish(
            "aws.cloudwatch",
            "CloudWatch Alarm State Change",
            {
                "alarmName": alarm.name,
                "state": _state(change.new),
                "previousState": _state(change.old),
                "configuration": {"description": alarm.configuration.get("AlarmDescription", "")},
            },
            [alarm.arn],
        )

    def unmute(self) -> None:
        """Do what was kept back of alarms that are in ALARM still and muted no more."""
        for name, change in list(self._held.items()):
            if not self.mute_rules.muted(name) and self._held.pop(name, None) and change.new.value == StateValue.ALARM:
                self._carry_out(change)

    def _carry_out(self, change: Transition) -> None:
        for action in change.alarm.actions(change.new.value):
            error = self._act(change, action)
            self._history.acted(change.alarm, action, error, change.new.updated)

    def _act(self, change: Transition, action: str) -> str | None:
        """The error, or None."""
        if not action.startswith("arn:aws:sns:"):
            return "The sandbox carries out SNS actions only"
        region = REGION_NAMES.get(self._account.region, self._account.region)
        subject = f'{change.new.value}: "{change.alarm.name}" in {region}'
        body = json.dumps(self._message(change, region))
        return self._account.reach(PUBLISHER).publish_as_service(
            PRINCIPAL, action, subject=subject, message=body, source_arn=change.alarm.arn
        )

    def _message(self, change: Transition, region: str) -> dict[str, Any]:
        alarm = change.alarm
        message: dict[str, Any] = {
            "AlarmName": alarm.name,
            "AlarmDescription": alarm.configuration.get("AlarmDescription"),
            "AWSAccountId": self._account.account_id,
            "AlarmConfigurationUpdatedTimestamp": timestamp(alarm.configured),
            "NewStateValue": change.new.value,
            "NewStateReason": change.new.reason,
            "StateChangeTime": timestamp(change.new.updated),
            "Region": region,
            "AlarmArn": alarm.arn,
            "OldStateValue": change.old.value,
        }
        message |= {ACTIONS[state]: alarm.configuration[ACTIONS[state]] for state in StateValue}
        return message | _trigger(alarm) | _triggering_children(change.new)


def _trigger(alarm: Alarm) -> dict[str, Any]:
    c = alarm.configuration
    if not isinstance(alarm, MetricAlarm):
        return {"AlarmRule": c["AlarmRule"]}
    trigger: dict[str, Any] = {
        "Period": alarm.period,
        "EvaluationPeriods": alarm.rule.periods,
        "ComparisonOperator": alarm.rule.comparison,
        "Threshold": alarm.rule.threshold,
        "TreatMissingData": alarm.rule.missing,
        "EvaluateLowSampleCountPercentile": c.get("EvaluateLowSampleCountPercentile", ""),
    }
    if "DatapointsToAlarm" in c:
        trigger["DatapointsToAlarm"] = c["DatapointsToAlarm"]
    if "Metrics" in c:
        return {"Trigger": trigger | {"Metrics": c["Metrics"]}}
    kind = "Statistic" if "Statistic" in c else "ExtendedStatistic"
    single = {
        "MetricName": c["MetricName"],
        "Namespace": c["Namespace"],
        "StatisticType": kind,
        kind: c[kind].upper() if kind == "Statistic" else c[kind],
        "Unit": c.get("Unit"),
        "Dimensions": [{"name": each["Name"], "value": each["Value"]} for each in c["Dimensions"]],
    }
    return {"Trigger": single | trigger}


def _triggering_children(state: State) -> dict[str, Any]:
    """Which alarms made a composite alarm change, as its message names them; nothing for other alarms."""
    try:
        children = json.loads(state.data)["triggeringAlarms"] if state.data else []
        named = [
            {"Arn": each["arn"], "State": {"Value": each["state"]["value"], "Timestamp": each["state"]["timestamp"]}}
            for each in children
        ]
    except (KeyError, TypeError):  # data of another alarm's, or what somebody gave SetAlarmState
        return {}
    return {"TriggeringChildren": named} if named else {}


def _state(state: State) -> dict[str, Any]:
    described = {"value": state.value, "reason": state.reason, "timestamp": timestamp(state.updated)}
    return described | ({"reasonData": state.data} if state.data else {})
