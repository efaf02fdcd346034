"""Amazon Q in chat applications: whose role it takes, and which channels are free."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.aws.chatbot import ENDPOINT, Chatbot
from sandbox.aws.sns import PENDING, Sns
from sandbox.world import World
from tests.sandbox.conftest import MakeWorld


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    return make_world(Chatbot)


def trusting(world: World, service: str, account: str = "123456789012") -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": account}},
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return world.client("iam").create_role(RoleName="chat", AssumeRolePolicyDocument=document)["Role"]["Arn"]


def configure(world: World, role: str, name: str = "prod", **more: Any) -> None:
    channel = {"SlackTeamId": "T07EA123LEP", "SlackChannelId": "C013ABCDEFG", **more}
    world.client("chatbot").create_slack_channel_configuration(ConfigurationName=name, IamRoleArn=role, **channel)


def update(world: World, role: str, channel: str = "C013ABCDEFG") -> None:
    """The first configuration."""
    client = world.client("chatbot")
    found = client.describe_slack_channel_configurations()["SlackChannelConfigurations"][0]
    client.update_slack_channel_configuration(
        ChatConfigurationArn=found["ChatConfigurationArn"], SlackChannelId=channel, IamRoleArn=role
    )


def test_a_channel_is_configured_with_a_role_that_trusts_amazon_q_for_this_account(world: World) -> None:
    role = trusting(world, "chatbot.amazonaws.com")
    configure(world, role)
    update(world, role)


@pytest.mark.parametrize(
    ("service", "account"),
    [("codebuild.amazonaws.com", "123456789012"), ("chatbot.amazonaws.com", "210987654321")],
    ids=["another service", "another account"],
)
def test_a_role_that_does_not_trust_amazon_q_is_refused(world: World, service: str, account: str) -> None:
    with pytest.raises(
        ClientError, match=r"chatbot\.amazonaws\.com is not authorized to perform: sts:AssumeRole"
    ) as error:
        configure(world, trusting(world, service, account))
    assert error.value.response.get("Error", {}).get("Code") == "InvalidRequestException"


def test_a_slack_channel_is_configured_once_in_an_account(world: World) -> None:
    role = trusting(world, "chatbot.amazonaws.com")
    configure(world, role)
    configure(world, role, "other", SlackChannelId="C013ABCDEFH")
    with pytest.raises(ClientError, match="has already been configured for AWS account 123456789012") as error:
        configure(world, role, "dev")
    assert error.value.response.get("Error", {}).get("Code") == "InvalidRequestException"
    with pytest.raises(ClientError, match="has already been configured"):
        update(world, role, "C013ABCDEFH")


def test_amazon_q_subscribes_to_the_topics_that_a_channel_shows_and_confirms_by_itself(make_world: MakeWorld) -> None:
    world = make_world(Chatbot, Sns)
    sns, chatbot = world.client("sns"), world.client("chatbot")
    first, second = (sns.create_topic(Name=name)["TopicArn"] for name in ("first", "second"))

    def read() -> dict[str, list[str]]:
        found = sns.list_subscriptions()["Subscriptions"]
        assert all(one["SubscriptionArn"] != PENDING for one in found)
        return {topic: [one["Endpoint"] for one in found if one["TopicArn"] == topic] for topic in (first, second)}

    role = trusting(world, "chatbot.amazonaws.com")
    configure(world, role, SnsTopicArns=[first])
    assert read() == {first: [ENDPOINT], second: []}
    (configuration,) = chatbot.describe_slack_channel_configurations()["SlackChannelConfigurations"]
    arn = configuration["ChatConfigurationArn"]
    chatbot.update_slack_channel_configuration(
        ChatConfigurationArn=arn, SlackChannelId="C013ABCDEFG", SnsTopicArns=[second]
    )
    assert read() == {first: [], second: [ENDPOINT]}
    chatbot.delete_slack_channel_configuration(ChatConfigurationArn=arn)
    assert read() == {first: [], second: []}
