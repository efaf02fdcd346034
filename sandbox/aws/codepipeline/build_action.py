"""The CodeBuild action: a build of the input artifact, waited for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sandbox.aws.access import ACCESS
from sandbox.aws.codepipeline.artifacts import ArtifactStore
from sandbox.aws.codepipeline.model import Execution, Pipeline
from sandbox.aws.codepipeline.role import take_role
from sandbox.aws.codepipeline.runs import ActionRun, Artifact, Outcome
from sandbox.aws.ports import BUILDERS
from sandbox.aws.service import AwsError
from sandbox.iam.calls import Ask

if TYPE_CHECKING:
    from sandbox.aws.ports import BuildTold
    from sandbox.core.account import Account


class BuildAction:
    """Starts the project's build on the input artifacts and stores what it puts out."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def __call__(self, pipeline: Pipeline, execution: Execution, action: ActionRun) -> Outcome:
        codebuild = self._account.reach(BUILDERS)
        project = action.configuration["ProjectName"]
        project_arn = codebuild.project_arn(project)
        if project_arn is None:
            return Outcome(
                False,
                error_code="JobFailed",
                error_message=f"Project cannot be found: {action.configuration['ProjectName']}",
            )
        self._account.reach(ACCESS).require(
            take_role(self._account, pipeline, execution),
            [Ask("codebuild:StartBuild", project_arn), Ask("codebuild:BatchGetBuilds", project_arn)],
        )
        store = ArtifactStore(self._account, pipeline.declaration)
        primary = _primary(action)
        outputs: list[Artifact] = []

        def upload(content: bytes) -> None:
            declared = action.declaration.get("outputArtifacts", [])
            outputs.extend(store.put(each["name"], content, primary.revision) for each in declared)

        build = codebuild.build_artifact(
            project,
            location=f"arn:aws:s3:::{primary.bucket}/{primary.key}",
            revision=primary.revision.id if primary.revision else "",
            archive=lambda: store.get(primary),
            output=_output_name(action),
            upload=upload,
            initiator=f"codepipeline/{pipeline.name}",
            environment=json.loads(action.configuration.get("EnvironmentVariables", "[]")),
        )
        action.external_id, action.external_url = build.id, build.console_url
        build.done.wait()
        if build.status != "SUCCEEDED":
            return Outcome(False, error_code="JobFailed", error_message=reason_of(build))
        return Outcome(True, outputs=tuple(outputs), variables=dict(build.exported_variables))


def _primary(action: ActionRun) -> Artifact:
    wanted = action.configuration.get("PrimarySource")
    for artifact in action.inputs:
        if wanted in (None, artifact.name):
            return artifact
    raise AwsError("ConfigurationError", f"There is no input artifact {wanted or 'at all'}")


def _output_name(action: ActionRun) -> str:
    return next((artifact["name"] for artifact in action.declaration.get("outputArtifacts", [])), "")


def reason_of(build: BuildTold) -> str:
    phase = build.failed_phase
    if phase is None:
        return f"Build terminated with state: {build.status}"
    return (
        f"Build terminated with state: {build.status}. Phase: {phase.type}, Code: {phase.code}, "
        f"Message: {phase.message}"
    )
