"""SNS: moto's topics and subscriptions, with e-mail that waits for a person and policies that are looked at."""

from __future__ import annotations

import json
import logging
import uuid
from typing import TYPE_CHECKING, Any

from moto.sns.models import SNSBackend, Subscription, sns_backends

from sandbox.aws.service import AwsError, Params, Service
from sandbox.aws.sns.access import allows
from sandbox.core.outbox import Message

if TYPE_CHECKING:
    from sandbox.core.account import Account

PENDING = "PendingConfirmation"
CONFIRMED_BY_A_PERSON = ("email", "email-json")
CONFIRMED_BY_THE_ENDPOINT = ("http", "https")
CHATBOT_ENDPOINT = "https://global.sns-api.chatbot.amazonaws.com"  # confirms by itself
BATCH = 10

log = logging.getLogger("sandbox.sns")


class Sns(Service):
    """What moto leaves out: pending subscriptions, delivery of e-mail, access of AWS services."""

    name = "sns"
    moto_fallback = True

    def __init__(self, account: Account) -> None:
        super().__init__(account)
        self._tokens: dict[str, str] = {}  # pending subscription's ARN -> confirmation token

    @property
    def _backend(self) -> SNSBackend:
        return sns_backends[self.account.account_id][self.account.region]

    def subscribe(self, request: Params) -> Params:
        protocol, endpoint = request["Protocol"], request.get("Endpoint", "")
        if protocol in CONFIRMED_BY_A_PERSON and "@" not in endpoint:
            raise AwsError("InvalidParameter", "Invalid parameter: Email address")
        known = set(self._backend.subscriptions)
        arn = self.call_moto("Subscribe", {**request, "ReturnSubscriptionArn": True})["SubscriptionArn"]
        if _waits_for_confirmation(protocol, endpoint) and (arn not in known or arn in self._tokens):
            self.make_pending(arn)
        shown = arn if request.get("ReturnSubscriptionArn") or arn not in self._tokens else "pending confirmation"
        return {"SubscriptionArn": shown}

    def confirm_subscription(self, request: Params) -> Params:
        for subscription in self.pending():
            expected = (subscription.topic.arn, self._tokens[subscription.arn])
            if (request["TopicArn"], request["Token"]) == expected:
                self.confirm(subscription.arn)
                return {"SubscriptionArn": subscription.arn}
        raise AwsError("InvalidParameter", "Invalid parameter: Token")

    def unsubscribe(self, request: Params) -> None:
        if request["SubscriptionArn"] in (PENDING, *self._tokens):
            raise AwsError(
                "InvalidParameter",
                "Invalid parameter: SubscriptionArn Reason: Cannot unsubscribe a subscription that is pending "
                "confirmation",
            )
        self.call_moto("Unsubscribe", request)

    def list_subscriptions(self, request: Params) -> Params:
        return self._with_pending(self.call_moto("ListSubscriptions", request))

    def list_subscriptions_by_topic(self, request: Params) -> Params:
        return self._with_pending(self.call_moto("ListSubscriptionsByTopic", request))

    def get_subscription_attributes(self, request: Params) -> Params:
        answer = self.call_moto("GetSubscriptionAttributes", request)
        pending = request["SubscriptionArn"] in self._tokens
        answer["Attributes"][PENDING] = str(pending).lower()
        answer["Attributes"]["ConfirmationWasAuthenticated"] = "false"
        return answer

    def get_topic_attributes(self, request: Params) -> Params:
        answer = self.call_moto("GetTopicAttributes", request)
        arns = [sub.arn for sub in self.subscriptions(request["TopicArn"])]
        pending = sum(arn in self._tokens for arn in arns)
        answer["Attributes"] |= {
            "SubscriptionsPending": str(pending),
            "SubscriptionsConfirmed": str(len(arns) - pending),
        }
        return answer

    def publish(self, request: Params) -> Params:
        answer = self.call_moto("Publish", request)
        if topic := request.get("TopicArn") or request.get("TargetArn"):
            self._deliver(topic, request)
        return answer

    def publish_batch(self, request: Params) -> Params:
        entries = request["PublishBatchRequestEntries"]
        if len(entries) > BATCH:
            raise AwsError("TooManyEntriesInBatchRequest", "The batch request contains more entries than permissible.")
        sent = [
            {"Id": entry["Id"], **self.publish({"TopicArn": request["TopicArn"], **_without_id(entry)})}
            for entry in entries
        ]
        return {"Successful": sent, "Failed": []}

    def publish_as_service(
        self, principal: str, topic_arn: str, *, subject: str, message: str, source_arn: str
    ) -> str | None:
        """Publish as CloudWatch or EventBridge do, if topic and key let them. The error, or None.

        EventBridge keeps such an error to itself; CloudWatch writes it into the alarm's history.
        """
        error = self._refusal(principal, topic_arn, source_arn)
        if error:
            log.warning("not published to %s: %s", topic_arn, error)
            return error
        self.publish({"TopicArn": topic_arn, "Subject": subject[:99], "Message": message})
        return None

    def subscriptions(self, topic_arn: str | None = None) -> list[Subscription]:
        """The subscriptions, pending ones too."""
        every = list(self._backend.subscriptions.values())
        return [sub for sub in every if topic_arn in (None, sub.topic.arn)]

    def pending(self) -> list[Subscription]:
        return [sub for sub in self.subscriptions() if sub.arn in self._tokens]

    def make_pending(self, arn: str) -> None:
        """Send (again) the message that asks to confirm."""
        subscription = self._subscription(arn)
        token = self._tokens.setdefault(arn, uuid.uuid4().hex)
        region = self.account.region
        link = (
            f"https://sns.{region}.amazonaws.com/confirmation.html"
            f"?TopicArn={subscription.topic.arn}&Token={token}&Endpoint={subscription.endpoint}"
        )
        body = (
            f"You have chosen to subscribe to the topic:\n{subscription.topic.arn}\n\n"
            f"To confirm this subscription, visit: {link}\n(here: sandbox confirm {subscription.endpoint})"
        )
        if subscription.protocol in CONFIRMED_BY_A_PERSON:
            self._mail(subscription, "AWS Notification - Subscription Confirmation", body)

    def confirm(self, arn: str) -> None:
        """Confirm a pending subscription, as following the link does."""
        self._tokens.pop(arn, None)

    def _with_pending(self, answer: Params) -> Params:
        for subscription in answer["Subscriptions"]:
            if subscription["SubscriptionArn"] in self._tokens:
                subscription["SubscriptionArn"] = PENDING
        return answer

    def _subscription(self, arn: str) -> Subscription:
        return self._backend.subscriptions[arn]

    def _deliver(self, topic_arn: str, request: Params) -> None:
        for subscription in self.subscriptions(topic_arn):
            if subscription.protocol in CONFIRMED_BY_A_PERSON and subscription.arn not in self._tokens:
                matcher = subscription._filter_policy_matcher
                if matcher is None or matcher.matches(_attributes(request), request["Message"]):
                    subject = request.get("Subject") or "AWS Notification Message"
                    self._mail(subscription, subject, _text(request, subscription.protocol))

    def _mail(self, subscription: Subscription, subject: str, body: str) -> None:
        self.account.outbox.add(
            Message(
                "email",
                subscription.endpoint,
                body,
                subject=subject,
                source=subscription.topic.arn,
                at=self.account.clock.now(),
            )
        )

    def _refusal(self, principal: str, topic_arn: str, source_arn: str) -> str | None:
        topic = self._backend.topics.get(topic_arn)
        if topic is None:
            return f"Topic does not exist: {topic_arn}"
        context = {
            "aws:sourceaccount": self.account.account_id,
            "aws:sourcearn": source_arn,
            "aws:securetransport": "true",
        }
        if principal == "cloudwatch.amazonaws.com":
            context["aws:sourceowner"] = self.account.account_id  # why a topic's default policy lets alarms in
        if not allows(json.loads(topic.policy), principal, "sns:Publish", context):
            return f"Resource: {source_arn} is not authorized to perform: SNS:Publish on resource: {topic_arn}"
        key = topic.kms_master_key_id
        if key and not self._key_usable(key, principal, context):
            return f"Null AccessDenied: {principal} may not use the key {key} (KMS)"
        return None

    def _key_usable(self, key: str, principal: str, context: dict[str, str]) -> bool:
        if key.endswith("alias/aws/sns"):  # its policy knows no other services and cannot be changed
            return False
        kms: Any = self.account.client("kms", past_us=True)
        key_id = kms.describe_key(KeyId=key)["KeyMetadata"]["KeyId"]
        policy = json.loads(kms.get_key_policy(KeyId=key_id, PolicyName="default")["Policy"])
        return all(allows(policy, principal, action, context) for action in ("kms:GenerateDataKey", "kms:Decrypt"))


def _waits_for_confirmation(protocol: str, endpoint: str) -> bool:
    if endpoint.startswith(CHATBOT_ENDPOINT):
        return False
    return protocol in (*CONFIRMED_BY_A_PERSON, *CONFIRMED_BY_THE_ENDPOINT)


def _text(request: Params, protocol: str) -> str:
    if request.get("MessageStructure") != "json":
        return request["Message"]
    by_protocol = json.loads(request["Message"])
    return by_protocol.get(protocol) or by_protocol["default"]


def _attributes(request: Params) -> Params:
    """A message's attributes in moto's own form, which its filter policies look at."""
    return {
        name: {"Type": each["DataType"], "Value": each.get("StringValue") or each.get("BinaryValue")}
        for name, each in request.get("MessageAttributes", {}).items()
    }


def _without_id(entry: Params) -> Params:
    return {key: value for key, value in entry.items() if key != "Id"}
