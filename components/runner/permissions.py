"""What the runner may do: to begin at all, and what `release iam-policy` lists of the commands that it runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from components.account import Account
from components.configuration.settings import Settings
from components.policies import Statement
from sop.names import COMMAND, LEDGER, NOTES, OUTPUTS_FILE, RUNS, Environment, Names, Stage

_PIPELINE_READING = (
    "codepipeline:GetPipelineState",
    "codepipeline:ListActionExecutions",
    "codepipeline:ListPipelineExecutions",
    "codepipeline:ListRuleExecutions",
)
_STACK_READING = (
    "cloudformation:DescribeStackEvents",
    "cloudformation:DescribeStacks",
    "cloudformation:ListChangeSets",
    "cloudformation:ListStackResources",
)
_FORMER, _PRESENT = ":codestar-connections:", ":codeconnections:"


@dataclass(frozen=True, kw_only=True)
class Reach:
    """What there is for the runner to look at and to change; `outputs` are the stack's."""

    account: Account
    settings: Settings
    outputs: Mapping[str, Any]

    @property
    def records(self) -> pulumi.Output[str]:
        return pulumi.Output.concat(f"arn:{self.account.partition}:s3:::", self.outputs["recordsBucket"])

    def kept(self, *objects: str) -> list[pulumi.Input[str]]:
        return [pulumi.Output.concat(self.records, "/", each) for each in objects]

    @property
    def dev(self) -> Names | None:
        """The names of the environment before this one; None where this is it."""
        names = self.settings.names
        if names.environment is Environment.DEV:
            return None
        return Names(Environment.DEV, service=names.service, region=names.region)

    @property
    def tags_of_dev(self) -> Mapping[str, str]:
        tags = self.settings.tags
        return {"Environment": str(Environment.DEV), "Project": tags["Project"], "Service": tags["Service"]}

    def arn(self, service: str, resource: str) -> str:
        return self.account.arn(service, resource)


def of_the_runner(reach: Reach) -> list[Statement]:
    """To install the command, and to keep what it finds."""
    secret = reach.settings.names.channel_secret
    return [
        Statement(sid="ReadCommand", actions=["s3:GetObject"], resources=reach.kept(f"{COMMAND}*")),
        Statement(sid="KeepReports", actions=["s3:PutObject"], resources=reach.kept(f"{RUNS}*")),
        Statement(
            sid="ReadTokens",
            actions=["secretsmanager:GetSecretValue"],
            # Secrets Manager ends each ARN in six characters of its own
            resources=[reach.arn("secretsmanager", f"secret:{secret}-??????")],
        ),
    ]


def of_the_commands(reach: Reach) -> list[Statement]:
    """To keep the door, and to carry through what was let in."""
    return [
        *_ledger(reach),
        *_pipeline(reach),
        *_deployment(reach),
        *_monitoring(reach),
        *_mail(reach),
        *_dev(reach),
    ]


def _ledger(reach: Reach) -> list[Statement]:
    return [
        Statement(
            sid="Ledger", actions=["s3:GetObject", "s3:PutObject"], resources=reach.kept(f"{LEDGER}*", f"{NOTES}*")
        ),
        Statement(sid="FindInLedger", actions=["s3:ListBucket"], resources=[reach.records]),
        Statement(
            sid="UseRecordsKey",
            actions=["kms:Decrypt", "kms:GenerateDataKey"],
            resources=[reach.outputs["recordsKeyArn"]],
        ),
    ]


def _pipeline(reach: Reach) -> list[Statement]:
    names, connection = reach.settings.names, reach.settings.connection_arn
    pipeline = reach.arn("codepipeline", names.pipeline)
    builds = [reach.arn("codebuild", f"project/{name}") for name in (names.build_project, names.deploy_project)]
    checks = reach.outputs["pullRequestProjectName"]
    of_pull_requests = builds if checks is None else [pulumi.Output.concat(reach.arn("codebuild", "project/"), checks)]
    return [
        Statement(
            sid="Door",
            actions=[
                "codepipeline:DisableStageTransition",
                "codepipeline:EnableStageTransition",
                "codepipeline:OverrideStageCondition",
            ],
            resources=[f"{pipeline}/{Stage.DEPLOY}"],
        ),
        # What has entered and was not meant is stopped; what a freeze keeps out is started again
        Statement(
            sid="TurnOut",
            actions=["codepipeline:StartPipelineExecution", "codepipeline:StopPipelineExecution"],
            resources=[pipeline],
        ),
        Statement(
            sid="StopDeployment",
            actions=["codebuild:StopBuild"],
            resources=[reach.arn("codebuild", f"project/{names.deploy_project}")],
        ),
        Statement(
            sid="ReadPipeline",
            actions=_PIPELINE_READING,
            resources=[pipeline],
        ),
        Statement(
            sid="ReadBuilds",
            actions=["codebuild:BatchGetBuilds"],
            resources=[*builds, *(of_pull_requests if checks is not None else [])],
        ),
        Statement(
            sid="FindBuilds",
            actions=["codebuild:ListBuildsForProject"],
            resources=of_pull_requests,
        ),
        Statement(
            sid="ReadConnection",
            actions=["codeconnections:GetConnection", "codestar-connections:GetConnection"],
            resources=[connection.replace(_FORMER, _PRESENT), connection.replace(_PRESENT, _FORMER)],
        ),
        Statement(
            sid="ReadArtifacts",
            actions=["s3:ListBucketVersions"],
            resources=[f"arn:{reach.account.partition}:s3:::{names.bucket_in(reach.account.account_id)}"],
        ),
    ]


