"""The engine with a clock, actions and rules that the test holds in its hands."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.aws.codepipeline.engine import Engine
from sandbox.aws.codepipeline.model import Execution, Pipeline, Trigger
from sandbox.aws.codepipeline.progress import Change
from sandbox.aws.codepipeline.runs import ActionRun, Artifact, Declaration, Outcome, RuleRun, Verdict

START = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
PUSH = Trigger("WebhookV2", "arn:aws:codeconnections:ap-southeast-2:123456789012:connection/sample")


class HeldClock:
    """Moves only when told to."""

    def __init__(self) -> None:
        self.time = START

    def __call__(self) -> datetime:
        self.time += timedelta(microseconds=1)  # no two things happen at once
        return self.time

    def advance(self, **span: float) -> None:
        self.time += timedelta(**span)


class HeldActions:
    """Starts nothing: the test ends what is running."""

    def __init__(self) -> None:
        self.running: list[tuple[Execution, ActionRun]] = []

    def prepare(self, pipeline: Pipeline, execution: Execution, action: ActionRun) -> None:
        del pipeline
        action.inputs = [
            execution.artifacts[artifact["name"]] for artifact in action.declaration.get("inputArtifacts", [])
        ]

    def start(self, pipeline: Pipeline, execution: Execution, action: ActionRun) -> None:
        del pipeline
        self.running.append((execution, action))


class HeldRules:
    """Every rule is open until the test decides it."""

    def __init__(self) -> None:
        self.verdicts: dict[str, Verdict] = {}

    def look(self, rule: RuleRun) -> Verdict | None:
        rule.summary = "open"
        return self.verdicts.get(rule.name)


class Bench:
    """One engine with one pipeline of Source, Build and Deploy."""

    def __init__(self, **overrides: Any) -> None:
        self.clock = HeldClock()
        self.actions = HeldActions()
        self.rules = HeldRules()
        self.told: list[Change] = []
        self.engine = Engine(now=self.clock, actions=self.actions, rules=self.rules, tell=self.told.append)
        self.pipeline = Pipeline(three_stages(**overrides), START, START)
        self.engine.pipelines[self.pipeline.name] = self.pipeline

    def start(self, **options: Any) -> Execution:
        return self.engine.start(self.pipeline, PUSH, **options)

    def finish(self, execution: Execution, action: str, *, succeeded: bool = True) -> None:
        """End the running action of this name."""
        entry = next(pair for pair in self.actions.running if pair[0] is execution and pair[1].name == action)
        self.actions.running.remove(entry)
        outputs = tuple(
            Artifact(artifact["name"], "artifacts", f"{execution.number}/{artifact['name']}")
            for artifact in entry[1].declaration.get("outputArtifacts", [])
        )
        error: dict[str, Any] = {} if succeeded else {"error_code": "JobFailed", "error_message": "it broke"}
        self.engine.finish(entry[1], Outcome(succeeded, outputs=outputs, **error))

    def advance_to(self, execution: Execution, stage: str) -> None:
        """Let every stage before this one succeed."""
        for action in ("Checkout", "Lint", "Rollout"):
            if not execution.active or execution.is_in(stage) or execution.waits_for(stage):
                return
            self.finish(execution, action)

    def running(self) -> list[str]:
        return [action.name for _, action in self.actions.running]

    def events(self, execution: Execution) -> list[str]:
        return [_named(change) for change in self.told if change.execution is execution]


def _named(change: Change) -> str:
    where = change.action.name if change.action else change.stage.name if change.stage else "pipeline"
    return f"{where} {change.state}"


def three_stages(**overrides: Any) -> Declaration:
    """`deploy={…}` adds to the Deploy stage, `build={…}` to Build; anything else to the pipeline."""
    deploy, build = overrides.pop("deploy", {}), overrides.pop("build", {})
    return {
        "name": "web",
        "roleArn": "arn:aws:iam::123456789012:role/web",
        "artifactStore": {"type": "S3", "location": "artifacts"},
        "version": 1,
        "pipelineType": "V2",
        "executionMode": "SUPERSEDED",
        "stages": [
            {"name": "Source", "actions": [source_action()]},
            {"name": "Build", "actions": [build_action("Lint", "lint")], **build},
            {"name": "Deploy", "actions": [build_action("Rollout", "rollout")], **deploy},
        ],
        **overrides,
    }


def source_action() -> Declaration:
    return {
        "name": "Checkout",
        "actionTypeId": {
            "category": "Source",
            "owner": "AWS",
            "provider": "CodeStarSourceConnection",
            "version": "1",
        },
        "configuration": {
            "ConnectionArn": PUSH.detail,
            "FullRepositoryId": "helios/web-infrastructure",
            "BranchName": "main",
        },
        "outputArtifacts": [{"name": "source"}],
    }


def build_action(name: str, project: str, **more: Any) -> Declaration:
    return {
        "name": name,
        "actionTypeId": {"category": "Build", "owner": "AWS", "provider": "CodeBuild", "version": "1"},
        "configuration": {"ProjectName": project},
        "inputArtifacts": [{"name": "source"}],
        **more,
    }


def condition(result: str, provider: str = "DeploymentWindow", **configuration: str) -> Declaration:
    """What stands under `beforeEntry`, `onSuccess` or `onFailure`."""
    rule = {
        "name": "Gate",
        "ruleTypeId": {"category": "Rule", "owner": "AWS", "provider": provider, "version": "1"},
        "configuration": configuration or {"Cron": "* * 10-13 ? * TUE-THU *", "TimeZone": "Australia/Brisbane"},
        "timeoutInMinutes": 60,
    }
    return {"conditions": [{"result": result, "rules": [rule]}]}
