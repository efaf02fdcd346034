"""One execution of the pipeline: its actions, its stage rules, and what it waits for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from scripts.errors import ConfigurationError, PromisedResourceMissingError
from scripts.facts.required import required

if TYPE_CHECKING:
    from mypy_boto3_codepipeline.client import CodePipelineClient
    from mypy_boto3_codepipeline.type_defs import (
        ActionExecutionDetailTypeDef,
        PipelineExecutionSummaryTypeDef,
        RuleExecutionDetailTypeDef,
        StageStateTypeDef,
    )

# What CodePipeline calls the trigger of an execution that goes back to an earlier revision.
ROLLBACK_TRIGGERS = ("ManualRollback", "AutomatedRollback")


@dataclass(frozen=True)
class Execution:
    """A pipeline execution, as ListPipelineExecutions sums it up; `ended` is None while it runs."""

    id: str
    status: str
    status_summary: str
    revision: str | None
    revision_summary: str
    started: datetime
    ended: datetime | None
    trigger: str
    rolls_back_to: str | None

    @property
    def in_progress(self) -> bool:
        return self.status == "InProgress"

    @property
    def is_rollback(self) -> bool:
        return self.rolls_back_to is not None


@dataclass(frozen=True)
class ActionRun:
    """One attempt at one action; `updated` is its end once it has one."""

    stage: str
    action: str
    category: str
    status: str
    started: datetime
    updated: datetime
    error: str
    link: str

    @property
    def over(self) -> bool:
        return self.status != "InProgress"


@dataclass(frozen=True)
class RuleRun:
    """One attempt at one rule of a stage's conditions, a release window say."""

    stage: str
    rule: str
    provider: str
    status: str
    started: datetime
    updated: datetime
    summary: str

    @property
    def over(self) -> bool:
        return self.status != "InProgress"


@dataclass(frozen=True)
class StageRun:
    """A stage in one execution: the newest attempt at each of its actions."""

    name: str
    actions: tuple[ActionRun, ...]
    attempts: int

    @property
    def status(self) -> str:
        """CodePipeline's word for it; `not started` when the execution has no action in this stage."""
        statuses = {run.status for run in self.actions}
        if not statuses:
            return "not started"
        for status in ("Failed", "InProgress", "Abandoned"):
            if status in statuses:
                return status
        return "Succeeded" if statuses == {"Succeeded"} else min(statuses - {"Succeeded"})

    @property
    def started(self) -> datetime | None:
        return min((run.started for run in self.actions), default=None)

    @property
    def ended(self) -> datetime | None:
        """When its last action ended; None before."""
        if not all(run.over for run in self.actions):
            return None
        return max((run.updated for run in self.actions), default=None)


def find_execution(client: CodePipelineClient, pipeline: str, execution_id: str | None) -> Execution | None:
    """The execution with that id, or the newest one; None if the pipeline has never run.

    Raises:
        ConfigurationError: the pipeline has no such execution.
        PromisedResourceMissingError: there is no such pipeline.
    """
    pages = client.get_paginator("list_pipeline_executions").paginate(
        pipelineName=pipeline, PaginationConfig={"PageSize": 100}
    )
    try:
        for page in pages:
            summaries = page.get("pipelineExecutionSummaries", [])
            if execution_id is not None:
                summaries = [one for one in summaries if one.get("pipelineExecutionId") == execution_id]
            if summaries:
                # newest first across pages; within a page the time decides
                return max((_execution(one) for one in summaries), key=lambda one: one.started)
    except client.exceptions.PipelineNotFoundException:
        raise PromisedResourceMissingError(f"The pipeline {pipeline} does not exist.") from None
    if execution_id is not None:
        raise ConfigurationError(
            f"--execution-id {execution_id}: {pipeline} has no such execution.",
            f"aws codepipeline list-pipeline-executions --pipeline-name {pipeline} shows those it has.",
        )
    return None


def read_executions(client: CodePipelineClient, pipeline: str, since: datetime) -> list[Execution]:
    """Executions that were at work since then, newest first; older ones may be among them."""
    found: list[Execution] = []
    pages = client.get_paginator("list_pipeline_executions").paginate(
        pipelineName=pipeline, PaginationConfig={"PageSize": 100}
    )
    for page in pages:
        executions = [_execution(one) for one in page.get("pipelineExecutionSummaries", [])]
        found += executions
        if executions and all(one.ended and one.ended < since for one in executions):
            break
    return found


