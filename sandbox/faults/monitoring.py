"""Faults of alarms, dashboards and subscriptions."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from moto.sns.models import Subscription, sns_backends

from sandbox.aws.cloudwatch.alarm import Alarm, MetricAlarm
from sandbox.aws.cloudwatch.evaluation import StateValue
from sandbox.faults.fault import Active, Fault, FaultError, GoneError, Taken, Undo
from sop.names import Environment

if TYPE_CHECKING:
    from sandbox.aws.cloudwatch.alarms import Alarms
    from sandbox.core.account import Account

FOREVER = math.inf


def first_alarm(account: Account, environment: Environment) -> MetricAlarm:
    """The environment's alarm that the faults of alarms concern: its first by name."""
    alarms: Sequence[Alarm] = account.service("cloudwatch").alarms.all()
    prefix = account.configured.of(environment).names.alarm_prefix
    for alarm in alarms:
        if isinstance(alarm, MetricAlarm) and alarm.name.startswith(prefix):
            return alarm
    raise FaultError(f"{environment} has no alarm yet; `pulumi up` makes them")


def _held(state: StateValue) -> Any:
    """Hold an alarm in a state, as someone does who sets it by hand again and again."""

    def begin(account: Account, active: Active) -> Undo:
        alarms = account.service("cloudwatch").alarms
        alarm = first_alarm(account, active.environment)
        alarms.set_state(alarm.name, state, "Set by hand (sandbox fault)", None)
        alarm.held_until = FOREVER
        with Taken() as taken:
            taken.add(f"alarm {alarm.name}", lambda: _release(alarms, alarm))
        return taken

    return begin


def _release(alarms: Alarms, alarm: Alarm) -> None:
    if alarms.get(alarm.name) is None:
        raise GoneError("it has been deleted since")
    alarms.release(alarm.name)


def _fire_and_recover(account: Account, active: Active) -> Undo:
    alarms = account.service("cloudwatch").alarms
    alarm = first_alarm(account, active.environment)
    before = alarm.state
    alarms.set_state(alarm.name, StateValue.ALARM, "Set by hand (sandbox fault)", None)
    alarms.set_state(alarm.name, before.value, before.reason, before.data)
    alarms.release(alarm.name)
    return lambda: None


def _delete_alarm(account: Account, active: Active) -> Undo:
    alarms = account.service("cloudwatch").alarms
    alarm = first_alarm(account, active.environment)
    alarms.delete(alarm.name)

    def restore() -> None:
        if alarms.get(alarm.name) is None:  # else somebody has made it anew, and that one stays
            alarms.restore(alarm)

    return restore


def _delete_dashboard(account: Account, active: Active) -> Undo:
    return _dashboard(account, active.environment, None)


def _change_dashboard(account: Account, active: Active) -> Undo:
    widget = {"type": "text", "x": 0, "y": 0, "width": 24, "height": 1, "properties": {"markdown": "Changed by hand"}}
    return _dashboard(account, active.environment, json.dumps({"widgets": [widget]}))


def _dashboard(account: Account, environment: Environment, body: str | None) -> Undo:
    """Replace the environment's dashboard, or delete it."""
    cloudwatch = account.service("cloudwatch")
    name = account.configured.of(environment).names.dashboard
    if not cloudwatch.list_dashboards({"DashboardNamePrefix": name})["DashboardEntries"]:
        raise FaultError(f"{environment} has no dashboard; `pulumi up` makes it")
    before = cloudwatch.get_dashboard({"DashboardName": name})["DashboardBody"]
    if body is None:
        cloudwatch.delete_dashboards({"DashboardNames": [name]})
    else:
        cloudwatch.put_dashboard({"DashboardName": name, "DashboardBody": body})

    def restore() -> None:
        there = cloudwatch.list_dashboards({"DashboardNamePrefix": name})["DashboardEntries"]
        now = cloudwatch.get_dashboard({"DashboardName": name})["DashboardBody"] if there else None
        if now in (None, body):  # else somebody has made it anew, and that one stays
            cloudwatch.put_dashboard({"DashboardName": name, "DashboardBody": before})

    return restore


def topic(account: Account, environment: Environment) -> str:
    """The ARN of the environment's alerts topic. Raises FaultError if there is none."""
    arn = _topic_arn(account, environment)
    if arn not in sns_backends[account.account_id][account.region].topics:
        raise FaultError(f"{environment} has no alerts topic yet; `pulumi up` makes it")
    return arn


def _topic_arn(account: Account, environment: Environment) -> str:
    return f"arn:aws:sns:{account.region}:{account.account_id}:{account.configured.of(environment).names.topic}"


def subscriptions(account: Account, environment: Environment) -> list[Subscription]:
    """Those to the environment's alerts topic. Raises FaultError if there is none."""
    found: list[Subscription] = account.service("sns").subscriptions(_topic_arn(account, environment))
    if not found:
        raise FaultError(f"{environment} has no subscription yet; `pulumi up` makes it")
    return found


def _unconfirm(account: Account, active: Active) -> Undo:
    sns = account.service("sns")

    def confirm(subscription: Subscription) -> None:
        _subscribe(account, subscription)  # where SNS deleted it because nobody confirmed
        sns.confirm(subscription.arn)

    with Taken() as taken:
        for each in subscriptions(account, active.environment):
            if each not in sns.pending():
                taken.add(f"the subscription of {each.endpoint}", partial(confirm, each))
                sns.make_pending(each.arn)
    return taken


def _unsubscribe(account: Account, active: Active) -> Undo:
    with Taken() as taken:
        for each in subscriptions(account, active.environment):
            taken.add(f"the subscription of {each.endpoint}", partial(_subscribe, account, each))
            del _subscribed(account)[each.arn]
    return taken


def _subscribe(account: Account, subscription: Subscription) -> None:
    subscribed = _subscribed(account)
    if subscription.topic.arn not in sns_backends[account.account_id][account.region].topics:
        raise GoneError("its topic has been deleted since")
    if _addressed(subscription) not in map(_addressed, subscribed.values()):  # else somebody has done it anew
        subscribed[subscription.arn] = subscription


def _subscribed(account: Account) -> dict[str, Subscription]:
    """Every subscription by its ARN, as it is kept."""
    return sns_backends[account.account_id][account.region].subscriptions


def _addressed(subscription: Subscription) -> tuple[str, str, str]:
    return subscription.topic.arn, subscription.protocol, subscription.endpoint


FAULTS = (
    Fault("alarm-firing", "an alarm is in ALARM, set by hand", "alarms", _held(StateValue.ALARM)),
    Fault("alarm-fired-and-recovered", "an alarm was in ALARM a moment ago", "alarms", _fire_and_recover),
    Fault(
        "alarm-insufficient-data",
        "an alarm is in INSUFFICIENT_DATA, set by hand",
        "alarms",
        _held(StateValue.INSUFFICIENT_DATA),
    ),
    Fault("alarm-missing", "an alarm was deleted", "alarms", _delete_alarm),
    Fault("dashboard-missing", "the dashboard was deleted", "dashboard", _delete_dashboard),
    Fault("dashboard-changed", "somebody emptied the dashboard", "dashboard", _change_dashboard),
    Fault("subscription-pending", "the e-mail subscriptions wait for confirmation", "subscriptions", _unconfirm),
    Fault("subscription-none", "nobody is subscribed", "subscriptions", _unsubscribe),
)
