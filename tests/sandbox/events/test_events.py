"""EventBridge: from an AWS service's event over a rule to a mail."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from sandbox.aws.cloudwatch import CloudWatch
from sandbox.aws.events import Events
from sandbox.aws.events.target import target_input
from sandbox.aws.sns import Sns
from sandbox.world import World
from tests.sandbox.conftest import MakeWorld

EVENT = {"source": "aws.codepipeline", "detail": {"pipeline": "web-pipeline-prod", "state": "FAILED", "attempts": 3}}


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    return make_world(Sns, Events)


@pytest.fixture
def topic(world: World) -> str:
    client = world.client("sns")
    arn = client.create_topic(Name="prod-alerts")["TopicArn"]
    subscription = client.subscribe(
        TopicArn=arn, Protocol="email", Endpoint="operations@helios.id", ReturnSubscriptionArn=True
    )
    world.service("sns").confirm(subscription["SubscriptionArn"])
    statement = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sns:Publish"}
    client.set_topic_attributes(
        TopicArn=arn, AttributeName="Policy", AttributeValue=json.dumps({"Statement": [statement]})
    )
    return arn


def put_rule(world: World, topic: str, pattern: dict[str, Any], **target: Any) -> None:
    client = world.client("events")
    client.put_rule(Name="rule", EventPattern=json.dumps(pattern))
    client.put_targets(Rule="rule", Targets=[{"Id": "alerts", "Arn": topic, **target}])


def mails(world: World) -> list[str]:
    return [message.body for message in world.outbox.messages()][1:]


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ({"source": ["aws.codepipeline"], "detail": {"state": ["FAILED", "STOPPED"]}}, True),
        ({"source": ["aws.codebuild"]}, False),
        ({"detail": {"state": ["SUCCEEDED"]}}, False),
        ({"detail": {"pipeline": [{"prefix": "web-"}]}}, True),
        ({"detail": {"state": [{"anything-but": ["SUCCEEDED"]}]}}, True),
        ({"detail": {"state": [{"anything-but": "FAILED"}]}}, False),
        ({"detail": {"reason": [{"exists": False}]}}, True),
        ({"detail": {"attempts": [{"numeric": [">", 2]}]}}, True),
        ({"detail": {"attempts": [{"numeric": [">", 3]}]}}, False),
    ],
)
def test_a_rule_picks_its_events(world: World, topic: str, pattern: dict[str, Any], matches: bool) -> None:
    put_rule(world, topic, pattern)
    world.events.publish(EVENT["source"], "CodePipeline Pipeline Execution State Change", EVENT["detail"])
    assert len(mails(world)) == int(matches)


def test_what_the_topic_refuses_counts_as_a_failed_invocation_of_the_rule(make_world: MakeWorld) -> None:
    world = make_world(Sns, Events, CloudWatch)
    topic = world.client("sns").create_topic(Name="shut")["TopicArn"]  # whose default policy names no service
    put_rule(world, topic, {"source": ["aws.codepipeline"]})
    world.events.publish("aws.codepipeline", "T", {"state": "FAILED"})
    now = world.clock.now()
    (point,) = world.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/Events", MetricName="FailedInvocations", Dimensions=[{"Name": "RuleName", "Value": "rule"}],
        StartTime=now - timedelta(minutes=5), EndTime=now + timedelta(minutes=1), Period=3600, Statistics=["Sum"],
    )["Datapoints"]  # fmt: skip
    assert point["Sum"] == 1
    assert mails(world) == []


def test_the_target_gets_the_whole_event(world: World, topic: str) -> None:
    put_rule(world, topic, {"source": ["aws.codepipeline"]})
    world.events.publish("aws.codepipeline", "T", {"state": "FAILED"}, ["arn:aws:x"])
    (mail,) = mails(world)
    event = json.loads(mail)
    assert {key: event[key] for key in ("source", "detail-type", "detail", "resources", "account")} == {
        "source": "aws.codepipeline",
        "detail-type": "T",
        "detail": {"state": "FAILED"},
        "resources": ["arn:aws:x"],
        "account": "123456789012",
    }


def test_a_disabled_rule_is_silent(world: World, topic: str) -> None:
    put_rule(world, topic, {"source": ["aws.codepipeline"]})
    world.client("events").disable_rule(Name="rule")
    world.events.publish("aws.codepipeline", "T", {})
    assert mails(world) == []


def test_a_topic_that_does_not_let_events_in_gets_none(world: World, topic: str) -> None:
    put_rule(world, topic, {"source": ["aws.codepipeline"]})
    world.client("sns").set_topic_attributes(
        TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps({"Statement": []})
    )
    world.events.publish("aws.codepipeline", "T", {})
    assert mails(world) == []


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ({"Input": '"fixed"'}, '"fixed"'),
        ({"InputPath": "$.detail.state"}, '"FAILED"'),
    ],
)
def test_what_a_target_is_told(target: dict[str, Any], expected: str) -> None:
    assert target_input(target, EVENT, {}) == expected


def test_ones_own_events_go_the_same_way(world: World, topic: str) -> None:
    put_rule(world, topic, {"source": ["helios.release"]})
    entry = {"Source": "helios.release", "DetailType": "T", "Detail": '{"a": 1}'}
    answer = world.client("events").put_events(Entries=[entry, entry | {"Source": "aws.x"}, entry | {"Detail": "{"}])
    assert answer["FailedEntryCount"] == 2
    assert [each.get("ErrorCode") for each in answer["Entries"]] == [
        None,
        "NotAuthorizedForSourceException",
        "MalformedDetail",
    ]
    assert len(mails(world)) == 1
