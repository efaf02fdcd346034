"""The runner: the release command, run by AWS."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.account import Account
from components.announcements import GITHUB_KEY
from components.builds import build_environment, build_log_group, build_logs, write_logs
from components.configuration.settings import Settings
from components.contract import Contract
from components.outputs_file import OutputsFile, OutputsFileArgs
from components.policies import Statement
from components.roles import ServiceRole, ServiceRoleArgs
from components.runner.buildspec import BUILDSPEC
from components.runner.files import CommandFile, CommandFiles
from components.runner.permissions import Reach, of_the_commands, of_the_runner
from components.runner.starting import Starting, StartingArgs
from sop.names import COMMAND, OUTPUTS_FILE, RUNNER_VARIABLE, RUNS
from sop.outputs import RunnerOutput

TIMEOUT_MINUTES = 150  # --wait stays two hours, and so longer than the hour of observation


@dataclass(frozen=True, kw_only=True)
class RunnerArgs:
    """`outputs` are the stack's, and `kept` is the file of them that the command reads."""

    account: Account
    settings: Settings
    files: CommandFiles
    outputs: Mapping[str, Any]
    kept: OutputsFile


class Runner(pulumi.ComponentResource):
    """Runs the release command on AWS.

    Creates the command's files in the records bucket, under their hash; a log group; a role that may do what the
    commands need and no more; a CodeBuild project; and what starts it, and when (Starting).
    """

    def __init__(self, name: str, args: RunnerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("release:index:Runner", name, None, opts)

        names, bucket = args.settings.names, args.outputs["recordsBucket"]
        wheel = self._uploaded(f"{name}-wheel", args.files.wheel, bucket)
        lock = self._uploaded(f"{name}-lock", args.files.lock, bucket)
        log_group = build_log_group(f"{name}-logs", names.runner_project, self)
        reach = Reach(account=args.account, settings=args.settings, outputs=args.outputs)
        role = self._role(name, reach, [write_logs(log_group.arn)])
        variables = {
            RUNNER_VARIABLE: names.runner_project,
            "RECORDS": bucket,
            "RUNS": RUNS,
            "WHEEL": wheel.key,
            "WHEEL_SHA256": args.files.wheel.sha256,
            "LOCK": lock.key,
            "LOCK_SHA256": args.files.lock.sha256,
            "OUTPUTS": args.kept.key,
            "OUTPUTS_SHA256": args.kept.sha256,
            **({"DEV": f"{dev.records_in(args.account.account_id)}/{OUTPUTS_FILE}"} if (dev := reach.dev) else {}),
        }
        environment = build_environment(variables, {"GITHUB_TOKEN": f"{names.channel_secret}:{GITHUB_KEY}"})
        project = aws.codebuild.Project(
            f"{name}-project",
            name=names.runner_project,
            description="Runs the release command: keeps the door, carries through what was let in (SOP 4, 5, 6)",
            service_role=role.arn,
            build_timeout=TIMEOUT_MINUTES,
            source=aws.codebuild.ProjectSourceArgs(type="NO_SOURCE", buildspec=BUILDSPEC),
            artifacts=aws.codebuild.ProjectArtifactsArgs(type="NO_ARTIFACTS"),
            environment=environment,
            logs_config=build_logs(log_group),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[role.policy]),
        )
        starting_args = StartingArgs(account=args.account, settings=args.settings, project_arn=project.arn)
        Starting(f"{name}-starting", starting_args, pulumi.ResourceOptions(parent=self))
        self.register_outputs({"project_name": project.name})

    def _role(self, name: str, reach: Reach, first: list[Statement]) -> ServiceRole:
        names = reach.settings.names
        args = ServiceRoleArgs(
            account=reach.account,
            role_name=names.role("runner"),
            service="codebuild",
            description=f"What the release command may do when {names.runner_project} runs it",
            statements=[*first, *of_the_runner(reach), *of_the_commands(reach)],
        )
        return ServiceRole(f"{name}-service", args, pulumi.ResourceOptions(parent=self))

    def _uploaded(self, name: str, file: CommandFile, bucket: pulumi.Input[str]) -> aws.s3.BucketObjectv2:
        return aws.s3.BucketObjectv2(
            name,
            bucket=bucket,
            key=f"{COMMAND}{file.sha256}/{file.path.name}",
            source=pulumi.FileAsset(str(file.path)),
            opts=pulumi.ResourceOptions(parent=self),
        )


def runner_output(settings: Settings, files: CommandFiles | None) -> Contract:
    """What the stack's outputs say of the runner, which reads them itself: known before it is made."""
    if files is None:
        return {"runner": None}
    names = settings.names
    return {"runner": RunnerOutput(project_name=names.runner_project)}


def keep_running(
    settings: Settings,
    account: Account,
    files: CommandFiles | None,
    outputs: Mapping[str, Any],
    opts: pulumi.ResourceOptions,
) -> None:
    """Keep the outputs where there are records, and make the runner where there is the command."""
    if not settings.keep_records:
        return
    kept = OutputsFile("outputs", OutputsFileArgs(outputs=outputs), opts)
    if files is not None:
        args = RunnerArgs(account=account, settings=settings, files=files, outputs=outputs, kept=kept)
        Runner("runner", args, opts)
