"""The Deploy stage's project, and the role that CloudFormation takes to do what it is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.account import Account
from components.artifacts import Artifacts
from components.builds import PipelineProject, PipelineProjectArgs
from components.policies import Statement
from components.roles import ServiceRole, ServiceRoleArgs
from components.workload_permissions import image_parameter, workload_statements
from sop.names import BUILDSPECS, Names, Stage

# The auto-scaling group alone may take 10 minutes a server; CloudFormation's own rollback comes on top
TIMEOUT_MINUTES = 60


@dataclass(frozen=True, kw_only=True)
class DeploymentArgs:
    """Where the artifacts are, and whose names to use."""

    account: Account
    names: Names
    artifacts: Artifacts
    workload_policies: Sequence[str]


class Deployment(pulumi.ComponentResource):
    """What deploys the web infrastructure's CloudFormation stack.

    Creates the role that CloudFormation takes for this stack, and the CodeBuild project that runs
    `buildspec.yml` (PipelineProject). The project itself may create nothing but the stack.
    """

    project_name: pulumi.Output[str]
    project_arn: pulumi.Output[str]

    def __init__(self, name: str, args: DeploymentArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("release:index:Deployment", name, None, opts)

        names = args.names
        execution = ServiceRole(
            f"{name}-cloudformation",
            ServiceRoleArgs(
                account=args.account,
                role_name=names.role("cloudformation"),
                service="cloudformation",
                description=f"What CloudFormation may do for the stack {names.cloudformation_stack}",
                statements=workload_statements(args.account, names, args.artifacts.bucket_arn, args.artifacts.key_arn),
                managed_policies=args.workload_policies,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        project = PipelineProject(
            name,
            PipelineProjectArgs(
                account=args.account,
                project_name=names.deploy_project,
                role_name=names.role("deploy"),
                description=f"Deploys the CloudFormation stack {names.cloudformation_stack} (SOP 2)",
                buildspec=BUILDSPECS[Stage.DEPLOY],
                timeout_minutes=TIMEOUT_MINUTES,
                artifacts=args.artifacts,
                variables={
                    "ENVIRONMENT": str(names.environment),
                    "STACK_NAME": names.cloudformation_stack,
                    "ARTIFACT_BUCKET": args.artifacts.bucket_name,
                    "CLOUDFORMATION_ROLE_ARN": execution.arn,
                },
                statements=_deploy_statements(args, execution.arn),
            ),
            # The first execution may start as soon as the pipeline is there
            pulumi.ResourceOptions(parent=self, depends_on=[execution.policy]),
        )
        self.project_name = project.project_name
        self.project_arn = project.project_arn
        self.register_outputs({"project_name": self.project_name, "project_arn": self.project_arn})


def _deploy_statements(args: DeploymentArgs, execution_role_arn: pulumi.Input[str]) -> list[Statement]:
    stack = args.names.cloudformation_stack
    return [
        Statement(
            sid="DeployStack",
            actions=[
                "cloudformation:CreateChangeSet",
                "cloudformation:DeleteChangeSet",
                "cloudformation:DeleteStack",
                "cloudformation:DescribeChangeSet",
                "cloudformation:DescribeStackEvents",
                "cloudformation:DescribeStacks",
                "cloudformation:ExecuteChangeSet",
                "cloudformation:ListChangeSets",
                "cloudformation:TagResource",
            ],
            resources=[args.account.arn("cloudformation", f"stack/{stack}/*")],
        ),
        Statement(
            sid="FollowNestedStacks",
            actions=["cloudformation:DescribeStackEvents"],
            resources=[args.account.arn("cloudformation", f"stack/{stack}-*/*")],
        ),
        Statement(
            sid="HandOverRole",
            actions=["iam:PassRole"],
            resources=[execution_role_arn],
            conditions={"StringEquals": {"iam:PassedToService": "cloudformation.amazonaws.com"}},
        ),
        # CloudFormation looks parameters up for whoever makes a change set, whatever role the stack has
        image_parameter(args.account),
        Statement(
            sid="PackageTemplates",
            actions=["s3:PutObject"],
            resources=[pulumi.Output.concat(args.artifacts.bucket_arn, "/templates/*")],
        ),
        Statement(
            sid="FindBucket",
            actions=["s3:GetBucketLocation"],
            resources=[args.artifacts.bucket_arn],
        ),
    ]