def read_actions(client: CodePipelineClient, pipeline: str, execution_id: str) -> tuple[ActionRun, ...]:
    """Every attempt at every action of the execution, oldest first."""
    pages = client.get_paginator("list_action_executions").paginate(
        pipelineName=pipeline, filter={"pipelineExecutionId": execution_id}
    )
    runs = (_action(one) for page in pages for one in page.get("actionExecutionDetails", []))
    return tuple(sorted(runs, key=lambda run: run.started))


def read_rules(client: CodePipelineClient, pipeline: str, execution_id: str) -> tuple[RuleRun, ...]:
    """Every attempt at every rule of the execution, oldest first."""
    pages = client.get_paginator("list_rule_executions").paginate(
        pipelineName=pipeline, filter={"pipelineExecutionId": execution_id}
    )
    runs = (_rule(one) for page in pages for one in page.get("ruleExecutionDetails", []))
    return tuple(sorted(runs, key=lambda run: run.started))


def read_stage_states(client: CodePipelineClient, pipeline: str) -> list[StageStateTypeDef]:
    """The pipeline's stages as they are now, whichever execution is in them."""
    return client.get_pipeline_state(name=pipeline).get("stageStates", [])


def stage_run(name: str, runs: Iterable[ActionRun]) -> StageRun:
    """The stage's newest attempts out of all of an execution's, given oldest first."""
    here = [run for run in runs if run.stage == name]
    newest = {run.action: run for run in here}
    attempts = max((sum(run.action == action for run in here) for action in newest), default=0)
    return StageRun(name, tuple(newest.values()), attempts)


def _execution(summary: PipelineExecutionSummaryTypeDef) -> Execution:
    revisions = summary.get("sourceRevisions", [])
    trigger = summary.get("trigger", {}).get("triggerType", "")
    target = summary.get("rollbackMetadata", {}).get("rollbackTargetPipelineExecutionId")
    if target is None and (summary.get("executionType") == "ROLLBACK" or trigger in ROLLBACK_TRIGGERS):
        target = "an earlier execution"
    status = summary.get("status", "unknown")
    return Execution(
        id=summary.get("pipelineExecutionId", ""),
        status=status,
        status_summary=summary.get("statusSummary", ""),
        revision=next(filter(None, (one.get("revisionId") for one in revisions)), None),
        revision_summary=next((one.get("revisionSummary", "") for one in revisions), ""),
        started=required(summary.get("startTime"), "startTime"),
        ended=None if status in ("InProgress", "Stopping") else summary.get("lastUpdateTime"),
        trigger=trigger,
        rolls_back_to=target,
    )


def _action(detail: ActionExecutionDetailTypeDef) -> ActionRun:
    started = required(detail.get("startTime"), "startTime")
    result = detail.get("output", {}).get("executionResult", {})
    problem = result.get("errorDetails", {}).get("message") or result.get("externalExecutionSummary", "")
    return ActionRun(
        stage=detail.get("stageName", ""),
        action=detail.get("actionName", ""),
        category=detail.get("input", {}).get("actionTypeId", {}).get("category", ""),
        status=detail.get("status", "unknown"),
        started=started,
        updated=detail.get("lastUpdateTime", started),
        error=problem,
        link=result.get("externalExecutionUrl", ""),
    )


def _rule(detail: RuleExecutionDetailTypeDef) -> RuleRun:
    started = required(detail.get("startTime"), "startTime")
    result = detail.get("output", {}).get("executionResult", {})
    return RuleRun(
        stage=detail.get("stageName", ""),
        rule=detail.get("ruleName", ""),
        provider=detail.get("input", {}).get("ruleTypeId", {}).get("provider", ""),
        status=detail.get("status", "unknown"),
        started=started,
        updated=detail.get("lastUpdateTime", started),
        summary=result.get("errorDetails", {}).get("message") or result.get("externalExecutionSummary", ""),
    )


def disabled_transitions(states: Iterable[StageStateTypeDef]) -> Iterator[tuple[str, str]]:
    """Stages that nothing may enter, each with the reason given by who closed it."""
    for state in states:
        transition = state.get("inboundTransitionState", {})
        if transition.get("enabled") is False:
            yield state.get("stageName", ""), transition.get("disabledReason", "no reason given")
