"""The lives of topics, event rules and chat channels."""

from __future__ import annotations

import json

from tests.sandbox.plugins.cases.case import Case
from tests.sandbox.plugins.cases.parts import KEY, RULE, RULE_PATTERN, TOPIC, policy, role, role_arn
from tests.sandbox.sample import ACCOUNT_ID, REGION

MAIL = {"inputPaths": {"state": "$.detail.state"}, "inputTemplate": '"It is <state>."\n"Really."'}

CASES: dict[str, Case] = {
    TOPIC: Case(
        needs={"key": (KEY, {})},
        inputs={"name": "life-topic", "displayName": "Alerts", "kmsMasterKeyId": "{key}", "tags": {"Kind": "alerts"}},
        update={"displayName": "Releases", "tags": {}},
        drift=lambda behind, arn: behind("sns", "untag_resource", ResourceArn=arn, TagKeys=["Kind"]),
        seen="tags.Kind",
    ),
    "aws:sns/topicPolicy:TopicPolicy": Case(
        needs={"topic": (TOPIC, {"name": "life-topic-policy"})},
        inputs={"arn": "{topic}", "policy": policy("sns:Publish", "{topic}")},
        update={"policy": policy("sns:Subscribe", "{topic}")},
        drift=lambda behind, arn: behind(
            "sns",
            "set_topic_attributes",
            TopicArn=arn,
            AttributeName="Policy",
            AttributeValue=policy("sns:GetTopicAttributes", arn),
        ),
        seen="policy",
        leaves=True,
    ),
    "aws:sns/topicSubscription:TopicSubscription": Case(
        needs={"topic": (TOPIC, {"name": "life-subscription"})},
        inputs={"topic": "{topic}", "protocol": "email", "endpoint": "operations@helios.id"},
        update={"filterPolicy": json.dumps({"state": ["ALARM"]})},
        drift=lambda behind, arn: behind(
            "sns",
            "set_subscription_attributes",
            SubscriptionArn=arn,
            AttributeName="FilterPolicy",
            AttributeValue=json.dumps({"state": ["OK"]}),
        ),
        seen="filterPolicy",
        leaves=True,
    ),
    RULE: Case(
        inputs={"name": "life-rule", "description": "Failures", "eventPattern": RULE_PATTERN, "state": "ENABLED"},
        update={"description": "Ends"},
        drift=lambda behind, name: behind("events", "disable_rule", Name=name),
        seen="state",
    ),
    "aws:cloudwatch/eventTarget:EventTarget": Case(
        needs={
            "topic": (TOPIC, {"name": "life-target"}),
            "rule": (RULE, {"name": "life-target-rule", "eventPattern": RULE_PATTERN}),
        },
        inputs={"rule": "{rule}", "targetId": "alerts", "arn": "{topic}", "inputTransformer": MAIL},
        update={"inputTransformer": {**MAIL, "inputTemplate": '"<state>!"'}},
        drift=lambda behind, _identifier: behind(
            "events",
            "put_targets",
            Rule="life-target-rule",
            Targets=[{"Id": "alerts", "Arn": f"arn:aws:sns:{REGION}:{ACCOUNT_ID}:life-target"}],
        ),
        seen="inputTransformer",
        gone="does not have a target",
    ),
    "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration": Case(
        needs={"topic": (TOPIC, {"name": "life-chat"}), "role": role("life-chat", "chatbot")},
        inputs={
            "configurationName": "life-chat",
            "iamRoleArn": role_arn("{role}"),
            "slackChannelId": "C0123456789",
            "slackTeamId": "T0123456789",
            "loggingLevel": "ERROR",
            "snsTopicArns": ["{topic}"],
            "guardrailPolicyArns": ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
        },
        update={"loggingLevel": "INFO", "slackChannelId": "C9876543210"},
        drift=lambda behind, arn: behind(
            "chatbot",
            "update_slack_channel_configuration",
            ChatConfigurationArn=arn,
            SlackChannelId="C0123456789",
            LoggingLevel="NONE",
        ),
        seen="loggingLevel",
    ),
}
