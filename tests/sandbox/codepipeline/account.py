"""A small account in front of moto: one repository, one pipeline, builds that really run."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from moto.moto_api._internal.models import moto_api_backend

from sandbox.aws.codebuild import CodeBuild
from sandbox.aws.codeconnections import AVAILABLE, CodeConnections
from sandbox.aws.codepipeline import CodePipeline
from sandbox.aws.codepipeline.model import Execution
from sandbox.aws.codepipeline.runs import Phase
from sandbox.aws.service import Params, Service
from sandbox.core.clock import Clock
from sandbox.core.events import Event
from sandbox.github import GitHub, github_of
from sandbox.world import World
from tests.clock import PATIENCE
from tests.sandbox.codepipeline.harness import condition

CONNECTION = "arn:aws:codeconnections:ap-southeast-2:123456789012:connection/5c0de000-0000-4000-8000-000000000001"
BUCKET = "pipeline-artifacts"
ZONE = ZoneInfo("Australia/Brisbane")
MONDAY, TUESDAY = (0, time(12, 0)), (1, time(10, 30))  # outside the release window, and in it
FILES = {
    "main.yaml": "AWSTemplateFormatVersion: '2010-09-09'\n",
    "buildspec-test.yml": "version: 0.2\nphases:\n  build:\n    commands:\n      - test ! -e broken\n",
    "buildspec.yml": "version: 0.2\nphases:\n  build:\n    commands:\n      - echo $ENVIRONMENT\n",
    "CODEOWNERS": "* @helios/operations-manager\n",
}


class Metrics(Service):
    """CloudWatch as far as pipelines need it."""

    name = "cloudwatch"

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.values: list[tuple[str, dict[str, str], float]] = []
        self.alarms: dict[str, str] = {}

    def record(
        self,
        namespace: str,
        metric: str,
        dimensions: dict[str, str],
        value: float,
        **more: object,
    ) -> None:
        del more
        self.values.append((f"{namespace} {metric}", dimensions, value))

    def describe_alarms(self, request: Params) -> Params:
        named = [name for name in request["AlarmNames"] if name in self.alarms]
        return {"MetricAlarms": [{"AlarmName": name, "StateValue": self.alarms[name]} for name in named]}


class Logs(Service):
    """CloudWatch Logs: groups are moto's, lines are kept here."""

    name = "logs"
    moto_fallback = True

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.lines: dict[str, list[str]] = {}

    def append(self, group: str, stream: str, messages: list[str], at: datetime | None = None) -> None:
        del stream, at
        self.lines.setdefault(group, []).extend(messages)


SERVICES = (CodePipeline, CodeBuild, CodeConnections, Metrics, Logs)


def leap_to(clock: Clock, day: tuple[int, time]) -> datetime:
    """The next time that it is this time on this day of the week, in the release window's zone."""
    weekday, at = day
    now = clock.now().astimezone(ZONE)
    wanted = datetime.combine(now + timedelta(days=(weekday - now.weekday()) % 7), at, ZONE)
    wanted += timedelta(days=7) if wanted < now else timedelta()
    clock.leap(wanted - now)
    return wanted


def write_template(folder: Path, files: dict[str, str]) -> Path:
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_text(content)
    return folder


