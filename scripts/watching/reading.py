"""Reads an execution as it is at one moment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from scripts.clients.failures import AWS_FAILURES, translate
from scripts.clients.github import GitHub
from scripts.clients.github_errors import GitHubError
from scripts.errors import AccessDeniedError, ConfigurationError
from scripts.facts.builds import BuildRun, read_builds
from scripts.facts.door import closed_doors
from scripts.facts.operations import Operation, operations
from scripts.facts.pipeline import (
    ActionRun,
    Execution,
    Pin,
    find_execution,
    read_actions,
    read_rules,
)
from scripts.facts.stack import read_events, read_stack
from scripts.ledger import store
from scripts.watching.snapshot import Rules, Snapshot, last_through, successor, through
from sop.names import Stage

if TYPE_CHECKING:
    from mypy_boto3_codepipeline.type_defs import GetPipelineStateOutputTypeDef

    from scripts.clients.aws import Aws
    from sop.calendar.calendar import Calendar
    from sop.outputs import StackOutputs

PERMISSIONS = (
    "codepipeline:ListPipelineExecutions",
    "codepipeline:ListActionExecutions",
    "codepipeline:ListRuleExecutions",
    "codepipeline:GetPipelineState",
    "cloudformation:DescribeStacks",
    "cloudformation:DescribeStackEvents",
    "cloudformation:ListStackResources",
    "codebuild:BatchGetBuilds",
    *store.READING,
)
BUILD_ACTIONS = 50  # of the newest; so many CodeBuild is asked for at once


@dataclass(frozen=True)
class Reader:
    """Looks at one stack's executions.

    `now` is AWS's time; `calendar` tells, with what somebody has ordered, when it is closed.
    """

    outputs: StackOutputs
    aws: Aws
    github: GitHub | None
    now: Callable[[], datetime]
    calendar: Callable[[], Calendar | None]

    def read(self, execution_id: str) -> Snapshot:
        """What AWS tells of the execution now.

        Raises:
            ConfigurationError: the pipeline has no such execution.
            PromisedResourceMissingError: there is no such pipeline.
            UndeterminedError: AWS could not be asked.
        """
        try:
            return self._read(execution_id)
        except AWS_FAILURES as problem:
            raise translate(problem, PERMISSIONS) from problem

    def newest(self) -> Execution | None:
        """The pipeline's newest execution; None: it has never run. Raises as `read`."""
        try:
            return find_execution(self.aws.codepipeline, *self._names, Pin()).chosen
        except AWS_FAILURES as problem:
            raise translate(problem, PERMISSIONS) from problem

    def _read(self, execution_id: str) -> Snapshot:
        client, pipeline = self.aws.codepipeline, self.outputs.pipeline_name
        executions = find_execution(client, *self._names, Pin(execution_id))
        execution = executions.chosen
        if execution is None:
            raise ConfigurationError(f"--execution-id {execution_id}: {pipeline} has no such execution.")
        # All else is read after it: of an execution that has ended nothing is older than its end
        with ThreadPoolExecutor(3) as beside:
            actions = beside.submit(read_actions, client, pipeline, execution_id)
            rules = beside.submit(read_rules, client, pipeline, execution_id)
            state = beside.submit(partial(client.get_pipeline_state, name=pipeline))
        runs = actions.result()
        snapshot = Snapshot(
            at=self.now(),
            held_to=held_to(self.outputs, self.calendar()),
            execution=execution,
            actions=runs,
            rules=rules.result(),
            builds=self._builds(runs),
            operations=self._operations(runs),
        )
        newer = [one for one in executions.read if one.started > execution.started]
        return self._succeeded_by(_with_state(snapshot, state.result()), newer)

    @property
    def _names(self) -> tuple[str, str]:
        return self.outputs.pipeline_name, self.outputs.repository

    def _operations(self, runs: Sequence[ActionRun]) -> tuple[Operation, ...]:
        """What was done to the stack while Deploy was at work, and what came of it since."""
        deploys = [run for run in runs if run.stage == Stage.DEPLOY]
        if not deploys:
            return ()
        client, name = self.aws.cloudformation, self.outputs.cloudformation_stack_name
        stack = read_stack(client, name)
        if stack is None:
            return ()
        began = deploys[0].started
        ended = max(run.updated for run in deploys) if all(run.over for run in deploys) else None
        found = operations(read_events(client, name, began), stack.id)
        own = [one for one in found if one.of_root and began <= one.started and (ended is None or one.started <= ended)]
        return tuple(sorted(own, key=lambda one: one.started))

    def _builds(self, runs: Sequence[ActionRun]) -> dict[str, BuildRun]:
        """Those that are at work or failed; a detail, which is left out where the role may not see it."""
        ids = [run.external_id for run in runs if run.category in ("Build", "Test") and run.status != "Succeeded"]
        try:
            return read_builds(self.aws.codebuild, [one for one in ids if one][-BUILD_ACTIONS:])
        except AWS_FAILURES as problem:
            if isinstance(translate(problem), AccessDeniedError):
                return {}
            raise

    def _succeeded_by(self, snapshot: Snapshot, newer: Sequence[Execution]) -> Snapshot:
        """Of a superseded execution: by which."""
        if snapshot.execution.status != "Superseded":
            return snapshot
        before = last_through(snapshot.actions, snapshot.held_to.stages)
        if before is None:
            return snapshot
        client, pipeline = self.aws.codepipeline, self.outputs.pipeline_name

        def arrived(one: Execution) -> datetime | None:
            return through(read_actions(client, pipeline, one.id), before)

        one = successor(snapshot.execution, newer, arrived)
        return replace(snapshot, successor=one, contains=self._contains(snapshot.execution, one) if one else None)

    def _contains(self, execution: Execution, later: Execution) -> bool | None:
        if execution.revision is None or later.revision is None:
            return None
        if execution.revision == later.revision:
            return True
        try:
            return self.github.compare(execution.revision, later.revision).behind == 0 if self.github else None
        except GitHubError:
            return None


def held_to(outputs: StackOutputs, calendar: Calendar | None) -> Rules:
    """What the stack's outputs hold its executions to."""
    return Rules(
        stack=outputs.stack,
        pipeline=outputs.pipeline_name,
        region=outputs.region,
        cloudformation_stack=outputs.cloudformation_stack_name,
        stages=tuple(outputs.pipeline_stages),
        alert=timedelta(minutes=outputs.thresholds.pipeline_alert_minutes),
        calendar=calendar,
    )


def _with_state(snapshot: Snapshot, state: GetPipelineStateOutputTypeDef) -> Snapshot:
    """What CodePipeline tells of its stages as they are now."""
    states, own = state.get("stageStates", []), snapshot.execution.id
    inside: dict[str, str] = {}
    passed: set[str] = set()
    for one in states:
        latest = one.get("latestExecution")
        if latest is None:
            continue
        if latest.get("pipelineExecutionId") != own and latest.get("status") == "InProgress":
            inside[one.get("stageName", "")] = latest.get("pipelineExecutionId", "")
        if latest.get("pipelineExecutionId") == own and latest.get("status") == "Succeeded":
            passed.add(one.get("stageName", ""))
    return replace(
        snapshot,
        doors=closed_doors(states),
        inside=inside,
        passed=frozenset(passed),
        structure=state.get("pipelineVersion"),
    )
