"""SOP 4.4: do the alarms say that all is well, and does anyone hear them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scripts.checks.alarm_findings import judge_alarms
from scripts.checks.context import Context
from scripts.checks.framework import check
from scripts.checks.pinned import EXECUTION_PERMISSIONS, never_run
from scripts.errors import PromisedResourceMissingError
from scripts.facts.alarms import read_alarms, read_firings
from scripts.results import Outcome, failed, passed
from scripts.text import count, listing

if TYPE_CHECKING:
    from mypy_boto3_sns.type_defs import SubscriptionTypeDef

PENDING = "PendingConfirmation"


@check(
    id="alarms",
    sop="4.4",
    title="CloudWatch alarms",
    why="An alarm that fired after the release and recovered is a finding; one that is missing cannot fire.",
    expected="Every promised alarm exists and is OK, and none has fired since the deployment ended",
    fix="Follow the alarm's runbook (the link is in its description), and decide whether to roll back.",
    permissions=(*EXECUTION_PERMISSIONS, "cloudwatch:DescribeAlarms", "cloudwatch:DescribeAlarmHistory"),
    runbook="docs/runbooks/incident-response.md",
)
def alarms(context: Context) -> Outcome:
    outputs = context.outputs
    promised = {*outputs.alarm_names, outputs.composite_alarm_name} - {""}
    found = read_alarms(context.aws.cloudwatch, f"{outputs.environment}-")
    missing = sorted(promised - {alarm.name for alarm in found})
    if missing or not promised:
        what = f"Missing: {listing(missing)}" if missing else "The Pulumi stack's outputs name no alarm"
        return failed(
            f"{what}; {len(promised) - len(missing)} of {count(len(promised), 'promised alarm')} exist.",
            fix=f"Run `pulumi up --stack {outputs.environment}`.",
            evidence={"missing": missing},
        )
    execution = context.execution
    if execution is None:
        return never_run(context)
    firings = read_firings(context.aws.cloudwatch, {alarm.name for alarm in found}, execution.started)
    return judge_alarms(
        found,
        firings,
        promised=promised,
        began=execution.started,
        deployed=context.deploy.ended or execution.ended,
        now=context.now,
    )


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
    found = _read(context)
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
        fix = f"Run `pulumi refresh` and {again} (a request that nobody confirms expires after about three days)."
        return failed("\n".join(lines), expected=expected, fix=fix, evidence=evidence)
    if pending:
        return failed(f"Not confirmed: {listing(pending)}.", expected=expected, evidence=evidence)
    return passed(f"Confirmed: {listing(outputs.alert_emails)}.", expected=expected, evidence=evidence)


def _read(context: Context) -> list[SubscriptionTypeDef]:
    client = context.aws.sns
    topic = context.outputs.topic_arn
    try:
        pages = client.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic)
        return [one for page in pages for one in page.get("Subscriptions", [])]
    except client.exceptions.NotFoundException:
        raise PromisedResourceMissingError(
            f"The topic {topic} does not exist.",
            f"Run `pulumi refresh` and `pulumi up --stack {context.outputs.environment}`.",
        ) from None


def _endpoint(subscription: SubscriptionTypeDef) -> str:
    return subscription.get("Endpoint", "").lower()


def _is_confirmed(subscription: SubscriptionTypeDef) -> bool:
    # AWS puts a word, PendingConfirmation or Deleted, where a confirmed subscription has its ARN
    return subscription.get("SubscriptionArn", "").startswith("arn:")
