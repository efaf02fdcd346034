"""The way from a push to a deployment, put together."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from components.account import Account
from components.artifacts import Artifacts, ArtifactsArgs
from components.builds import PipelineProject, PipelineProjectArgs
from components.configuration.settings import Settings
from components.contract import Contract
from components.deployment import Deployment, DeploymentArgs
from components.pipeline import ReleasePipeline, ReleasePipelineArgs
from sop.names import BUILDSPECS, Stage

LINT_TIMEOUT_MINUTES = 15


@dataclass(frozen=True, kw_only=True)
class DeliveryArgs:
    """One environment's settings, and where it lives."""

    account: Account
    settings: Settings


class Delivery(pulumi.ComponentResource):
    """What carries a commit into the environment.

    Creates the artifact store (Artifacts), the Build stage's project (PipelineProject), the Deploy stage's
    (Deployment) and the pipeline over them (ReleasePipeline).
    """

    contract: Contract

    def __init__(self, name: str, args: DeliveryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("release:index:Delivery", name, None, opts)

        settings, names = args.settings, args.settings.names
        artifacts = Artifacts(
            f"{name}-artifacts",
            ArtifactsArgs(
                account=args.account,
                bucket_name=names.bucket_in(args.account.account_id),
                alias=names.artifact_bucket,
                protect=settings.protects,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        build = self._build(name, args, artifacts)
        deployment = Deployment(
            f"{name}-deploy",
            DeploymentArgs(
                account=args.account,
                names=names,
                artifacts=artifacts,
                workload_policies=settings.workload_policies,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        pipeline = ReleasePipeline(
            f"{name}-release",
            ReleasePipelineArgs(
                account=args.account,
                names=names,
                connection_arn=settings.connection_arn,
                repository=settings.repository,
                branch=settings.branch,
                artifacts=artifacts,
                build=build,
                deployment=deployment,
                release_window=settings.release_window,
                propagation_seconds=settings.iam_propagation_seconds,
                interrupts=settings.interrupt_executions,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        self.contract = {
            "pipeline_name": pipeline.pipeline_name,
            "pipeline_stages": [str(stage) for stage in Stage],
            "build_project_name": build.project_name,
            "deploy_project_name": deployment.project_name,
            "artifact_bucket_name": artifacts.bucket_name,
        }
        self.register_outputs(self.contract)

    def _build(self, name: str, args: DeliveryArgs, artifacts: Artifacts) -> PipelineProject:
        names = args.settings.names
        return PipelineProject(
            f"{name}-build",
            PipelineProjectArgs(
                account=args.account,
                project_name=names.build_project,
                role_name=names.role("build"),
                description="Lints the templates with cfn-lint (SOP 2)",
                buildspec=BUILDSPECS[Stage.BUILD],
                timeout_minutes=LINT_TIMEOUT_MINUTES,
                artifacts=artifacts,
            ),
            pulumi.ResourceOptions(parent=self),
        )