def _deployment(reach: Reach) -> list[Statement]:
    stack = reach.settings.names.cloudformation_stack
    return [
        Statement(
            sid="ReadStack",
            actions=_STACK_READING,
            resources=[reach.arn("cloudformation", f"stack/{name}/*") for name in (stack, f"{stack}-*")],
        ),
        Statement(
            sid="WhatHasNoNarrowerScope",
            actions=[
                "autoscaling:DescribeAutoScalingGroups",
                "autoscaling:DescribeInstanceRefreshes",
                "autoscaling:DescribeScalingActivities",
                "cloudwatch:DescribeAlarmHistory",
                "cloudwatch:DescribeAlarms",
                "cloudwatch:GetMetricData",
                "ec2:DescribeInstanceStatus",
                "ec2:DescribeLaunchTemplateVersions",
                "elasticloadbalancing:DescribeListeners",
                "elasticloadbalancing:DescribeRules",
                "elasticloadbalancing:DescribeTargetGroups",
                "elasticloadbalancing:DescribeTargetHealth",
                "logs:DescribeLogGroups",
                "sns:GetSubscriptionAttributes",
            ],
            resources=["*"],
            conditions={"StringEquals": {"aws:RequestedRegion": reach.account.region}},
        ),
    ]


def _monitoring(reach: Reach) -> list[Statement]:
    account, names, outputs = reach.account, reach.settings.names, reach.outputs
    topics = [outputs["topicArn"], *([outputs["chatTopicArn"]] if outputs["chatTopicArn"] is not None else [])]
    groups = [outputs["applicationLogGroupName"], names.access_log_group]
    return [
        Statement(
            sid="ReadAlarms",
            actions=["cloudwatch:ListTagsForResource"],
            resources=[account.arn("cloudwatch", f"alarm:{names.alarm_prefix}*")],
        ),
        Statement(
            sid="ReadMuteRules",
            actions=["cloudwatch:ListAlarmMuteRules"],
            resources=[account.arn("cloudwatch", "alarm-mute-rule:*")],
        ),
        Statement(
            sid="ReadDashboard",
            actions=["cloudwatch:GetDashboard"],
            resources=[account.global_arn("cloudwatch", f"dashboard/{names.dashboard}")],
        ),
        Statement(
            sid="ReadLogs",
            actions=["logs:DescribeMetricFilters", "logs:FilterLogEvents"],
            resources=[
                pulumi.Output.concat(account.arn("logs", "log-group:"), group, part)
                for group in groups
                for part in ("", ":*")
            ],
        ),
        Statement(
            sid="ReadTopics", actions=["sns:GetTopicAttributes", "sns:ListSubscriptionsByTopic"], resources=topics
        ),
        Statement(
            sid="ReadTopicKey",
            actions=["kms:DescribeKey", "kms:GetKeyPolicy"],
            resources=[outputs["topicKeyArn"]],
        ),
    ]


def _mail(reach: Reach) -> list[Statement]:
    """To send what people are told, as the address that was verified or by its domain."""
    told = reach.settings.announcements
    if told is None or told.mail is None:
        return []
    sender = told.mail.sender
    return [
        Statement(
            sid="SendMail",
            actions=["ses:SendEmail", "ses:SendRawEmail"],
            resources=[reach.arn("ses", f"identity/{name}") for name in (sender, sender.rpartition("@")[2])],
        ),
        # The list of suppressed addresses is the account's, and has no ARN
        Statement(
            sid="AskWhoIsSuppressed",
            actions=["ses:GetSuppressedDestination"],
            resources=["*"],
            conditions={"StringEquals": {"aws:RequestedRegion": reach.account.region}},
        ),
    ]


def _dev(reach: Reach) -> list[Statement]:
    """To read what the gate asks of dev, where prod's changes come from: of the same account, by the SOP's names."""
    dev, account = reach.dev, reach.account
    if dev is None:
        return []
    stack, groups = dev.cloudformation_stack, (dev.application_log_group, dev.access_log_group)
    return [
        Statement(
            sid="ReadDevsOutputs",
            actions=["s3:GetObject"],
            resources=[f"arn:{account.partition}:s3:::{dev.records_in(account.account_id)}/{OUTPUTS_FILE}"],
        ),
        Statement(
            sid="UseDevsRecordsKey",
            actions=["kms:Decrypt"],
            resources=[account.arn("kms", "key/*")],
            conditions={
                "StringEquals": {f"aws:ResourceTag/{name}": value for name, value in reach.tags_of_dev.items()}
            },
        ),
        Statement(
            sid="ReadDevsPipeline",
            actions=_PIPELINE_READING,
            resources=[account.arn("codepipeline", dev.pipeline)],
        ),
        Statement(
            sid="ReadDevsStack",
            actions=_STACK_READING,
            resources=[account.arn("cloudformation", f"stack/{name}/*") for name in (stack, f"{stack}-*")],
        ),
        Statement(
            sid="ReadDevsLogs",
            actions=["logs:DescribeMetricFilters", "logs:FilterLogEvents"],
            resources=[account.arn("logs", f"log-group:{group}{part}") for group in groups for part in ("", ":*")],
        ),
    ]
