"""What a role must be allowed, as an IAM policy made from what the checks and the ledger declare.

Which actions can be narrowed to which resources: AWS's Service Authorization Reference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from scripts.checks.framework import Check
from scripts.errors import ConfigurationError
from sop.names import LEDGER, NOTES, Environment, Stage
from sop.outputs import StackOutputs

VERSION = "2012-10-17"
EVERYTHING = "*"
# Templates are validated before there is a stack, by those who write them.
BEFORE_DEPLOYMENT = "3.1"
OF_DEV_ONLY = "3.3"
_READING = ("BatchGet", "Describe", "Filter", "Get", "List")

Resources = Callable[["Arns"], list[str]]


@dataclass(frozen=True)
class Arns:
    """The ARNs of one stack's resources, in the partition, region and account that its outputs name."""

    outputs: StackOutputs

    def pipeline(self) -> list[str]:
        return [self._regional("codepipeline", self.outputs.pipeline_name)]

    def deploy_stage(self) -> list[str]:
        return [f"{arn}/{Stage.DEPLOY}" for arn in self.pipeline()]

    def connection(self) -> list[str]:
        """By its present name and its former one: which of them IAM is asked about is not documented."""
        arn = self.outputs.connection_arn
        names = ":codeconnections:", ":codestar-connections:"
        return list(dict.fromkeys(arn.replace(other, name) for name, other in zip(names, reversed(names), strict=True)))

    def projects(self) -> list[str]:
        names = (self.outputs.build_project_name, self.outputs.deploy_project_name)
        return [self._regional("codebuild", f"project/{name}") for name in names]

    def deploy_project(self) -> list[str]:
        return [self._regional("codebuild", f"project/{self.outputs.deploy_project_name}")]

    def projects_of_pull_requests(self) -> list[str]:
        """The project that checks pull requests; the pipeline's where there is none."""
        name = self.outputs.pull_request_project_name
        return [self._regional("codebuild", f"project/{name}")] if name else self.projects()

    def all_projects(self) -> list[str]:
        """The pipeline's own, and the one that checks pull requests."""
        return list(dict.fromkeys((*self.projects(), *self.projects_of_pull_requests())))

    def stack(self) -> list[str]:
        """The stack and its nested stacks, whose names begin with its own."""
        name = self.outputs.cloudformation_stack_name
        return [self._regional("cloudformation", f"stack/{one}/*") for one in (name, f"{name}-*")]

    def topic(self) -> list[str]:
        return list(self.outputs.topics)

    def topic_key(self) -> list[str]:
        return [self.outputs.topic_key_arn]

    def alarms(self) -> list[str]:
        """Every alarm that may stand beside the stack's own."""
        return [self._regional("cloudwatch", f"alarm:{self.outputs.alarm_prefix}*")]

    def ledger(self) -> list[str]:
        """What is in the ledger's folder of the records bucket."""
        return [f"{bucket}/{LEDGER}*" for bucket in self.records_bucket()]

    def ledger_and_notes(self) -> list[str]:
        """The same, and release notes that are kept beside it."""
        return [f"{bucket}/{folder}*" for bucket in self.records_bucket() for folder in (LEDGER, NOTES)]

    def records_bucket(self) -> list[str]:
        return [f"arn:{self._partition}:s3:::{self._recorded(self.outputs.records_bucket)}"]

    def artifact_bucket(self) -> list[str]:
        return [f"arn:{self._partition}:s3:::{self.outputs.artifact_bucket_name}"]

    def records_key(self) -> list[str]:
        return [self._recorded(self.outputs.records_key_arn)]

    def sender(self) -> list[str]:
        """The identity that mail comes from: the address, or its domain."""
        mail = self.outputs.announcements.mail if self.outputs.announcements else None
        names = (mail.sender, mail.sender.rpartition("@")[2]) if mail else ()
        return [self._regional("ses", f"identity/{name}") for name in names]

    def channel_secret(self) -> list[str]:
        arn = self.outputs.announcements.secret_arn if self.outputs.announcements else None
        return [arn] if arn else []

    def dashboard(self) -> list[str]:
        """A dashboard belongs to no region."""
        return [f"arn:{self._partition}:cloudwatch::{self.outputs.account_id}:dashboard/{self.outputs.dashboard_name}"]

    def mute_rules(self) -> list[str]:
        """All of them: a rule is not named after the alarms that it is about."""
        return [self._regional("cloudwatch", "alarm-mute-rule:*")]

    def log_groups(self) -> list[str]:
        """Each group, and what is in it."""
        groups = (self.outputs.application_log_group_name, self.outputs.access_log_group_name)
        return [self._regional("logs", f"log-group:{name}{part}") for name in groups for part in ("", ":*")]

    def _recorded(self, output: str | None) -> str:
        if output is None:
            raise ConfigurationError(
                f"The outputs of {self.outputs.stack} name no records bucket; a folder needs no permission.",
                f"`pulumi up --stack {self.outputs.stack}` with this version of the project makes the bucket.",
            )
        return output

    @property
    def _partition(self) -> str:
        match self.outputs.topic_arn.split(":"):
            case ["arn", partition, _, *_] if partition:
                return partition
        raise ConfigurationError(
            f"The output topicArn is no ARN: {self.outputs.topic_arn!r}.",
            f"Run `pulumi up --stack {self.outputs.stack}`.",
        )

    def _regional(self, service: str, resource: str) -> str:
        return f"arn:{self._partition}:{service}:{self.outputs.region}:{self.outputs.account_id}:{resource}"


