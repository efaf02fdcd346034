"""The operations on alarms."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from sandbox.aws.cloudwatch.actions import Actions
from sandbox.aws.cloudwatch.alarm import ACTIONS, Alarm, CompositeAlarm, MetricAlarm, State, with_defaults
from sandbox.aws.cloudwatch.alarm_check import check_composite_alarm, check_metric_alarm
from sandbox.aws.cloudwatch.alarms import Alarms
from sandbox.aws.cloudwatch.evaluation import StateValue
from sandbox.aws.cloudwatch.history import History, HistoryItem
from sandbox.aws.cloudwatch.metrics_api import MetricsApi, aware
from sandbox.aws.cloudwatch.store import Metric
from sandbox.aws.paging import page
from sandbox.aws.service import AwsError, Params, UnsupportedError

if TYPE_CHECKING:
    from sandbox.core.account import Account

DESCRIBED_A_PAGE = 50
HISTORY_A_PAGE = 50


class AlarmsApi(MetricsApi):
    """Alarms over the metric data of `MetricsApi`."""

    def __init__(self, account: Account) -> None:
        super().__init__(account)
        history = History()
        self.actions = Actions(account, history)
        self.alarms = Alarms(self.store, history, account.clock.now, self.actions.carry_out)

    def alarms_changed(self) -> None:
        """Alarms were configured or set: evaluate them soon."""

    def put_metric_alarm(self, request: Params) -> None:
        configuration = with_defaults(request)
        configuration.setdefault("Dimensions", [])
        check_metric_alarm(configuration)
        self._put(MetricAlarm, configuration, request)

    def put_composite_alarm(self, request: Params) -> None:
        configuration = with_defaults(request)
        check_composite_alarm(configuration, {alarm.name for alarm in self.alarms.all()})
        self._put(CompositeAlarm, configuration, request)

    def describe_alarms(self, request: Params) -> Params:
        for unknown in ("ChildrenOfAlarmName", "ParentsOfAlarmName"):
            if unknown in request:
                raise UnsupportedError(f"The sandbox does not know {unknown}; AWS does.")
        kinds = request.get("AlarmTypes") or ["MetricAlarm"]
        found = [alarm for alarm in self.alarms.all() if alarm.kind in kinds and _matches(alarm, request)]
        shown, more = page(found, request.get("NextToken"), request.get("MaxRecords", DESCRIBED_A_PAGE))
        return {
            "MetricAlarms": [alarm.describe() for alarm in shown if isinstance(alarm, MetricAlarm)],
            "CompositeAlarms": [alarm.describe() for alarm in shown if isinstance(alarm, CompositeAlarm)],
            **more,
        }

    def describe_alarms_for_metric(self, request: Params) -> Params:
        wanted = Metric.parse(request)
        found = [
            alarm.describe()
            for alarm in self.alarms.all()
            if isinstance(alarm, MetricAlarm) and _is_on(alarm, wanted, request)
        ]
        return {"MetricAlarms": found}

    def describe_alarm_history(self, request: Params) -> Params:
        items = [item for item in self.alarms.history.items() if _wanted(item, request)]
        if request.get("ScanBy") != "TimestampAscending":
            items.reverse()
        shown, more = page(items, request.get("NextToken"), request.get("MaxRecords", HISTORY_A_PAGE))
        return {"AlarmHistoryItems": [item.describe() for item in shown], **more}

    def delete_alarms(self, request: Params) -> None:
        self._alarms_of(request["AlarmNames"])
        self._check_unneeded(request["AlarmNames"])
        for name in request["AlarmNames"]:
            self.alarms.delete(name)
        self.alarms_changed()

    def set_alarm_state(self, request: Params) -> None:
        name = request["AlarmName"]
        data = request.get("StateReasonData")
        self._alarms_of([name])
        if data is not None:
            try:
                json.loads(data)
            except ValueError as error:
                raise AwsError("InvalidFormat", "StateReasonData was not syntactically valid JSON") from error
        self.alarms.set_state(name, StateValue(request["StateValue"]), request["StateReason"], data)

    def enable_alarm_actions(self, request: Params) -> None:
        self._switch_actions(request["AlarmNames"], enabled=True)

    def disable_alarm_actions(self, request: Params) -> None:
        self._switch_actions(request["AlarmNames"], enabled=False)

    def put_alarm_mute_rule(self, request: Params) -> None:
        if unknown := set(request.get("MuteTargets", {}).get("AlarmNames", [])) - {
            one.name for one in self.alarms.all()
        }:
            raise UnsupportedError(f"There is no alarm {min(unknown)}; in which words AWS refuses that is not known.")
        self.actions.mute_rules.put(request)
        self.actions.unmute()

    def get_alarm_mute_rule(self, request: Params) -> Params:
        return self.actions.mute_rules.get(request)

    def list_alarm_mute_rules(self, request: Params) -> Params:
        return self.actions.mute_rules.list(request)

    def delete_alarm_mute_rule(self, request: Params) -> None:
        self.actions.mute_rules.delete(request)
        self.actions.unmute()

    def list_tags_for_resource(self, request: Params) -> Params:
        arn = request["ResourceARN"]
        tags = self._tags(arn) if any(alarm.arn == arn for alarm in self.alarms.all()) else {}  # as AWS: no error
        return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}

    def tag_resource(self, request: Params) -> None:
        self._tags(request["ResourceARN"]).update({tag["Key"]: tag["Value"] for tag in request["Tags"]})

    def untag_resource(self, request: Params) -> None:
        tags = self._tags(request["ResourceARN"])
        for key in request["TagKeys"]:
            tags.pop(key, None)

    def _put(self, kind: type[MetricAlarm | CompositeAlarm], configuration: Params, request: Params) -> None:
        known = self.alarms.get(configuration["AlarmName"])
        if known is not None and not isinstance(known, kind):
            raise AwsError("ValidationError", f"Alarm {known.name} exists already and is a {known.kind}.")
        now = self.account.clock.now()
        arn = f"arn:aws:cloudwatch:{self.account.region}:{self.account.account_id}:alarm:{configuration['AlarmName']}"
        tags = {tag["Key"]: tag["Value"] for tag in request.get("Tags", [])}
        self.alarms.put(kind(configuration, arn, now, State.initial(now), tags))
        self.alarms_changed()

    def _switch_actions(self, names: Sequence[str], *, enabled: bool) -> None:
        for alarm in self._alarms_of(names):
            alarm.configuration["ActionsEnabled"] = enabled

    def _alarms_of(self, names: Sequence[str]) -> list[Alarm]:
        alarms = {name: self.alarms.get(name) for name in names}
        missing = [name for name, alarm in alarms.items() if alarm is None]
        if missing:
            raise AwsError("ResourceNotFound", f"Unknown alarm: {', '.join(missing)}", 404)
        return [alarm for alarm in alarms.values() if alarm is not None]

    def _check_unneeded(self, names: Sequence[str]) -> None:
        """No composite that stays may name one of them."""
        staying = [a for a in self.alarms.all() if isinstance(a, CompositeAlarm) and a.name not in names]
        needed = {name for composite in staying for name in composite.children}
        for name in names:
            if name in needed:
                reason = f"Cannot delete {name} as there are composite alarm(s) depending on it."
                raise AwsError("ValidationError", reason)

    def _tags(self, arn: str) -> dict[str, str]:
        for alarm in self.alarms.all():
            if alarm.arn == arn:
                return alarm.tags
        raise AwsError("ResourceNotFoundException", f"Unknown resource: {arn}", 404)


def _matches(alarm: Alarm, request: Params) -> bool:
    return (
        ("AlarmNames" not in request or alarm.name in request["AlarmNames"])
        and alarm.name.startswith(request.get("AlarmNamePrefix", ""))
        and request.get("StateValue") in (None, str(alarm.state.value))
        and _acts(alarm, request.get("ActionPrefix"))
    )


def _acts(alarm: Alarm, prefix: str | None) -> bool:
    actions = [action for key in ACTIONS.values() for action in alarm.configuration[key]]
    return prefix is None or any(action.startswith(prefix) for action in actions)


def _is_on(alarm: MetricAlarm, metric: Metric, request: Params) -> bool:
    configuration = alarm.configuration
    asked = ("Statistic", "ExtendedStatistic", "Period", "Unit")
    return (
        "Metrics" not in configuration
        and Metric.parse(configuration) == metric
        and all(request.get(key) in (None, configuration.get(key)) for key in asked)
    )


def _wanted(item: HistoryItem, request: Params) -> bool:
    first, last = request.get("StartDate"), request.get("EndDate")
    return (
        request.get("AlarmName") in (None, item.alarm)
        and item.kind in (request.get("AlarmTypes") or ["MetricAlarm"])
        and request.get("HistoryItemType") in (None, item.type)
        and _between(item.at, first, last)
    )


def _between(at: datetime, first: datetime | None, last: datetime | None) -> bool:
    return (first is None or at >= aware(first)) and (last is None or at <= aware(last))
