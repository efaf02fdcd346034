"""SNS: e-mail waits for a person, and a service's message goes out only where policy and key let it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.aws.cloudwatch import CloudWatch
from sandbox.aws.sesv2 import SesV2
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
    return make_world(CloudWatch, SesV2, Sns)


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


def test_what_nobody_confirms_in_48_hours_is_gone_and_its_token_with_it(world: World, client: Any, topic: str) -> None:
    arn = subscribe(client, topic, ReturnSubscriptionArn=True)
    token = world.outbox.messages()[-1].body.partition("Token=")[2].partition("&")[0]
    world.clock.leap(timedelta(hours=47))
    assert listed(client, topic) == ["PendingConfirmation"]
    world.clock.leap(timedelta(hours=1))
    assert listed(client, topic) == []
    assert client.get_topic_attributes(TopicArn=topic)["Attributes"]["SubscriptionsPending"] == "0"
    with pytest.raises(ClientError, match="NotFound"):
        client.get_subscription_attributes(SubscriptionArn=arn)
    with pytest.raises(ClientError, match="Token"):
        client.confirm_subscription(TopicArn=topic, Token=token)
    assert subscribe(client, topic) == "pending confirmation"
    assert list(confirm(world, EMAIL)) == [f"{EMAIL} confirmed prod-alerts"]


def test_what_is_confirmed_in_time_stays(world: World, client: Any, topic: str) -> None:
    arn = subscribe(client, topic, ReturnSubscriptionArn=True)
    list(confirm(world, EMAIL))
    world.clock.leap(timedelta(days=7))
    assert listed(client, topic) == [arn]


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


def policy(*services: str, account: str | None = "123456789012") -> str:
    statement: dict[str, Any] = {
        "Effect": "Allow",
        "Principal": {"Service": list(services)},
        "Action": "sns:Publish",
        "Resource": "*",
    }
    if account:
        statement["Condition"] = {"StringEquals": {"aws:SourceAccount": account}}
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
        (policy(CLOUDWATCH, EVENTS), [CLOUDWATCH]),  # EventBridge says nothing of the account that it acts for
        (policy(CLOUDWATCH, EVENTS, account=None), [CLOUDWATCH, EVENTS]),
        (policy(EVENTS, account=None), [EVENTS]),
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


def test_a_composite_alarms_message_names_the_children_that_triggered_it(
    world: World, client: Any, confirmed: str
) -> None:
    client.set_topic_attributes(TopicArn=confirmed, AttributeName="Policy", AttributeValue=policy(CLOUDWATCH))
    cloudwatch = world.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        **{"AlarmName": "child", "Namespace": "N", "MetricName": "M", "Statistic": "Sum", "Period": 60},
        **{"EvaluationPeriods": 1, "Threshold": 1, "ComparisonOperator": "GreaterThanThreshold"},
    )
    cloudwatch.put_composite_alarm(AlarmName="all", AlarmRule="ALARM(child)", AlarmActions=[confirmed])
    cloudwatch.set_alarm_state(AlarmName="child", StateValue="ALARM", StateReason="a drill")
    world.service("cloudwatch").look()
    message = json.loads(world.outbox.messages()[-1].body)
    (child,) = message["TriggeringChildren"]
    assert child["Arn"].endswith(":alarm:child")
    assert (child["State"]["Value"], set(child["State"])) == ("ALARM", {"Value", "Timestamp"})
    assert message["NewStateReason"].startswith(f"{child['Arn']} transitioned to ALARM")


def refusal(call: Any, **request: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as refused:
        call(**request)
    error: Any = refused.value.response
    return error["Error"]["Code"], error["Error"]["Message"]


def test_a_topic_made_again_keeps_what_it_has_and_takes_nothing_else(client: Any) -> None:
    made = {"Name": "again", "Attributes": {"DisplayName": "A"}, "Tags": [{"Key": "a", "Value": "1"}]}
    arn = client.create_topic(**made)["TopicArn"]
    for same in (made, {"Name": "again"}, {"Name": "again", "Attributes": {"FifoTopic": "false"}}):
        assert client.create_topic(**same)["TopicArn"] == arn
    attributes = "Invalid parameter: Attributes Reason: Topic already exists with different attributes"
    for other in ({"DisplayName": "B"}, {"SignatureVersion": "2"}, {"DisplayName": "A", "SignatureVersion": "2"}):
        assert refusal(client.create_topic, Name="again", Attributes=other) == ("InvalidParameter", attributes)
    tags = "Invalid parameter: Tags Reason: Topic already exists with different tags"
    other_tags = [{"Key": "b", "Value": "2"}]
    assert refusal(client.create_topic, Name="again", Tags=other_tags) == ("InvalidParameter", tags)


@pytest.mark.parametrize("name", ["", "a" * 257, "test.fifo", "bad name", "bad:name", "bad!name"])
def test_a_topics_name_is_letters_digits_hyphens_and_underscores(client: Any, name: str) -> None:
    assert refusal(client.create_topic, Name=name) == ("InvalidParameter", "Invalid parameter: Topic Name")


def test_what_only_aws_has_is_not_invented(client: Any, topic: str) -> None:
    assert refusal(client.create_topic, Name="a.fifo", Attributes={"FifoTopic": "true"})[0] == "SandboxUnsupported"
    queue = "arn:aws:sqs:ap-southeast-2:123456789012:queue"
    assert refusal(client.subscribe, TopicArn=topic, Protocol="sqs", Endpoint=queue)[0] == "SandboxUnsupported"
    assert refusal(client.subscribe, TopicArn=topic, Protocol="sms", Endpoint="+61400000000")[0] == "SandboxUnsupported"
    assert refusal(client.publish, PhoneNumber="+61400000000", Message="m")[0] == "SandboxUnsupported"
    app = {"Name": "a", "Platform": "GCM", "Attributes": {}}
    assert refusal(client.create_platform_application, **app)[0] == "SandboxUnknownOperation"


def test_a_subscription_made_again_with_other_attributes_is_refused(client: Any, topic: str) -> None:
    policy = {"FilterPolicy": '{"kind": ["alarm"]}'}
    first = subscribe(client, topic, Attributes=policy, ReturnSubscriptionArn=True)
    assert subscribe(client, topic, Attributes={}, ReturnSubscriptionArn=True) == first
    assert (
        subscribe(client, topic, Attributes={"FilterPolicy": '{"kind":["alarm"]}'}, ReturnSubscriptionArn=True) == first
    )
    with pytest.raises(ClientError, match="Subscription already exists with different attributes"):
        subscribe(client, topic, Attributes={"FilterPolicy": '{"kind": ["other"]}'})


@pytest.mark.parametrize(
    ("protocol", "endpoint", "message"),
    [
        ("carrier-pigeon", "x", "Invalid parameter: Amazon SNS does not support this protocol string: carrier-pigeon"),
        ("sqs", "https://queue", "Invalid parameter: SQS endpoint ARN"),
        ("sms", "+15--551234567", "Invalid SMS endpoint: +15--551234567"),
        ("https", "http://a", "Invalid parameter: Endpoint must match the specified protocol"),
    ],
)
def test_an_endpoint_must_suit_its_protocol(
    client: Any, topic: str, protocol: str, endpoint: str, message: str
) -> None:
    expected = ("InvalidParameter", message)
    assert refusal(client.subscribe, TopicArn=topic, Protocol=protocol, Endpoint=endpoint) == expected


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("Fake", "x", "AttributeName"),
        ("RawMessageDelivery", "maybe", "RawMessageDelivery: Invalid value [maybe]. Must be true or false."),
        ("RedrivePolicy", '{"deadLetterTargetArn": "fake"}', "RedrivePolicy: deadLetterTargetArn is an invalid arn"),
        ("RedrivePolicy", "{invalid", "RedrivePolicy: failed to parse JSON."),
        ("FilterPolicy", "{invalid", "FilterPolicy: failed to parse JSON."),
    ],
)
def test_a_subscriptions_attribute_that_aws_refuses(
    client: Any, topic: str, name: str, value: str, message: str
) -> None:
    arn = subscribe(client, topic, ReturnSubscriptionArn=True)
    asked = {"SubscriptionArn": arn, "AttributeName": name, "AttributeValue": value}
    code, told = refusal(client.set_subscription_attributes, **asked)
    assert (code, told.startswith(f"Invalid parameter: {message}")) == ("InvalidParameter", True)
    other = {"TopicArn": topic, "Protocol": "email", "Endpoint": "b@helios.id", "Attributes": {name: value}}
    code, told = refusal(client.subscribe, **other)
    assert (code, told.startswith(f"Invalid parameter: Attributes Reason: {message}")) == ("InvalidParameter", True)


ELEMENTS = "Reason: An ARN must have at least 6 elements, not"


@pytest.mark.parametrize(
    ("arn", "code", "message"),
    [
        ("randomstring", "InvalidParameter", f"Invalid parameter: TopicArn {ELEMENTS} 1"),
        ("arn:aws:sns:ap-southeast-2:random", "InvalidParameter", f"Invalid parameter: TopicArn {ELEMENTS} 5"),
        ("arn:aws:sns:us-east-1:123456789012:a", "InvalidParameter", "Invalid parameter: TopicArn"),
        ("arn:aws:sns:ap-southeast-2:123456789012:missing", "NotFound", "Topic does not exist"),
    ],
)
def test_a_topic_that_is_none_is_told_alike_by_every_operation(client: Any, arn: str, code: str, message: str) -> None:
    batch = [{"Id": "a", "Message": "m"}]
    for call, request in (
        (client.get_topic_attributes, {}),
        (client.set_topic_attributes, {"AttributeName": "DisplayName", "AttributeValue": "a"}),
        (client.list_subscriptions_by_topic, {}),
        (client.subscribe, {"Protocol": "email", "Endpoint": EMAIL}),
        (client.publish, {"Message": "m"}),
        (client.publish_batch, {"PublishBatchRequestEntries": batch}),
        (client.remove_permission, {"Label": "a"}),
    ):
        assert refusal(call, TopicArn=arn, **request) == (code, message)


def test_a_subscription_that_is_none(client: Any, topic: str) -> None:
    missing = f"{topic}:00000000-0000-4000-8000-000000000000"
    client.unsubscribe(SubscriptionArn=missing)
    expected = ("NotFound", "Subscription does not exist")
    assert refusal(client.get_subscription_attributes, SubscriptionArn=missing) == expected
    told = ("InvalidParameter", f"Invalid parameter: SubscriptionArn {ELEMENTS} 1")
    assert refusal(client.unsubscribe, SubscriptionArn="PendingConfirmation") == told
    assert refusal(client.unsubscribe, SubscriptionArn=topic)[1] == "Invalid parameter: SubscriptionId"


@pytest.mark.parametrize(
    "document",
    [
        "",
        "no JSON",
        "[]",
        '{"Statement": ["Allow"]}',
        '{"Statement": [{"Effect": "Maybe"}]}',
        '{"Version": "2012-10-17"}',
    ],
)
def test_a_policy_that_is_none_is_refused(client: Any, topic: str, document: str) -> None:
    asked = {"TopicArn": topic, "AttributeName": "Policy", "AttributeValue": document}
    assert refusal(client.set_topic_attributes, **asked)[0] == "InvalidParameter"
    assert refusal(client.create_topic, Name="other", Attributes={"Policy": document})[0] == "InvalidParameter"


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ({"Message": ""}, "Invalid parameter: Empty message"),
        ({"Message": "m", "Subject": ""}, "Invalid parameter: Subject"),
        ({"Message": "m", "Subject": "a" * 101}, "Invalid parameter: Subject"),
        ({"Message": "m", "Subject": "a\nb"}, "Invalid parameter: Subject"),
        ({"Message": "a" * 262_145}, "Invalid parameter: Message too long"),
        (
            {"Message": "{", "MessageStructure": "json"},
            "Invalid parameter: Message Structure - JSON message body failed to parse",
        ),
        (
            {"Message": '{"default": {}}', "MessageStructure": "json"},
            "Invalid parameter: Message Structure - No default entry in JSON message body",
        ),
    ],
)
def test_a_message_that_aws_refuses_is_not_sent(
    world: World, client: Any, confirmed: str, message: dict[str, str], told: str
) -> None:
    before = len(world.outbox.messages())
    assert refusal(client.publish, TopicArn=confirmed, **message) == ("InvalidParameter", told)
    assert len(world.outbox.messages()) == before


@pytest.mark.parametrize(
    ("name", "attribute", "told"),
    [
        ("a", {"DataType": "String", "StringValue": ""}, "must contain non-empty message attribute value"),
        ("a", {"DataType": "Binary", "StringValue": "b"}, "with type 'Binary' must use field 'Binary'"),
        ("a", {"DataType": "Text", "StringValue": "b"}, "has an invalid message attribute type"),
        ("a" * 257, {"DataType": "String", "StringValue": "b"}, "must be less than 256 bytes"),
        ("a^b", {"DataType": "String", "StringValue": "b"}, "Invalid non-alphanumeric character '#x5E'"),
        (".a", {"DataType": "String", "StringValue": "b"}, "starting with character '.'"),
        ("a..b", {"DataType": "String", "StringValue": "b"}, "can not have successive '.' character"),
    ],
)
def test_a_messages_attribute_that_aws_refuses(
    client: Any, topic: str, name: str, attribute: dict[str, str], told: str
) -> None:
    code, message = refusal(client.publish, TopicArn=topic, Message="m", MessageAttributes={name: attribute})
    assert (code, told in message) == ("ParameterValueInvalid", True)


@pytest.mark.parametrize(
    ("identifiers", "code"),
    [
        (["a", "a"], "BatchEntryIdsNotDistinct"),
        (["a.b"], "InvalidBatchEntryId"),
        (["a" * 81], "InvalidBatchEntryId"),
        ([str(number) for number in range(11)], "TooManyEntriesInBatchRequest"),
    ],
)
def test_a_batch_that_aws_refuses(client: Any, topic: str, identifiers: list[str], code: str) -> None:
    entries = [{"Id": each, "Message": "m"} for each in identifiers]
    assert refusal(client.publish_batch, TopicArn=topic, PublishBatchRequestEntries=entries)[0] == code


def test_a_batch_is_limited_altogether(client: Any, topic: str) -> None:
    entries = [{"Id": each, "Message": "m" * 150_000} for each in ("a", "b")]
    assert refusal(client.publish_batch, TopicArn=topic, PublishBatchRequestEntries=entries)[0] == "BatchRequestTooLong"


def test_the_same_tag_twice_is_refused(client: Any, topic: str) -> None:
    told = ("InvalidParameter", "Invalid parameter: Duplicated keys are not allowed.")
    assert refusal(client.tag_resource, ResourceArn=topic, Tags=[{"Key": "k", "Value": "1"}] * 2) == told
