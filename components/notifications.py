"""Who hears of a failure, and how: one encrypted topic that alarms and events publish to."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.account import Account
from components.alert_events import alert_events
from components.configuration.settings import Settings
from components.contract import Contract
from components.policies import ITSELF, Statement, document, from_account, key_administration
from sop.policies import policy_digest

_KEY_DELETION_DAYS = 30
# Who may publish for this account only: alarms, and developer-tools notifications
PUBLISHERS = ("cloudwatch.amazonaws.com", "codestar-notifications.amazonaws.com")
# EventBridge says neither SNS nor KMS for which account it acts: a condition on aws:Source* would shut its rules out
EVENTS = "events.amazonaws.com"


@dataclass(frozen=True, kw_only=True)
class NotificationsArgs:
    """Each address of the settings gets a message that asks it to confirm."""

    account: Account
    settings: Settings
    runner: bool = False  # whether there is one, whose failures are told


@dataclass(frozen=True, kw_only=True)
class _Topic:
    """A topic, and the policy without which nobody publishes to it; the digest is of what is asked for."""

    arn: pulumi.Output[str]
    policy: aws.sns.TopicPolicy
    policy_digest: pulumi.Output[str]


class Notifications(pulumi.ComponentResource):
    """The alerts topics of one environment and what publishes to them without an alarm.

    Creates a KMS key that CloudWatch and EventBridge may use (the key alias/aws/sns would silence alarms) and its
    alias, the topic that people read, its policy, an e-mail subscription each, and two event rules: an execution of the
    pipeline ended badly, the CloudFormation stack rolls back. Where alerts go to a chat, a second topic with a policy
    for Amazon Q alone, which shows an event only as AWS wrote it; people get sentences.
    """

    topic_arn: pulumi.Output[str]
    chat_topic_arn: pulumi.Output[str] | None
    contract: Contract

    def __init__(self, name: str, args: NotificationsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("release:index:Notifications", name, None, opts)

        settings, names = args.settings, args.settings.names
        key_policy = document(_key_statements(args))
        key = self._key(name, args, key_policy)
        people = self._topic(name, names.topic, f"Releases {names.environment}", args, key)
        chat = None
        if settings.chat:
            chat = self._topic(f"{name}-chat", names.chat_topic, f"Releases {names.environment} in chat", args, key)
        for address in settings.alert_emails:
            aws.sns.TopicSubscription(
                f"{name}-email-{address}",
                topic=people.arn,
                protocol="email",
                endpoint=address,
                opts=pulumi.ResourceOptions(parent=self),
            )
        for event in alert_events(args.account, names, settings.runbooks, pulumi.get_stack(), runner=args.runner):
            rule = aws.cloudwatch.EventRule(
                f"{name}-{event.subject}-rule",
                name=names.event_rule(event.subject),
                description=event.description,
                event_pattern=json.dumps(event.pattern),
                # Unset, a rule that somebody disabled by hand would stay so
                state="ENABLED",
                opts=pulumi.ResourceOptions(parent=self),
            )
            aws.cloudwatch.EventTarget(
                f"{name}-{event.subject}-target",
                rule=rule.name,
                target_id="alerts",
                arn=people.arn,
                input_transformer=event.mail(),
                opts=pulumi.ResourceOptions(parent=self, depends_on=[people.policy]),
            )
            if chat:
                aws.cloudwatch.EventTarget(
                    f"{name}-{event.subject}-chat-target",
                    rule=rule.name,
                    target_id="chat",
                    arn=chat.arn,
                    opts=pulumi.ResourceOptions(parent=self, depends_on=[chat.policy]),
                )
        self.topic_arn = people.arn
        self.chat_topic_arn = chat.arn if chat else None
        self.contract = {
            "topic_arn": self.topic_arn,
            "topic_policy_digest": people.policy_digest,
            "chat_topic_arn": self.chat_topic_arn,
            "chat_topic_policy_digest": chat.policy_digest if chat else None,
            "topic_key_arn": key.arn,
            # Of what is asked for: what a refresh finds instead is no promise
            "topic_key_policy_digest": key_policy.apply(policy_digest),
        }
        self.register_outputs(self.contract)

    @property
    def topic_arns(self) -> list[pulumi.Output[str]]:
        """Where an alarm publishes: CloudWatch's own message suits both readers."""
        return [self.topic_arn, *([self.chat_topic_arn] if self.chat_topic_arn else [])]

    def _topic(
        self, name: str, topic_name: str, display_name: str, args: NotificationsArgs, key: aws.kms.Key
    ) -> _Topic:
        topic = aws.sns.Topic(
            f"{name}-topic",
            name=topic_name,
            display_name=display_name,
            kms_master_key_id=key.arn,
            opts=pulumi.ResourceOptions(parent=self),
        )
        wanted = document(_topic_statements(args.account, topic.arn))
        policy = aws.sns.TopicPolicy(
            f"{name}-topic-policy", arn=topic.arn, policy=wanted, opts=pulumi.ResourceOptions(parent=self)
        )
        return _Topic(arn=topic.arn, policy=policy, policy_digest=wanted.apply(policy_digest))

    def _key(self, name: str, args: NotificationsArgs, policy: pulumi.Input[str]) -> aws.kms.Key:
        key = aws.kms.Key(
            f"{name}-key",
            description=f"Encrypts what is published to {args.settings.names.topic}",
            enable_key_rotation=True,
            deletion_window_in_days=_KEY_DELETION_DAYS,
            policy=policy,
            opts=pulumi.ResourceOptions(parent=self, protect=args.settings.protects),
        )
        aws.kms.Alias(
            f"{name}-key-alias",
            name=f"alias/{args.settings.names.topic}",
            target_key_id=key.key_id,
            opts=pulumi.ResourceOptions(parent=self),
        )
        return key


def _key_statements(args: NotificationsArgs) -> list[Statement]:
    publishing = Statement(
        sid="PublishersEncrypt",
        principals={"Service": PUBLISHERS},
        actions=["kms:Decrypt", "kms:GenerateDataKey"],
        resources=ITSELF,
        conditions=from_account(args.account),
    )
    names = args.settings.names
    topic_names = [names.topic, *([names.chat_topic] if args.settings.chat else [])]
    topics = [args.account.arn("sns", topic) for topic in topic_names]
    events = Statement(
        sid="EventsEncrypt",
        principals={"Service": EVENTS},
        actions=publishing.actions,
        resources=ITSELF,
        conditions={"StringEquals": {"kms:EncryptionContext:aws:sns:topicArn": topics}},
    )
    return [key_administration(args.account), publishing, events]


def _topic_statements(account: Account, topic_arn: pulumi.Input[str]) -> list[Statement]:
    # This replaces the topic's whole default policy
    return [
        Statement(
            sid="AccountAdministers",
            principals={"AWS": account.root},
            actions=[
                "sns:AddPermission",
                "sns:DeleteTopic",
                "sns:GetTopicAttributes",
                "sns:ListSubscriptionsByTopic",
                "sns:RemovePermission",
                "sns:SetTopicAttributes",
                "sns:Subscribe",
            ],
            resources=[topic_arn],
        ),
        Statement(
            sid="Publish",
            principals={"Service": PUBLISHERS},
            actions=["sns:Publish"],
            resources=[topic_arn],
            conditions=from_account(account),
        ),
        Statement(sid="PublishEvents", principals={"Service": EVENTS}, actions=["sns:Publish"], resources=[topic_arn]),
    ]
