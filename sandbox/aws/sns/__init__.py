"""SNS: moto's topics and subscriptions, with e-mail that waits for a person and policies that are looked at."""

from __future__ import annotations

import json
import logging
import re
import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from moto.sns.models import SNSBackend, Subscription, Topic, sns_backends

from sandbox.aws.paging import page
from sandbox.aws.service import AwsError, Params, Service, UnsupportedError
from sandbox.aws.sns.checks import (
    CONFIRMED_BY_A_PERSON,
    CONFIRMED_BY_THE_ENDPOINT,
    as_attributes,
    check_arn,
    check_endpoint,
    check_subscription_attribute,
    check_tags,
    check_topic_attribute,
    check_topic_name,
    invalid,
    not_found,
)
from sandbox.aws.sns.messages import attributes, check_batch, check_message, text
from sandbox.aws.sns.publishers import refusal
from sandbox.core.outbox import Message

if TYPE_CHECKING:
    from sandbox.core.account import Account

PENDING = "PendingConfirmation"
CHATBOT_ENDPOINT = "https://global.sns-api.chatbot.amazonaws.com"  # confirms by itself
CONFIRMED_WITHIN = timedelta(hours=48)  # then SNS deletes the subscription
PAGE = 100
_SUBSCRIPTION_COLONS = 6
_TOKEN = re.compile(r"[0-9a-f]{32,}")

log = logging.getLogger("sandbox.sns")


