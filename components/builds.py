"""The CodeBuild projects that run inside the pipeline: Build lints, Deploy deploys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws

from components.account import Account
from components.artifacts import Artifacts
from components.policies import Statement
from components.roles import ServiceRole, ServiceRoleArgs

LOG_RETENTION_DAYS = 90

ENVIRONMENT_IMAGE = "aws/codebuild/amazonlinux-x86_64-standard:5.0"


@dataclass(frozen=True, kw_only=True)
class PipelineProjectArgs:
    """`variables` are the build's environment variables, `statements` what it may do besides running at all."""

    account: Account
    project_name: str
    role_name: str
    description: str
    buildspec: str
    timeout_minutes: int
    artifacts: Artifacts
    variables: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])
    statements: Sequence[Statement] = ()


class PipelineProject(pulumi.ComponentResource):
    """A CodeBuild project that the pipeline hands its source to.

    Creates a log group, a role that may write to it and use the artifacts, and the project.
    """

    project_name: pulumi.Output[str]
    project_arn: pulumi.Output[str]
    role_arn: pulumi.Output[str]

    def __init__(self, name: str, args: PipelineProjectArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("release:index:PipelineProject", name, None, opts)

        log_group = build_log_group(f"{name}-logs", args.project_name, self)
        role = ServiceRole(
            f"{name}-service",
            ServiceRoleArgs(
                account=args.account,
                role_name=args.role_name,
                service="codebuild",
                description=f"What the CodeBuild project {args.project_name} may do",
                statements=[
                    write_logs(log_group.arn),
                    Statement(
                        sid="ReadSource",
                        actions=["s3:GetObject", "s3:GetObjectVersion"],
                        resources=[pulumi.Output.concat(args.artifacts.bucket_arn, "/*")],
                    ),
                    Statement(
                        sid="UseArtifactKey",
                        actions=["kms:Decrypt", "kms:GenerateDataKey"],
                        resources=[args.artifacts.key_arn],
                    ),
                    *args.statements,
                ],
            ),
            pulumi.ResourceOptions(parent=self),
        )
        project = aws.codebuild.Project(
            f"{name}-project",
            name=args.project_name,
            description=args.description,
            service_role=role.arn,
            build_timeout=args.timeout_minutes,
            encryption_key=args.artifacts.key_arn,
            source=aws.codebuild.ProjectSourceArgs(type="CODEPIPELINE", buildspec=args.buildspec),
            artifacts=aws.codebuild.ProjectArtifactsArgs(type="CODEPIPELINE"),
            environment=build_environment(args.variables),
            logs_config=build_logs(log_group),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[role.policy]),
        )
        self.project_name = project.name
        self.project_arn = project.arn
        self.role_arn = role.arn
        self.register_outputs({"project_name": self.project_name, "project_arn": self.project_arn})


def build_log_group(name: str, project_name: str, parent: pulumi.Resource) -> aws.cloudwatch.LogGroup:
    """The log group of one CodeBuild project; CodeBuild would make one that never expires."""
    return aws.cloudwatch.LogGroup(
        name,
        name=f"/aws/codebuild/{project_name}",
        retention_in_days=LOG_RETENTION_DAYS,
        opts=pulumi.ResourceOptions(parent=parent),
    )


def write_logs(log_group_arn: pulumi.Input[str]) -> Statement:
    """Lets a build write its log."""
    return Statement(
        sid="WriteLog",
        actions=["logs:CreateLogStream", "logs:PutLogEvents"],
        resources=[pulumi.Output.concat(log_group_arn, ":*")],
    )


def build_logs(log_group: aws.cloudwatch.LogGroup) -> aws.codebuild.ProjectLogsConfigArgs:
    """Sends a build's log to its group."""
    return aws.codebuild.ProjectLogsConfigArgs(
        cloudwatch_logs=aws.codebuild.ProjectLogsConfigCloudwatchLogsArgs(status="ENABLED", group_name=log_group.name)
    )


def build_environment(
    variables: Mapping[str, pulumi.Input[str]], secrets: Mapping[str, str] | None = None
) -> aws.codebuild.ProjectEnvironmentArgs:
    """A small Linux container with these environment variables; of secrets the value is NAME:KEY."""
    told = [(name, value, "PLAINTEXT") for name, value in variables.items()]
    told += [(name, value, "SECRETS_MANAGER") for name, value in (secrets or {}).items()]
    return aws.codebuild.ProjectEnvironmentArgs(
        type="LINUX_CONTAINER",
        compute_type="BUILD_GENERAL1_SMALL",
        image=ENVIRONMENT_IMAGE,
        image_pull_credentials_type="CODEBUILD",
        environment_variables=[
            aws.codebuild.ProjectEnvironmentEnvironmentVariableArgs(name=name, value=value, type=kind)
            for name, value, kind in told
        ],
    )
