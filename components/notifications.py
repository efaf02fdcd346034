"""Who hears of a failure, and how: one encrypted topic that alarms and events publish to."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.account import Account
from components.policies import ITSELF, Statement, document, from_account, key_administration
from sop.names import Names
from sop.policies import policy_digest

_KEY_DELETION_DAYS = 30
# Who may publish for this account only: alarms, and developer-tools notifications
PUBLISHERS = ("cloudwatch.amazonaws.com", "codestar-notifications.amazonaws.com")
# EventBridge says neither SNS nor KMS for which account it acts: a condition on aws:Source* would shut its rules out
EVENTS = "events.amazonaws.com"


@dataclass(frozen=True, kw_only=True)
class NotificationsArgs:
    """`emails` each get a message that asks them to confirm; a key that is protected, Pulumi does not delete."""

    account: Account
    names: Names
    emails: Sequence[str]
    protect: bool


class Notifications(pulumi.ComponentResource):
    """The alerts topic of one environment and what publishes to it without an alarm.

    Creates a KMS key that CloudWatch and EventBridge may use (the key alias/aws/sns would silence alarms) and its
    alias, the topic, its policy, an e-mail subscription each, and two event rules: an execution of the pipeline
    ended badly, the CloudFormation stack rolls back.
    """

    topic_arn: pulumi.Output[str]
    policy_digest: pulumi.Output[str]
    key_arn: pulumi.Output[str]
    key_policy_digest: pulumi.Output[str]

    def __init__(self, name: str, args: NotificationsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("release:index:Notifications", name, None, opts)

        key_policy = document(_key_statements(args))
        key = self._key(name, args, key_policy)
        topic = aws.sns.Topic(
            f"{name}-topic",
            name=args.names.topic,
            display_name=f"Releases {args.names.environment}",
            kms_master_key_id=key.arn,
            opts=pulumi.ResourceOptions(parent=self),
        )
        topic_policy = document(_topic_statements(args.account, topic.arn))
        policy = aws.sns.TopicPolicy(
            f"{name}-topic-policy",
            arn=topic.arn,
            policy=topic_policy,
            opts=pulumi.ResourceOptions(parent=self),
        )
        for address in args.emails:
            aws.sns.TopicSubscription(
                f"{name}-email-{address}",
                topic=topic.arn,
                protocol="email",
                endpoint=address,
                opts=pulumi.ResourceOptions(parent=self),
            )
        for subject, (description, pattern) in _event_patterns(args).items():
            rule = aws.cloudwatch.EventRule(
                f"{name}-{subject}-rule",
                name=args.names.event_rule(subject),
                description=description,
                event_pattern=json.dumps(pattern),
                # Unset, a rule that somebody disabled by hand would stay so
                state="ENABLED",
                opts=pulumi.ResourceOptions(parent=self),
            )
            aws.cloudwatch.EventTarget(
                f"{name}-{subject}-target",
                rule=rule.name,
                target_id="alerts",
                arn=topic.arn,
                # The event itself: Amazon Q shows it in Slack only as AWS wrote it
                opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
            )
        self.topic_arn = topic.arn
        # Of what is asked for: what a refresh finds instead is no promise
        self.policy_digest = topic_policy.apply(policy_digest)
        self.key_arn = key.arn
        self.key_policy_digest = key_policy.apply(policy_digest)
        self.register_outputs(
            {
                "topic_arn": self.topic_arn,
                "policy_digest": self.policy_digest,
                "key_arn": self.key_arn,
                "key_policy_digest": self.key_policy_digest,
            }
        )

    def _key(self, name: str, args: NotificationsArgs, policy: pulumi.Input[str]) -> aws.kms.Key:
        key = aws.kms.Key(
            f"{name}-key",
            description=f"Encrypts what is published to {args.names.topic}",
            enable_key_rotation=True,
            deletion_window_in_days=_KEY_DELETION_DAYS,
            policy=policy,
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
        aws.kms.Alias(
            f"{name}-key-alias",
            name=f"alias/{args.names.topic}",
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
    topic = args.account.arn("sns", args.names.topic)
    events = Statement(
        sid="EventsEncrypt",
        principals={"Service": EVENTS},
        actions=publishing.actions,
        resources=ITSELF,
        conditions={"StringEquals": {"kms:EncryptionContext:aws:sns:topicArn": topic}},
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


def _event_patterns(args: NotificationsArgs) -> Mapping[str, tuple[str, dict[str, Any]]]:
    stack = args.account.arn("cloudformation", f"stack/{args.names.cloudformation_stack}/")
    return {
        "execution": (
            f"An execution of {args.names.pipeline} ended badly",
            {
                "source": ["aws.codepipeline"],
                "detail-type": ["CodePipeline Pipeline Execution State Change"],
                "detail": {"pipeline": [args.names.pipeline], "state": ["FAILED", "STOPPED"]},
            },
        ),
        "rollback": (
            f"{args.names.cloudformation_stack} rolls back (SOP 7.1)",
            {
                "source": ["aws.cloudformation"],
                "detail-type": ["CloudFormation Stack Status Change"],
                "detail": {
                    "stack-id": [{"prefix": stack}],
                    "status-details": {
                        "status": [
                            "ROLLBACK_IN_PROGRESS",
                            "ROLLBACK_FAILED",
                            "UPDATE_ROLLBACK_IN_PROGRESS",
                            "UPDATE_ROLLBACK_FAILED",
                        ]
                    },
                },
            },
        ),
    }
