"""SNS: e-mail waits for a person, and a service's message goes out only where policy and key let it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.aws.cloudwatch import CloudWatch
from sandbox.aws.sns import Sns
from sandbox.commands.confirm import confirm
from sandbox.control import CommandError
from sandbox.world import World
from tests.sandbox.conftest import MakeWorld

EMAIL = "operations@helios.id"
CLOUDWATCH = "cloudwatch.amazonaws.com"
EVENTS = "events.amazonaws.com"


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    return make_world(CloudWatch, Sns)


@pytest.fixture
def client(world: World) -> Any:
    return world.client("sns")


@pytest.fixture
def topic(client: Any) -> str:
    return client.create_topic(Name="prod-alerts")["TopicArn"]


def subscribe(client: Any, topic: str, **request: Any) -> str:
    return client.subscribe(TopicArn=topic, Protocol="email", Endpoint=EMAIL, **request)["SubscriptionArn"]


def listed(client: Any, topic: str) -> list[str]:
    return [each["SubscriptionArn"] for each in client.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]]


def mailed(world: World) -> list[tuple[str, str]]:
    return [(message.to, message.body) for message in world.outbox.messages() if "Confirmation" not in message.subject]


def test_an_email_subscription_is_pending_everywhere(client: Any, topic: str) -> None:
    assert subscribe(client, topic) == "pending confirmation"
    assert listed(client, topic) == ["PendingConfirmation"]
    assert [each["SubscriptionArn"] for each in client.list_subscriptions()["Subscriptions"]] == ["PendingConfirmation"]
    attributes = client.get_topic_attributes(TopicArn=topic)["Attributes"]
    assert (attributes["SubscriptionsPending"], attributes["SubscriptionsConfirmed"]) == ("1", "0")


def test_its_arn_is_told_to_who_asks_for_it(client: Any, topic: str) -> None:
    arn = subscribe(client, topic, ReturnSubscriptionArn=True)
    assert client.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]["PendingConfirmation"] == "true"


def test_a_pending_address_gets_the_request_to_confirm_and_nothing_else(world: World, client: Any, topic: str) -> None:
    subscribe(client, topic)
    client.publish(TopicArn=topic, Message="hello")
    (request,) = world.outbox.messages()
    assert (request.to, request.subject) == (EMAIL, "AWS Notification - Subscription Confirmation")
    assert mailed(world) == []


def test_once_confirmed_it_gets_what_is_published(world: World, client: Any, topic: str) -> None:
    arn = subscribe(client, topic, ReturnSubscriptionArn=True)
    assert list(confirm(world, EMAIL)) == [f"{EMAIL} confirmed prod-alerts"]
    client.publish(TopicArn=topic, Message=json.dumps({"default": "d", "email": "e"}), MessageStructure="json")
    assert mailed(world) == [(EMAIL, "e")]
    assert listed(client, topic) == [arn]


def test_the_token_of_the_mail_confirms(world: World, client: Any, topic: str) -> None:
    arn = subscribe(client, topic, ReturnSubscriptionArn=True)
    link = world.outbox.messages()[0].body
    token = link.split("Token=")[1].split("&")[0]
    assert client.confirm_subscription(TopicArn=topic, Token=token)["SubscriptionArn"] == arn
    assert listed(client, topic) == [arn]
    with pytest.raises(ClientError, match="Token"):
        client.confirm_subscription(TopicArn=topic, Token=token)


def test_confirming_nobody_or_a_stranger(world: World) -> None:
    assert list(confirm(world)) == ["no subscription is pending"]
    with pytest.raises(CommandError, match=r"nothing is pending for x@example\.com"):
        list(confirm(world, "x@example.com"))


def test_a_pending_subscription_cannot_be_unsubscribed(client: Any, topic: str) -> None:
    arn = subscribe(client, topic, ReturnSubscriptionArn=True)
    with pytest.raises(ClientError, match="pending confirmation"):
        client.unsubscribe(SubscriptionArn=arn)
    client.delete_topic(TopicArn=topic)
    assert client.list_subscriptions()["Subscriptions"] == []


def test_an_address_without_an_at_is_refused(client: Any, topic: str) -> None:
    with pytest.raises(ClientError, match="Email address"):
        client.subscribe(TopicArn=topic, Protocol="email", Endpoint="operations")


def test_a_filter_policy_is_respected(world: World, client: Any, topic: str) -> None:
    arn = subscribe(client, topic, ReturnSubscriptionArn=True)
    world.service("sns").confirm(arn)
    client.set_subscription_attributes(
        SubscriptionArn=arn, AttributeName="FilterPolicy", AttributeValue='{"kind": ["alarm"]}'
    )
    client.publish(TopicArn=topic, Message="other")
    attributes = {"kind": {"DataType": "String", "StringValue": "alarm"}}
    client.publish(TopicArn=topic, Message="alarm", MessageAttributes=attributes)
    assert mailed(world) == [(EMAIL, "alarm")]


def policy(*services: str, account: str = "123456789012") -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": list(services)},
        "Action": "sns:Publish",
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:SourceAccount": account}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def publish_as(world: World, principal: str, topic: str) -> str | None:
    return world.service("sns").publish_as_service(
        principal, topic, subject="s", message="m", source_arn="arn:aws:cloudwatch:ap-southeast-2:123456789012:alarm:a"
    )


@pytest.fixture
def confirmed(world: World, client: Any, topic: str) -> str:
    world.service("sns").confirm(subscribe(client, topic, ReturnSubscriptionArn=True))
    return topic


def test_the_default_policy_lets_alarms_in_but_no_events(world: World, confirmed: str) -> None:
    assert publish_as(world, CLOUDWATCH, confirmed) is None
    assert "not authorized" in (publish_as(world, EVENTS, confirmed) or "")
    assert mailed(world) == [(EMAIL, "m")]


@pytest.mark.parametrize(
    ("document", "let_in"),
    [
        (policy(CLOUDWATCH, EVENTS), [CLOUDWATCH, EVENTS]),
        (policy(EVENTS), [EVENTS]),
        (policy(CLOUDWATCH, EVENTS, account="210987654321"), []),
    ],
)
def test_the_topics_policy_decides(world: World, client: Any, confirmed: str, document: str, let_in: list[str]) -> None:
    client.set_topic_attributes(TopicArn=confirmed, AttributeName="Policy", AttributeValue=document)
    assert [each for each in (CLOUDWATCH, EVENTS) if publish_as(world, each, confirmed) is None] == let_in
    assert len(mailed(world)) == len(let_in)


def encrypt(world: World, client: Any, topic: str, actions: list[str]) -> None:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": CLOUDWATCH},
        "Action": actions,
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}},
    }
    key = world.client("kms").create_key(Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    client.set_topic_attributes(
        TopicArn=topic, AttributeName="KmsMasterKeyId", AttributeValue=key["KeyMetadata"]["Arn"]
    )


@pytest.mark.parametrize(
    ("actions", "delivered"),
    [(["kms:Decrypt", "kms:GenerateDataKey*"], True), (["kms:Decrypt"], False), (["kms:*"], True)],
)
def test_the_keys_policy_decides_too(
    world: World, client: Any, confirmed: str, actions: list[str], delivered: bool
) -> None:
    encrypt(world, client, confirmed, actions)
    error = publish_as(world, CLOUDWATCH, confirmed)
    assert (error is None, bool(mailed(world))) == (delivered, delivered)


def test_the_key_of_sns_itself_silences_alarms(world: World, client: Any, confirmed: str) -> None:
    client.set_topic_attributes(TopicArn=confirmed, AttributeName="KmsMasterKeyId", AttributeValue="alias/aws/sns")
    assert "KMS" in (publish_as(world, CLOUDWATCH, confirmed) or "")


def test_an_alarm_that_cannot_publish_says_so_in_its_history(world: World, client: Any, confirmed: str) -> None:
    client.set_topic_attributes(TopicArn=confirmed, AttributeName="Policy", AttributeValue=policy(EVENTS))
    cloudwatch = world.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="a",
        Namespace="N",
        MetricName="M",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="ignore",
        AlarmActions=[confirmed],
        OKActions=[confirmed],
    )
    cloudwatch.set_alarm_state(AlarmName="a", StateValue="ALARM", StateReason="a drill")
    client.set_topic_attributes(TopicArn=confirmed, AttributeName="Policy", AttributeValue=policy(CLOUDWATCH))
    cloudwatch.set_alarm_state(AlarmName="a", StateValue="OK", StateReason="over")
    actions = cloudwatch.describe_alarm_history(AlarmName="a", HistoryItemType="Action", ScanBy="TimestampAscending")
    told = [item["HistorySummary"].split(" arn:")[0] for item in actions["AlarmHistoryItems"]]
    assert told == ["Failed to execute action", "Successfully executed action"]
    (message,) = [json.loads(body) for _, body in mailed(world)]
    assert (message["OldStateValue"], message["NewStateValue"], message["Region"]) == (
        "ALARM",
        "OK",
        "Asia Pacific (Sydney)",
    )
    assert message["Trigger"]["Statistic"] == "SUM"
