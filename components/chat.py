"""Alerts in Slack, through Amazon Q Developer in chat applications (once AWS Chatbot)."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.account import Account
from components.policies import Statement
from components.roles import ServiceRole, ServiceRoleArgs
from components.settings import Slack
from sop.names import SLACK_CHANNEL, Names

# The default guardrail is AdministratorAccess
GUARDRAIL = "CloudWatchReadOnlyAccess"


@dataclass(frozen=True, kw_only=True)
class SlackAlertsArgs:
    """The workspace must have been authorised in Amazon Q's console."""

    account: Account
    names: Names
    slack: Slack
    topic_arn: pulumi.Input[str]


class SlackAlerts(pulumi.ComponentResource):
    """Posts what the topic gets to the Slack channel.

    Creates a read-only role and the channel's configuration. The ids of workspace and channel stay secret.
    """

    def __init__(self, name: str, args: SlackAlertsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("release:index:SlackAlerts", name, None, opts)

        role = ServiceRole(
            f"{name}-service",
            ServiceRoleArgs(
                account=args.account,
                role_name=args.names.role("chat"),
                service="chatbot",
                description=f"What may be asked for in the Slack channel {SLACK_CHANNEL}",
                statements=[
                    # Graphs in a message: neither action knows resources
                    Statement(
                        sid="ShowAlarms",
                        actions=["cloudwatch:DescribeAlarms", "cloudwatch:GetMetricData"],
                        resources=["*"],
                    )
                ],
            ),
            pulumi.ResourceOptions(parent=self),
        )
        aws.chatbot.SlackChannelConfiguration(
            f"{name}-channel",
            configuration_name=f"{args.names.topic}-{SLACK_CHANNEL}-{args.account.region}",
            iam_role_arn=role.arn,
            slack_team_id=pulumi.Output.secret(args.slack.workspace_id),
            slack_channel_id=pulumi.Output.secret(args.slack.channel_id),
            sns_topic_arns=[args.topic_arn],
            guardrail_policy_arns=[args.account.aws_policy(GUARDRAIL)],
            logging_level="ERROR",
            opts=pulumi.ResourceOptions(
                parent=self, additional_secret_outputs=["slack_channel_name", "slack_team_name"]
            ),
        )
        self.register_outputs({})