class Account:
    """The world, and what tests do in it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.events: list[Event] = []
        world.events.subscribe(self.events.append)
        self.github: GitHub = github_of(world)
        self.codepipeline: CodePipeline = world.service("codepipeline")
        self.codebuild: CodeBuild = world.service("codebuild")
        self.metrics: Metrics = world.service("cloudwatch")
        self.logs: Logs = world.service("logs")
        self.pipelines: Any = world.client("codepipeline")
        self.builds: Any = world.client("codebuild")

    def reset(self) -> None:
        """As it was when it was made."""
        self.codepipeline.engine.pipelines.clear()
        self.codebuild.projects.clear()
        moto_api_backend.reset()
        repository = self.github.repository
        for branch, sha in repository.branches().items():
            seed = repository.commits(sha)[-1].sha
            repository.set_branch(branch, seed) if branch in ("dev", "main") else repository.delete_branch(branch)
        self.github.pulls.clear()
        self.github.protections.clear()
        self.github._statuses.clear()
        self.events.clear()
        self.metrics.values.clear()
        self.metrics.alarms.clear()
        self.logs.lines.clear()
        self.world.service("codeconnections").set_status(CONNECTION, AVAILABLE)

    def role(self, name: str, service: str, actions: list[str] | None = None) -> str:
        """A role that trusts a service and may do these actions on anything."""
        iam = self.world.client("iam")
        trust = {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": f"{service}.amazonaws.com"}}
            ],
        }
        policy = {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": actions or ["*"], "Resource": "*"}],
        }
        role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]
        iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=json.dumps(policy))
        return role["Arn"]

    def project(self, name: str, buildspec: str, **more: Any) -> Params:
        """A project that the pipeline hands its source to."""
        return self.builds.create_project(
            **{
                "name": name,
                "source": {"type": "CODEPIPELINE", "buildspec": buildspec},
                "artifacts": {"type": "CODEPIPELINE"},
                "environment": environment(ENVIRONMENT="prod"),
                "serviceRole": self.role(name, "codebuild"),
                **more,
            }
        )["project"]

    def pull_request_project(self, name: str = "web-pull-request", **more: Any) -> Params:
        return self.builds.create_project(
            **{
                "name": name,
                "source": github_source(),
                "artifacts": {"type": "NO_ARTIFACTS"},
                "environment": environment(),
                "serviceRole": self.role(name, "codebuild"),
                **more,
            }
        )["project"]

    def pipeline(self, name: str = "web", *, window: bool = False, **more: Any) -> Params:
        """Source, Build and Deploy on the sample repository's main branch; creating it starts it."""
        self.world.client("s3").create_bucket(
            Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": self.world.region}
        )
        self.project(f"{name}-build", "buildspec-test.yml")
        self.project(f"{name}-deploy", "buildspec.yml")
        declaration = declared(name, self.role(f"{name}-pipeline", "codepipeline"), window=window)
        return self.pipelines.create_pipeline(pipeline={**declaration, **more})["pipeline"]

    def execution(self, name: str = "web", number: int = -1) -> Execution:
        return self.codepipeline.engine.pipelines[name].executions[number]

    def until(self, reached: Callable[[], bool]) -> None:
        """Wait on the engine for a state; fail when it is not reached."""
        engine = self.codepipeline.engine
        with engine.changed:
            assert engine.changed.wait_for(reached, PATIENCE), "the state was not reached"

    def finished(self, name: str = "web", number: int = -1) -> Execution:
        execution = self.execution(name, number)
        self.until(lambda: not execution.active)
        return execution

    def push(self, path: str, content: str, branch: str = "main") -> str:
        """A commit with one changed file."""

        def change(checkout: Path) -> str:
            (checkout / path).write_text(content)
            return f"Change {path}"

        branches = self.github.repository.branches()
        sha = self.github.repository.commit_change(branches.get(branch, branches["main"]), change)
        self.github.push(branch, sha, "sample-engineer")
        return sha


def waits_at_entry(account: Account) -> bool:
    """Whether the newest execution waits at a stage's entry condition."""
    current = account.execution().current
    return current is not None and current.phase is Phase.ENTERING and bool(current.conditions)


def environment(**variables: str) -> Params:
    return {
        "type": "LINUX_CONTAINER",
        "image": "aws/codebuild/amazonlinux-x86_64-standard:5.0",
        "computeType": "BUILD_GENERAL1_SMALL",
        "environmentVariables": [{"name": name, "value": value} for name, value in variables.items()],
    }


def github_source(**more: Any) -> Params:
    return {
        "type": "GITHUB",
        "location": "https://github.com/helios/web-infrastructure.git",
        "buildspec": "buildspec-test.yml",
        "auth": {"type": "CODECONNECTIONS", "resource": CONNECTION},
        "reportBuildStatus": True,
        "buildStatusConfig": {"context": "CFN-Lint"},
        **more,
    }


def declared(name: str, role_arn: str, *, window: bool = False) -> Params:
    """A pipeline as a program declares it."""

    def action(action_name: str, category: str, provider: str, configuration: dict[str, str], **more: Any) -> Params:
        type_ = {"category": category, "owner": "AWS", "provider": provider, "version": "1"}
        return {"name": action_name, "actionTypeId": type_, "configuration": configuration, **more}

    source = {
        "ConnectionArn": CONNECTION,
        "FullRepositoryId": "helios/web-infrastructure",
        "BranchName": "main",
        "OutputArtifactFormat": "CODE_ZIP",
        "DetectChanges": "true",
    }
    given, made = [{"name": "source"}], [{"name": "source"}]
    build = action("Lint", "Test", "CodeBuild", {"ProjectName": f"{name}-build"}, inputArtifacts=given)
    deploy = action("Rollout", "Build", "CodeBuild", {"ProjectName": f"{name}-deploy"}, inputArtifacts=given)
    stages: list[Params] = [
        {
            "name": "Source",
            "actions": [action("GitHub", "Source", "CodeStarSourceConnection", source, outputArtifacts=made)],
        },
        {"name": "Build", "actions": [build]},
        {"name": "Deploy", "actions": [deploy]},
    ]
    if window:
        stages[2]["beforeEntry"] = condition("FAIL")
    return {
        "name": name,
        "roleArn": role_arn,
        "artifactStore": {"type": "S3", "location": BUCKET},
        "stages": stages,
        "pipelineType": "V2",
    }
