"""SOP 4.4: do the alarms say that all is well, and does anyone hear them."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from functools import partial
from typing import TYPE_CHECKING

from scripts.checks.alarm_findings import judge_alarms, judge_states
from scripts.checks.alarm_origin import Origins, past_firings
from scripts.checks.context import Context
from scripts.checks.framework import check
from scripts.checks.pinned import EXECUTION_PERMISSIONS, never_run
from scripts.clients.failures import AWS_FAILURES, AwsFailure, translate
from scripts.errors import PromisedResourceMissingError, UndeterminedError
from scripts.facts.alarms import Alarm, read_alarms
from scripts.results import Outcome, Status, failed, passed
from scripts.text import count, listing

if TYPE_CHECKING:
    from mypy_boto3_sns.type_defs import SubscriptionTypeDef

ALARM_PERMISSIONS = (*EXECUTION_PERMISSIONS, "cloudwatch:DescribeAlarms", "cloudwatch:DescribeAlarmHistory")
PENDING = "PendingConfirmation"


@check(
    id="alarms",
    sop="4.4",
    title="CloudWatch alarms",
    why="An alarm that fired after the release and recovered is a finding; one that is missing cannot fire.",
    expected="Every promised alarm exists and is OK, and none has fired since the deployment ended",
    fix="Follow the alarm's runbook (the link is in its description), and decide whether to roll back.",
    permissions=ALARM_PERMISSIONS,
    runbook="docs/runbooks/incident-response.md",
)
def alarms(context: Context) -> Outcome:
    outputs = context.outputs
    promised = {*outputs.alarm_names, outputs.composite_alarm_name} - {""}
    found = read_alarms(context.aws.cloudwatch, _prefix(context))
    missing = sorted(promised - {alarm.name for alarm in found})
    if missing or not promised:
        what = f"Missing: {listing(missing)}" if missing else "The Pulumi stack's outputs name no alarm"
        return failed(
            f"{what}; {len(promised) - len(missing)} of {count(len(promised), 'promised alarm')} exist.",
            fix=f"Run `pulumi up --stack {outputs.environment}`.",
            evidence={"missing": missing},
        )
    try:
        return _judge_since_deployment(context, found, promised)
    except (UndeterminedError, *AWS_FAILURES) as problem:
        if (known := judge_states(found, _cause(problem), promised=promised)) is None:
            raise
        return known


def _prefix(context: Context) -> str:
    return f"{context.outputs.environment}-"


def _judge_since_deployment(context: Context, found: Sequence[Alarm], promised: AbstractSet[str]) -> Outcome:
    execution = context.execution
    if execution is None:
        return never_run(context)
    deployed = context.deploy.ended or execution.ended
    judge = partial(
        judge_alarms,
        found,
        origin=Origins(context, execution, deployed).of,
        promised=promised,
        deployed=deployed,
        now=context.now,
    )
    try:
        past = past_firings(context, [alarm for alarm in found if alarm.name in promised], execution.started)
    except (UndeterminedError, *AWS_FAILURES) as problem:
        known = judge([], unread=_cause(problem))
        if known.status is not Status.FAIL:
            raise
        return known
    return judge(past)


def _cause(problem: UndeterminedError | AwsFailure) -> str:
    known = problem if isinstance(problem, UndeterminedError) else translate(problem, ALARM_PERMISSIONS)
    return known.message


@check(
    id="subscriptions",
    sop="4.4",
    title="Alert subscriptions",
    why="Until the mail's recipient confirms, SNS drops every alert, and says nothing.",
    expected="Every configured e-mail address has a confirmed subscription to the alerts topic",
    fix="Ask the recipient to follow the link in the mail `AWS Notification - Subscription Confirmation`.",
    permissions=("sns:ListSubscriptionsByTopic",),
    runbook="docs/runbooks/deployment.md",
)
def subscriptions(context: Context) -> Outcome:
    outputs = context.outputs
    again = f"`pulumi up --stack {outputs.environment}`"
    if not outputs.alert_emails:
        fix = f"Configure an address for alerts, and run {again}."
        return failed("No e-mail address is configured for alerts.", fix=fix)
    try:
        found = context.subscriptions
    except PromisedResourceMissingError as problem:
        return failed(problem.message, fix=f"Run `pulumi refresh` and {again}.")
    evidence = {
        "topic": outputs.topic_arn,
        "subscriptions": {_endpoint(one): one.get("SubscriptionArn", "") for one in found},
    }
    by_mail = [one for one in found if one.get("Protocol") in ("email", "email-json")]
    confirmed = {_endpoint(one) for one in by_mail if _is_confirmed(one)}
    asked = {_endpoint(one) for one in by_mail if one.get("SubscriptionArn") == PENDING}
    wanted = {address.lower(): address for address in outputs.alert_emails}
    pending = [address for key, address in wanted.items() if key in asked - confirmed]
    absent = [address for key, address in wanted.items() if key not in asked | confirmed]
    expected = f"Confirmed: {listing(outputs.alert_emails)}"
    if absent:
        lines = [f"Not subscribed: {listing(absent)}."]
        lines += [f"Not confirmed: {listing(pending)}."] if pending else []
        fix = f"Run `pulumi refresh` and {again} (a request that nobody confirms expires after 48 hours)."
        return failed("\n".join(lines), expected=expected, fix=fix, evidence=evidence)
    if pending:
        return failed(f"Not confirmed: {listing(pending)}.", expected=expected, evidence=evidence)
    return passed(f"Confirmed: {listing(outputs.alert_emails)}.", expected=expected, evidence=evidence)


def _endpoint(subscription: SubscriptionTypeDef) -> str:
    return subscription.get("Endpoint", "").lower()


def _is_confirmed(subscription: SubscriptionTypeDef) -> bool:
    # AWS puts a word, PendingConfirmation or Deleted, where a confirmed subscription has its ARN
    return subscription.get("SubscriptionArn", "").startswith("arn:")
