"""The pipeline of one environment (SOP 2): Source, Build, Deploy."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.account import Account
from components.artifacts import Artifacts
from components.builds import PipelineProject
from components.deployment import Deployment
from components.interruption import refused_while_at_work
from components.policies import KEY_USE, Statement
from components.propagation import after_propagation
from components.roles import ServiceRole, ServiceRoleArgs
from sop.names import Names, Stage
from sop.windows import ReleaseWindow

SOURCE_ARTIFACT = "source"


@dataclass(frozen=True, kw_only=True)
class ReleasePipelineArgs:
    """Without `release_window` the Deploy stage never waits."""

    account: Account
    names: Names
    connection_arn: str
    repository: str
    branch: str
    artifacts: Artifacts
    build: PipelineProject
    deployment: Deployment
    release_window: ReleaseWindow | None
    propagation_seconds: float
    interrupts: bool


class ReleasePipeline(pulumi.ComponentResource):
    """What carries a push to the branch into the environment.

    Creates a V2 pipeline with the SOP's three stages and the role it works with. A push starts it; in
    production the Deploy stage waits for the release window, which CodePipeline's own override opens in an
    emergency.
    """

    pipeline_name: pulumi.Output[str]
    pipeline_arn: pulumi.Output[str]

    def __init__(self, name: str, args: ReleasePipelineArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("release:index:ReleasePipeline", name, None, opts)

        role = ServiceRole(
            f"{name}-service",
            ServiceRoleArgs(
                account=args.account,
                role_name=args.names.role("pipeline"),
                service="codepipeline",
                description=f"What the pipeline {args.names.pipeline} may do",
                statements=_statements(args),
            ),
            pulumi.ResourceOptions(parent=self),
        )
        pipeline = aws.codepipeline.Pipeline(
            f"{name}-pipeline",
            name=args.names.pipeline,
            pipeline_type="V2",
            # Of several pushes that wait, only the newest is deployed
            execution_mode="SUPERSEDED",
            role_arn=role.arn,
            artifact_stores=[
                aws.codepipeline.PipelineArtifactStoreArgs(
                    type="S3",
                    location=args.artifacts.bucket_name,
                    encryption_key=aws.codepipeline.PipelineArtifactStoreEncryptionKeyArgs(
                        type="KMS", id=args.artifacts.key_arn
                    ),
                )
            ],
            stages=[_source(args), _build(args), _deploy(args)],
            opts=pulumi.ResourceOptions(parent=self, depends_on=[role.policy], hooks=_hooks(name, args)),
        )
        self.pipeline_name = pipeline.name
        self.pipeline_arn = pipeline.arn
        self.register_outputs({"pipeline_name": self.pipeline_name, "pipeline_arn": self.pipeline_arn})


def _hooks(name: str, args: ReleasePipelineArgs) -> pulumi.ResourceHookBinding:
    """Created, it starts at once; changed, it cancels what is under way."""
    resource, pipeline = f"{name}-pipeline", args.names.pipeline
    return pulumi.ResourceHookBinding(
        before_create=[after_propagation(resource, args.propagation_seconds)],
        before_update=[refused_while_at_work(resource, pipeline, args.names.region, allowed=args.interrupts)],
    )


def _source(args: ReleasePipelineArgs) -> aws.codepipeline.PipelineStageArgs:
    action = aws.codepipeline.PipelineStageActionArgs(
        name="Source",
        category="Source",
        owner="AWS",
        provider="CodeStarSourceConnection",
        version="1",
        configuration={
            "ConnectionArn": args.connection_arn,
            "FullRepositoryId": args.repository,
            "BranchName": args.branch,
            "OutputArtifactFormat": "CODE_ZIP",
            # Without a triggers block AWS makes the push trigger from this by itself
            "DetectChanges": "true",
        },
        output_artifacts=[SOURCE_ARTIFACT],
    )
    return aws.codepipeline.PipelineStageArgs(name=Stage.SOURCE, actions=[action])


def _build(args: ReleasePipelineArgs) -> aws.codepipeline.PipelineStageArgs:
    return aws.codepipeline.PipelineStageArgs(
        name=Stage.BUILD, actions=[_codebuild_action("Lint", args.build.project_name)]
    )


def _deploy(args: ReleasePipelineArgs) -> aws.codepipeline.PipelineStageArgs:
    actions = [_codebuild_action("Deploy", args.deployment.project_name)]
    if args.release_window is None:
        return aws.codepipeline.PipelineStageArgs(name=Stage.DEPLOY, actions=actions)
    return aws.codepipeline.PipelineStageArgs(
        name=Stage.DEPLOY, actions=actions, before_entry=_opens_in(args.release_window)
    )


def _codebuild_action(name: str, project: pulumi.Input[str]) -> aws.codepipeline.PipelineStageActionArgs:
    return aws.codepipeline.PipelineStageActionArgs(
        name=name,
        # CodeBuild is of category Build or Test, whatever the stage is called
        category="Build",
        owner="AWS",
        provider="CodeBuild",
        version="1",
        configuration={"ProjectName": project},
        input_artifacts=[SOURCE_ARTIFACT],
    )


def _opens_in(window: ReleaseWindow) -> aws.codepipeline.PipelineStageBeforeEntryArgs:
    """The condition that lets an execution in while the window is open, and keeps it waiting before.

    For how long is AWS's: the provider never sends a rule's timeout, and would show it as a change for ever.
    """
    rule = aws.codepipeline.PipelineStageBeforeEntryConditionRuleArgs(
        name="ReleaseWindow",
        rule_type_id=aws.codepipeline.PipelineStageBeforeEntryConditionRuleRuleTypeIdArgs(
            category="Rule", owner="AWS", provider="DeploymentWindow", version="1"
        ),
        configuration={"Cron": window.cron, "TimeZone": window.time_zone},
    )
    return aws.codepipeline.PipelineStageBeforeEntryArgs(
        condition=aws.codepipeline.PipelineStageBeforeEntryConditionArgs(result="FAIL", rules=[rule])
    )


def _statements(args: ReleasePipelineArgs) -> list[Statement]:
    # CodeConnections was CodeStar Connections: IAM still asks by either name
    current = args.connection_arn.replace(":codestar-connections:", ":codeconnections:")
    former = args.connection_arn.replace(":codeconnections:", ":codestar-connections:")
    return [
        Statement(
            sid="FindBucket",
            actions=["s3:GetBucketAcl", "s3:GetBucketLocation", "s3:GetBucketVersioning"],
            resources=[args.artifacts.bucket_arn],
        ),
        Statement(
            sid="PassArtifacts",
            # The source action uploads with an ACL, also where the bucket has none
            actions=["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", "s3:PutObjectAcl"],
            resources=[pulumi.Output.concat(args.artifacts.bucket_arn, "/*")],
        ),
        Statement(sid="UseArtifactKey", actions=KEY_USE, resources=[args.artifacts.key_arn]),
        Statement(
            sid="UseConnection",
            actions=["codeconnections:UseConnection", "codestar-connections:UseConnection"],
            resources=[current, former],
        ),
        Statement(
            sid="RunBuilds",
            actions=["codebuild:BatchGetBuilds", "codebuild:StartBuild"],
            resources=[args.build.project_arn, args.deployment.project_arn],
        ),
    ]