class Sns(Service):
    """What moto leaves out: pending subscriptions, delivery of e-mail, access of AWS services."""

    name = "sns"

    def __init__(self, account: Account) -> None:
        super().__init__(account)
        self._tokens: dict[str, str] = {}  # pending subscription's ARN -> confirmation token
        self._pending_since: dict[str, datetime] = {}

    @property
    def _backend(self) -> SNSBackend:
        """moto's, without the subscriptions that nobody confirmed in time."""
        backend = sns_backends[self.account.account_id][self.account.region]
        late = self.account.clock.now() - CONFIRMED_WITHIN
        for arn in [arn for arn in list(self._tokens) if self._pending_since[arn] <= late]:
            self._tokens.pop(arn, None)
            backend.subscriptions.pop(arn, None)
        return backend

    def create_topic(self, request: Params) -> Params:
        name, attributes, tags = request["Name"], request.get("Attributes", {}), request.get("Tags", [])
        check_topic_name(name, attributes)
        given = {key: value for key, value in attributes.items() if key != "FifoTopic"}
        try:
            for key, value in given.items():
                check_topic_attribute(key, value)
        except AwsError as error:
            raise as_attributes(error) from error
        check_tags(tags)
        arn = f"arn:aws:sns:{self.account.region}:{self.account.account_id}:{name}"
        if arn in self._backend.topics:
            self._check_same(arn, given, tags)
            return {"TopicArn": arn}
        return self.call_moto("CreateTopic", {"Name": name, "Attributes": given, "Tags": tags})

    def list_topics(self, request: Params) -> Params:
        shown, more = page(list(self._backend.topics), request.get("NextToken"), PAGE)
        return {"Topics": [{"TopicArn": arn} for arn in shown], **more}

    def delete_topic(self, request: Params) -> None:
        self._check_arn(request["TopicArn"])
        if request["TopicArn"] in self._backend.topics:
            for subscription in self.subscriptions(request["TopicArn"]):
                self._tokens.pop(subscription.arn, None)
            self.call_moto("DeleteTopic", request)

    def set_topic_attributes(self, request: Params) -> None:
        self._topic(request["TopicArn"])
        request = {"AttributeValue": "", **request}
        check_topic_attribute(request["AttributeName"], request["AttributeValue"])
        self.call_moto("SetTopicAttributes", request)

    def add_permission(self, request: Params) -> None:
        self._topic(request["TopicArn"])
        self.call_moto("AddPermission", request)

    def remove_permission(self, request: Params) -> None:
        self._topic(request["TopicArn"])
        self.call_moto("RemovePermission", request)

    def tag_resource(self, request: Params) -> None:
        check_tags(request["Tags"])
        self.call_moto("TagResource", request)

    def untag_resource(self, request: Params) -> None:
        self.call_moto("UntagResource", request)

    def list_tags_for_resource(self, request: Params) -> Params:
        return self.call_moto("ListTagsForResource", request)

    def subscribe(self, request: Params) -> Params:
        protocol, endpoint, attributes = request["Protocol"], request.get("Endpoint", ""), request.get("Attributes", {})
        self._check_arn(request["TopicArn"])
        check_endpoint(protocol, endpoint)
        try:
            for key, value in attributes.items():
                check_subscription_attribute(key, value, protocol)
        except AwsError as error:
            raise as_attributes(error) from error
        self._topic(request["TopicArn"])
        known = self._same_subscription(request["TopicArn"], protocol, endpoint)
        if known is not None and any(
            _canonical(str(known.attributes.get(key))) != _canonical(value) for key, value in attributes.items()
        ):
            raise invalid("Attributes Reason: Subscription already exists with different attributes")
        arn = self.call_moto("Subscribe", {**request, "ReturnSubscriptionArn": True})["SubscriptionArn"]
        if _waits_for_confirmation(protocol, endpoint) and (known is None or arn in self._tokens):
            self.make_pending(arn)
        shown = arn if request.get("ReturnSubscriptionArn") or arn not in self._tokens else "pending confirmation"
        return {"SubscriptionArn": shown}

    def confirm_subscription(self, request: Params) -> Params:
        try:
            self._check_arn(request["TopicArn"])
        except AwsError:
            raise invalid("Topic") from None
        for subscription in self.pending():
            expected = (subscription.topic.arn, self._tokens[subscription.arn])
            if (request["TopicArn"], request["Token"]) == expected:
                self.confirm(subscription.arn)
                return {"SubscriptionArn": subscription.arn}
        if not _TOKEN.fullmatch(request["Token"]):
            raise AwsError("InvalidParameter", "Invalid token")
        raise invalid("Token")

    def unsubscribe(self, request: Params) -> None:
        arn = request["SubscriptionArn"]
        check_arn(arn, "SubscriptionArn", self.account.account_id, self.account.region)
        if arn.count(":") < _SUBSCRIPTION_COLONS:
            raise invalid("SubscriptionId")
        known = arn in self._backend.subscriptions
        if arn in self._tokens:
            raise invalid("SubscriptionArn Reason: Cannot unsubscribe a subscription that is pending confirmation")
        if known:
            self.call_moto("Unsubscribe", request)

    def list_subscriptions(self, request: Params) -> Params:
        return self._listed(self.subscriptions(), request)

    def list_subscriptions_by_topic(self, request: Params) -> Params:
        self._topic(request["TopicArn"])
        return self._listed(self.subscriptions(request["TopicArn"]), request)

    def set_subscription_attributes(self, request: Params) -> None:
        subscription = self._subscription(request["SubscriptionArn"])
        request = {"AttributeValue": "", **request}
        check_subscription_attribute(request["AttributeName"], request["AttributeValue"], subscription.protocol)
        self.call_moto("SetSubscriptionAttributes", request)

    def get_subscription_attributes(self, request: Params) -> Params:
        self._subscription(request["SubscriptionArn"])
        answer = self.call_moto("GetSubscriptionAttributes", request)
        pending = request["SubscriptionArn"] in self._tokens
        answer["Attributes"][PENDING] = str(pending).lower()
        answer["Attributes"]["ConfirmationWasAuthenticated"] = "false"
        return answer

    def get_topic_attributes(self, request: Params) -> Params:
        self._topic(request["TopicArn"])
        answer = self.call_moto("GetTopicAttributes", request)
        arns = [sub.arn for sub in self.subscriptions(request["TopicArn"])]
        pending = sum(arn in self._tokens for arn in arns)
        answer["Attributes"] |= {
            "SubscriptionsPending": str(pending),
            "SubscriptionsConfirmed": str(len(arns) - pending),
        }
        return answer

    def publish(self, request: Params) -> Params:
        if "PhoneNumber" in request:
            raise UnsupportedError("The sandbox does not send text messages; AWS does.")
        arn = request.get("TopicArn", request.get("TargetArn"))
        if arn is None:
            raise invalid("TopicArn or TargetArn Reason: no value for required parameter")
        if "TargetArn" in request and ":endpoint/" in arn:
            raise invalid("TargetArn Reason: No endpoint found for the target arn specified")
        self._topic(arn)
        check_message(request)
        return self._send(arn, request)

    def publish_batch(self, request: Params) -> Params:
        entries = request["PublishBatchRequestEntries"]
        self._topic(request["TopicArn"])
        check_batch(entries)
        for entry in entries:
            check_message(entry)
        sent = [{"Id": entry["Id"], **self._send(request["TopicArn"], entry)} for entry in entries]
        return {"Successful": sent, "Failed": []}

    def _send(self, arn: str, message: Params) -> Params:
        if "MessageDeduplicationId" in message:
            raise invalid(
                "MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not "
                "valid for this topic type"
            )
        self._deliver(arn, message)
        return {"MessageId": str(uuid.uuid4())}

    def publish_as_service(
        self, principal: str, topic_arn: str, *, subject: str, message: str, source_arn: str
    ) -> str | None:
        """Publish as CloudWatch or EventBridge do, if topic and key let them. The error, or None.

        EventBridge keeps such an error to itself; CloudWatch writes it into the alarm's history.
        """
        topic = self._backend.topics.get(topic_arn)
        error = refusal(self.account, topic, principal, source_arn) if topic else f"Topic does not exist: {topic_arn}"
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
        if arn not in self._tokens:
            self._pending_since[arn] = self.account.clock.now()
            self._tokens[arn] = uuid.uuid4().hex
        token = self._tokens[arn]
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

    def _listed(self, found: list[Subscription], request: Params) -> Params:
        shown, more = page(found, request.get("NextToken"), PAGE)
        subscriptions = [
            {
                "SubscriptionArn": PENDING if each.arn in self._tokens else each.arn,
                "Owner": self.account.account_id,
                "Protocol": each.protocol,
                "Endpoint": each.endpoint,
                "TopicArn": each.topic.arn,
            }
            for each in shown
        ]
        return {"Subscriptions": subscriptions, **more}

    def _check_arn(self, arn: str, parameter: str = "TopicArn") -> None:
        check_arn(arn, parameter, self.account.account_id, self.account.region)

    def _topic(self, arn: str) -> Topic:
        self._check_arn(arn)
        if arn not in self._backend.topics:
            raise not_found("Topic")
        return self._backend.topics[arn]

    def _check_same(self, arn: str, attributes: Params, tags: list[Params]) -> None:
        """Raises AwsError InvalidParameter where a topic that exists differs from what is asked for."""
        kept: Params = {tag["Key"]: tag["Value"] for tag in self.list_tags_for_resource({"ResourceArn": arn})["Tags"]}
        if any(kept.get(tag["Key"]) != tag["Value"] for tag in tags):
            raise invalid("Tags Reason: Topic already exists with different tags")
        present = self.get_topic_attributes({"TopicArn": arn})["Attributes"]
        if any(_canonical(present.get(key, "")) != _canonical(value) for key, value in attributes.items()):
            raise invalid("Attributes Reason: Topic already exists with different attributes")

    def _same_subscription(self, topic: str, protocol: str, endpoint: str) -> Subscription | None:
        found = (s for s in self.subscriptions(topic) if (s.protocol, s.endpoint) == (protocol, endpoint))
        return next(found, None)

    def _subscription(self, arn: str) -> Subscription:
        self._check_arn(arn, "SubscriptionArn")
        if arn not in self._backend.subscriptions:
            raise not_found("Subscription")
        return self._backend.subscriptions[arn]

    def _deliver(self, topic_arn: str, request: Params) -> None:
        for subscription in self.subscriptions(topic_arn):
            if subscription.protocol in CONFIRMED_BY_A_PERSON and subscription.arn not in self._tokens:
                matcher = subscription._filter_policy_matcher
                if matcher is None or matcher.matches(attributes(request), request["Message"]):
                    subject = request.get("Subject") or "AWS Notification Message"
                    self._mail(subscription, subject, text(request, subscription.protocol))

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


def _waits_for_confirmation(protocol: str, endpoint: str) -> bool:
    if endpoint.startswith(CHATBOT_ENDPOINT):
        return False
    return protocol in (*CONFIRMED_BY_A_PERSON, *CONFIRMED_BY_THE_ENDPOINT)


def _canonical(value: str) -> Any:
    """A policy's content, whatever its blanks; another value whatever its case."""
    try:
        return json.loads(value) if value.startswith("{") else value.lower()
    except ValueError:
        return value
