"""Alerts in Slack, through Amazon Q Developer in chat applications (once AWS Chatbot)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws
from botocore.exceptions import BotoCoreError, ClientError

from components import asking
from components.account import Account
from components.configuration import keys
from components.configuration.settings import Settings, Slack
from components.policies import Statement
from components.roles import ServiceRole, ServiceRoleArgs
from sop.names import SLACK_CHANNEL, Names

# The default guardrail is AdministratorAccess
GUARDRAIL = "CloudWatchReadOnlyAccess"
# Amazon Q answers in four regions only, and everywhere about the whole account; the provider asks this one, too
REGION = "us-west-2"


def require_free_channel(settings: Settings, account: Account) -> None:
    """Refuse, before anything is made, a Slack channel that another stack has: an account configures it once.

    Raises:
        pulumi.RunError: it is another's, and how its topics are shared; or Amazon Q could not be asked.
    """
    slack = settings.slack
    if slack is None:
        return
    try:
        pages = asking.client("chatbot", REGION).get_paginator("describe_slack_channel_configurations").paginate()
        kept = [each for page in pages for each in page["SlackChannelConfigurations"]]
    except (ClientError, BotoCoreError) as error:
        raise pulumi.RunError(f"cannot ask Amazon Q for the account's Slack channels: {error}") from None
    own = configuration_name(settings.names, account)
    for each in kept:
        same = (each["SlackTeamId"], each["SlackChannelId"]) == (slack.workspace_id, slack.channel_id)
        if same and each.get("ConfigurationName") != own:
            raise pulumi.RunError(_taken(each, account.arn("sns", settings.names.chat_topic)))


def _taken(configuration: Mapping[str, Any], topic_arn: str) -> str:
    tags = {tag["TagKey"]: tag["TagValue"] for tag in configuration.get("Tags", [])}
    whose = f", of the environment {tags['Environment']}" if "Environment" in tags else ""
    stack, channel = pulumi.get_stack(), keys.SLACK_CHANNEL
    shared = [
        keys.SLACK_SHARED.set_command("true", stack),
        *(key.remove_command(stack) for key in (keys.SLACK_WORKSPACE, channel)),
    ]
    return (
        f"the Slack channel is configured already, as {configuration['ConfigurationName']}{whose}, and an account "
        "configures a channel once. Nothing was changed.\n"
        f"  mend: here, {' && '.join(shared)}; once that is deployed, where that stack is, "
        f"{keys.SLACK_TOPICS.set_command(topic_arn, 'STACK')}\n"
        f"  or give this stack a channel of its own: {channel.set_command(channel.rule.example, stack)}"
    )


def configuration_name(names: Names, account: Account) -> str:
    """What Amazon Q knows the channel's configuration by, in all regions."""
    return f"{names.topic}-{SLACK_CHANNEL}-{account.region}"


@dataclass(frozen=True, kw_only=True)
class SlackAlertsArgs:
    """The workspace must have been authorised in Amazon Q's console."""

    account: Account
    names: Names
    slack: Slack
    topic_arn: pulumi.Input[str]


class SlackAlerts(pulumi.ComponentResource):
    """Posts what the chat topic gets to the Slack channel.

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
            configuration_name=configuration_name(args.names, args.account),
            iam_role_arn=role.arn,
            slack_team_id=pulumi.Output.secret(args.slack.workspace_id),
            slack_channel_id=pulumi.Output.secret(args.slack.channel_id),
            sns_topic_arns=[args.topic_arn, *args.slack.topics],
            guardrail_policy_arns=[args.account.aws_policy(GUARDRAIL)],
            logging_level="ERROR",
            opts=pulumi.ResourceOptions(
                parent=self, additional_secret_outputs=["slack_channel_name", "slack_team_name"]
            ),
        )
        self.register_outputs({})


def show_in_slack(
    settings: Settings, account: Account, topic_arn: pulumi.Output[str] | None, opts: pulumi.ResourceOptions
) -> None:
    """Have the chat's topic shown in the stack's Slack channel, where it has one."""
    if settings.slack and topic_arn:
        args = SlackAlertsArgs(account=account, names=settings.names, slack=settings.slack, topic_arn=topic_arn)
        SlackAlerts("slack", args, opts)
