"""Faults of what is there and is not what was deployed: alarms, topic and subscriptions that somebody changed."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from sandbox.aws.cloudwatch.alarm import Alarm, MetricAlarm
from sandbox.aws.cloudwatch.evaluation import StateValue
from sandbox.faults.fault import Active, Fault, FaultError, Taken, Undo
from sandbox.faults.monitoring import FOREVER, first_alarm, subscriptions, topic
from sop.names import Environment

if TYPE_CHECKING:
    from sandbox.core.account import Account

Begin = Callable[["Account", Active], Undo]
Pick = Callable[["Account", Environment], Alarm]


def _composite(account: Account, environment: Environment) -> Alarm:
    found = account.service("cloudwatch").alarms.get(account.configured.of(environment).names.composite_alarm)
    if found is None:
        raise FaultError(f"{environment} has no alarms yet; `pulumi up` makes them")
    return found


def _changed(pick: Pick, **changes: Any) -> Begin:
    """Configure an alarm anew, as its page in the console does."""

    def begin(account: Account, active: Active) -> Undo:
        cloudwatch = account.service("cloudwatch")
        before = pick(account, active.environment)
        put = cloudwatch.put_metric_alarm if isinstance(before, MetricAlarm) else cloudwatch.put_composite_alarm
        put({**before.configuration, **changes})
        after = cloudwatch.alarms.get(before.name)

        def restore() -> None:
            if cloudwatch.alarms.get(before.name) is after:  # else somebody has put it right, or deleted it
                cloudwatch.alarms.restore(before)

        return restore

    return begin


def _stranger(account: Account, active: Active) -> Undo:
    cloudwatch = account.service("cloudwatch")
    name = f"{account.configured.of(active.environment).names.alarm_prefix}by-hand"
    like = first_alarm(account, active.environment).configuration
    cloudwatch.put_metric_alarm({**like, "AlarmName": name, "AlarmActions": [], "OKActions": []})
    cloudwatch.alarms.set_state(name, StateValue.ALARM, "Set by hand (sandbox fault)", None)
    cloudwatch.alarms.get(name).held_until = FOREVER

    def remove() -> None:
        if cloudwatch.alarms.get(name) is not None:
            cloudwatch.delete_alarms({"AlarmNames": [name]})

    return remove


def _filter(account: Account, active: Active) -> Undo:
    """A filter that no alert passes: they have no attributes."""
    sns = account.service("sns")
    with Taken() as taken:
        for each in subscriptions(account, active.environment):
            matcher = each._filter_policy_matcher
            taken.add(f"the subscription of {each.endpoint}", partial(_unfilter, each, dict(each.attributes), matcher))
            policy = {"AttributeName": "FilterPolicy", "AttributeValue": json.dumps({"severity": ["high"]})}
            sns.set_subscription_attributes({"SubscriptionArn": each.arn, **policy})
    return taken


def _unfilter(subscription: Any, attributes: dict[str, Any], matcher: Any) -> None:
    subscription.attributes.clear()
    subscription.attributes.update(attributes)
    subscription._filter_policy_matcher = matcher


def _deny(account: Account, active: Active) -> Undo:
    arn = topic(account, active.environment)
    before = _policy(account, arn)
    policy = json.loads(before)
    denial = {"Sid": "Quiet", "Effect": "Deny", "Principal": "*", "Action": "sns:Publish", "Resource": arn}
    _set_policy(account, arn, json.dumps({**policy, "Statement": [*policy["Statement"], denial]}))
    changed = _policy(account, arn)

    def restore() -> None:
        if _policy(account, arn) == changed:  # else somebody has put it right
            _set_policy(account, arn, before)

    return restore


def _policy(account: Account, arn: str) -> str:
    return account.service("sns").get_topic_attributes({"TopicArn": arn})["Attributes"]["Policy"]


def _set_policy(account: Account, arn: str, policy: str) -> None:
    request = {"TopicArn": arn, "AttributeName": "Policy", "AttributeValue": policy}
    account.service("sns").set_topic_attributes(request)


FAULTS = (
    Fault("alarm-threshold-raised", "an alarm's threshold was raised by hand", "alarms",
          _changed(first_alarm, Threshold=1e6)),
    Fault("alarm-actions-removed", "an alarm tells nobody any more", "alarms",
          _changed(first_alarm, AlarmActions=[], OKActions=[])),
    Fault("alarm-actions-disabled", "the composite alarm's actions were disabled", "alarms",
          _changed(_composite, ActionsEnabled=False)),
    Fault("composite-alarm-never", "the composite alarm's rule was set to FALSE", "alarms",
          _changed(_composite, AlarmRule="FALSE")),
    Fault("alarm-of-others", "an alarm that nobody deployed is in ALARM", "alarms", _stranger),
    Fault("subscription-filtered", "a filter keeps every alert from the subscribers", "subscriptions", _filter),
    Fault("topic-policy-denies", "the topic's policy lets nobody publish", "subscriptions", _deny),
)  # fmt: skip
