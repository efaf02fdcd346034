"""SOP 4.4: does anyone hear the alarms: those who are to be told, and those who tell them, the topic and its key."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scripts.checks.alarm_definitions import deployed_again
from scripts.checks.context import Context
from scripts.checks.framework import check
from scripts.clients.failures import AWS_FAILURES
from scripts.errors import AwsAnswerError, PromisedResourceMissingError, UndeterminedError
from scripts.evidence.calls import carried
from scripts.facts.topic import Key, Topic, read_filter, read_key, read_subscriptions, read_topic
from scripts.results import Outcome, failed, passed
from scripts.text import listing
from sop.outputs import StackOutputs
from sop.policies import denials, policy_digest

if TYPE_CHECKING:
    from mypy_boto3_sns.type_defs import SubscriptionTypeDef

PENDING = "PendingConfirmation"
BY_MAIL = ("email", "email-json")
AMAZON_Q = "https://global.sns-api.chatbot.amazonaws.com"  # what a Slack channel subscribes as
CONFIRM = "Ask the recipient to follow the link in the mail `AWS Notification - Subscription Confirmation`."
LISTEN = "Save the channel's configuration again in Amazon Q's console, which subscribes it."
# What to type where the engine does not mend it: to it, a key that is to be deleted is gone.
REVIVE = {
    "Disabled": "aws kms enable-key {key}",
    "PendingDeletion": "aws kms cancel-key-deletion {key} && aws kms enable-key {key}",
}


@dataclass(frozen=True)
class Trouble:
    """Why an alert is not heard, and what mends it."""

    text: str
    fix: str


@check(
    id="subscriptions",
    sop="4.4",
    title="Alert subscriptions",
    why="Until the mail's recipient confirms, SNS drops every alert, and says nothing; so it does where a filter, the "
    "topic's policy or its key lets none through. What Amazon Q shows in Slack comes by a topic of its own.",
    expected="Every configured e-mail address has a confirmed subscription to the alerts topic, Amazon Q one to that "
    "for the chat, and whatever is published reaches them",
    fix=CONFIRM,
    permissions=(
        "sns:ListSubscriptionsByTopic",
        "sns:GetTopicAttributes",
        "sns:GetSubscriptionAttributes",
        "kms:DescribeKey",
        "kms:GetKeyPolicy",
    ),
    runbook="docs/runbooks/deployment.md",
)
def subscriptions(context: Context) -> Outcome:
    outputs = context.outputs
    if not outputs.alert_emails:
        fix = f"Configure an address for alerts, and run `pulumi up --stack {outputs.stack}`."
        return failed("No e-mail address is configured for alerts.", fix=fix)
    try:
        with ThreadPoolExecutor(4) as beside:
            reading: Callable[[str], Topic] = carried(lambda arn: read_topic(context.aws.sns, arn))
            topics = [(arn, beside.submit(reading, arn)) for arn in outputs.topics]
            chat = beside.submit(carried(_unheard_in_chat), context)
            key = beside.submit(carried(lambda arn: read_key(context.aws.kms, arn)), outputs.topic_key_arn)
            found = context.subscriptions
            heard = list(_unheard(found, outputs))
            try:
                muted = [trouble for arn, topic in topics for trouble in _muted(arn, topic.result(), outputs)]
                troubles = [*heard, *_filtered(context, found), *chat.result(), *muted, *_locked(key.result(), outputs)]
            except (PromisedResourceMissingError, UndeterminedError, *AWS_FAILURES):
                if not heard:
                    raise
                troubles = heard  # bad enough, whatever else there is
    except PromisedResourceMissingError as problem:
        return failed(problem.message, fix=deployed_again(outputs))
    expected = f"Confirmed: {listing(outputs.alert_emails)}"
    evidence = {
        "topic": outputs.topic_arn,
        "subscriptions": {_endpoint(one): one.get("SubscriptionArn", "") for one in found},
    }
    remarks = list(_others(found, outputs.alert_emails))
    if troubles:
        lines = [*(trouble.text for trouble in troubles), *remarks]
        fix = " ".join(dict.fromkeys(trouble.fix for trouble in troubles))
        return failed("\n".join(lines), expected=expected, fix=fix, evidence=evidence)
    return passed("\n".join([f"{expected}.", *remarks]), expected=expected, evidence=evidence)


def _unheard(found: Sequence[SubscriptionTypeDef], outputs: StackOutputs) -> Iterator[Trouble]:
    """Configured addresses that are not subscribed, or have not confirmed."""
    confirmed = {address for address, _ in _confirmed(found)}
    asked = {_endpoint(one) for one in found if _is_mail(one) and one.get("SubscriptionArn") == PENDING}
    wanted = {address.lower(): address for address in outputs.alert_emails}
    if absent := [address for key, address in wanted.items() if key not in asked | confirmed]:
        fix = f"{deployed_again(outputs)} {CONFIRM} A request that nobody confirms expires after 48 hours."
        yield Trouble(f"Not subscribed: {listing(absent)}.", fix)
    if pending := [address for key, address in wanted.items() if key in asked - confirmed]:
        yield Trouble(f"Not confirmed: {listing(pending)}.", CONFIRM)


def _filtered(context: Context, found: Sequence[SubscriptionTypeDef]) -> Iterator[Trouble]:
    """Configured addresses whose subscription lets only some alerts through; none was deployed so."""
    wanted = {address.lower() for address in context.outputs.alert_emails}
    heard = [(address, arn) for address, arn in _confirmed(found) if address in wanted]
    with ThreadPoolExecutor(8) as beside:
        filters = list(beside.map(carried(lambda one: read_filter(context.aws.sns, one[1])), heard))
    for (address, _), policy in zip(heard, filters, strict=True):
        if policy:
            text = f"The subscription of {address} has a filter policy, which was not deployed: {policy}"
            yield Trouble(text, deployed_again(context.outputs))


def _unheard_in_chat(context: Context) -> list[Trouble]:
    """That Amazon Q does not read the topic which is there for it alone; it confirms by itself."""
    topic = context.outputs.chat_topic_arn
    if topic is None:
        return []
    found = read_subscriptions(context.aws.sns, topic)
    if any(_endpoint(one).startswith(AMAZON_Q) and _is_confirmed(one) for one in found):
        return []
    text = f"Amazon Q does not read topic {topic.rpartition(':')[2]}: Slack hears of nothing."
    return [Trouble(text, f"{LISTEN} Its topics must have {topic}.")]


def _muted(arn: str, topic: Topic, outputs: StackOutputs) -> Iterator[Trouble]:
    """Why nobody could publish to the topic, as far as that differs from what was deployed."""
    name = arn.rpartition(":")[2]
    yield from _changed(f"The policy of topic {name}", topic.policy, outputs.topics[arn], outputs)
    if topic.key != outputs.topic_key_arn:
        text = f"Topic {name} is encrypted with {topic.key or 'no key'}, not with {outputs.topic_key_arn}."
        yield Trouble(text, deployed_again(outputs))


def _locked(key: Key, outputs: StackOutputs) -> Iterator[Trouble]:
    """Why nothing could be published, whatever the topics' policies say."""
    yield from _changed("The policy of the topic's key", key.policy, outputs.topic_key_policy_digest, outputs)
    if key.state != "Enabled":
        which = f"--key-id {outputs.topic_key_arn} --region {outputs.region}"
        revive = REVIVE.get(key.state, "aws kms describe-key {key}").format(key=which)
        yield Trouble(f"The topic's key is {key.state}: nothing can be published.", f"Run `{revive}`.")