# What is not listed here works on "*" only: Describe* of EC2, load balancing and auto scaling, metric data, alarms but
# for their tags (CloudWatch leaves composite alarms out of every narrower scope), and a subscription's attributes.
NARROWED: dict[str, Resources] = {
    "codepipeline:GetPipeline": Arns.pipeline,
    "codepipeline:GetPipelineExecution": Arns.pipeline,
    "codepipeline:GetPipelineState": Arns.pipeline,
    "codepipeline:ListActionExecutions": Arns.pipeline,
    "codepipeline:ListPipelineExecutions": Arns.pipeline,
    "codepipeline:ListRuleExecutions": Arns.pipeline,
    "codepipeline:StartPipelineExecution": Arns.pipeline,
    "codepipeline:DisableStageTransition": Arns.deploy_stage,
    "codepipeline:EnableStageTransition": Arns.deploy_stage,
    "codepipeline:OverrideStageCondition": Arns.deploy_stage,
    "codepipeline:StopPipelineExecution": Arns.pipeline,
    "codeconnections:GetConnection": Arns.connection,
    "codestar-connections:GetConnection": Arns.connection,
    "codebuild:BatchGetBuilds": Arns.all_projects,
    "codebuild:ListBuildsForProject": Arns.projects_of_pull_requests,
    "codebuild:StopBuild": Arns.deploy_project,
    "cloudformation:DescribeStackEvents": Arns.stack,
    "cloudformation:DescribeStackResources": Arns.stack,
    "cloudformation:DescribeStacks": Arns.stack,
    "cloudformation:ListChangeSets": Arns.stack,
    "cloudformation:ListStackResources": Arns.stack,
    "sns:GetTopicAttributes": Arns.topic,
    "sns:ListSubscriptionsByTopic": Arns.topic,
    "kms:DescribeKey": Arns.topic_key,
    "kms:GetKeyPolicy": Arns.topic_key,
    "s3:GetObject": Arns.ledger,
    "s3:PutObject": Arns.ledger,
    "s3:ListBucket": Arns.records_bucket,
    "s3:ListBucketVersions": Arns.artifact_bucket,
    "kms:Decrypt": Arns.records_key,
    "kms:GenerateDataKey": Arns.records_key,
    "secretsmanager:GetSecretValue": Arns.channel_secret,
    "ses:SendEmail": Arns.sender,
    "ses:SendRawEmail": Arns.sender,
    "cloudwatch:GetDashboard": Arns.dashboard,
    "cloudwatch:ListAlarmMuteRules": Arns.mute_rules,
    "cloudwatch:ListTagsForResource": Arns.alarms,
    "logs:DescribeLogStreams": Arns.log_groups,
    "logs:DescribeMetricFilters": Arns.log_groups,
    "logs:FilterLogEvents": Arns.log_groups,
}


def actions_of(checks: Iterable[Check[Any]], environment: str) -> set[str]:
    """The IAM actions that verifying and observing a deployment of that environment takes, by what checks declare."""
    left_out = {BEFORE_DEPLOYMENT} if environment == Environment.DEV else {BEFORE_DEPLOYMENT, OF_DEV_ONLY}
    return {action for check in checks if check.sop not in left_out for action in check.permissions}


# Who records a release keeps its notes in the bucket, too.
OF_RECORDS: dict[str, Resources] = {"s3:GetObject": Arns.ledger_and_notes, "s3:PutObject": Arns.ledger_and_notes}


def policy(
    actions: Iterable[str], outputs: StackOutputs, wider: Mapping[str, Resources] = MappingProxyType({})
) -> dict[str, Any]:
    """An IAM policy document that allows `actions` on this stack's resources; the same input gives the same text.

    What IAM cannot narrow to a resource is narrowed to the stack's region. `wider` are those that reach further here.
    """
    arns, narrowed_to = Arns(outputs), {**NARROWED, **wider}
    by_resources: dict[tuple[str, ...], list[str]] = {}
    for action in sorted(set(actions)):
        narrowed = narrowed_to.get(action)
        resources = tuple(narrowed(arns)) if narrowed else (EVERYTHING,)
        if resources:  # of what the stack does not have there is nothing to allow
            by_resources.setdefault(resources, []).append(action)
    statements = [_statement(allowed, resources, outputs.region) for resources, allowed in by_resources.items()]
    return {"Version": VERSION, "Statement": sorted(statements, key=lambda one: one["Sid"])}


def _statement(actions: list[str], resources: tuple[str, ...], region: str) -> dict[str, Any]:
    anywhere = resources == (EVERYTHING,)
    service = actions[0].partition(":")[0]
    verb = "Read" if all(action.partition(":")[2].startswith(_READING) for action in actions) else "Use"
    statement: dict[str, Any] = {
        "Sid": "WhatHasNoNarrowerScope" if anywhere else f"{verb}{service.capitalize()}{_kind(actions[0])}",
        "Effect": "Allow",
        "Action": actions,
        "Resource": list(resources),
    }
    if anywhere:
        statement["Condition"] = {"StringEquals": {"aws:RequestedRegion": region}}
    return statement


def _kind(action: str) -> str:
    return NARROWED[action].__name__.title().replace("_", "")