def _changed(what: str, policy: str, deployed: str, outputs: StackOutputs) -> Iterator[Trouble]:
    try:
        if policy_digest(policy) == deployed:
            return
        denying = denials(policy)
    except ValueError as problem:
        raise AwsAnswerError(f"{what} cannot be read: {problem}.") from problem
    denied = f"; it denies something by statement {listing(denying)}" if denying else ""
    yield Trouble(f"{what} was changed after it was deployed{denied}.", deployed_again(outputs))


def _others(found: Sequence[SubscriptionTypeDef], wanted: Sequence[str]) -> Iterator[str]:
    """Who else is subscribed, or asked to."""
    known = {address.lower() for address in wanted}
    others = [one for one in found if _endpoint(one) not in known and not _endpoint(one).startswith(AMAZON_Q)]
    if hearing := [_named(one) for one in others if _is_confirmed(one)]:
        yield f"Subscribed, too, though not configured: {listing(hearing)}."
    if asked := [_named(one) for one in others if one.get("SubscriptionArn") == PENDING]:
        yield f"Not configured, and not confirmed: {listing(asked)}."


def _confirmed(found: Sequence[SubscriptionTypeDef]) -> list[tuple[str, str]]:
    """Address and ARN of each confirmed subscription by mail."""
    return [(_endpoint(one), one.get("SubscriptionArn", "")) for one in found if _is_mail(one) and _is_confirmed(one)]


def _named(subscription: SubscriptionTypeDef) -> str:
    return f"{subscription.get('Endpoint', 'somebody')} ({subscription.get('Protocol', 'unknown')})"


def _endpoint(subscription: SubscriptionTypeDef) -> str:
    return subscription.get("Endpoint", "").lower()


def _is_mail(subscription: SubscriptionTypeDef) -> bool:
    return subscription.get("Protocol") in BY_MAIL


def _is_confirmed(subscription: SubscriptionTypeDef) -> bool:
    # AWS puts a word, PendingConfirmation or Deleted, where a confirmed subscription has its ARN
    return subscription.get("SubscriptionArn", "").startswith("arn:")
