"""One execution of the pipeline: its actions, its stage rules, and what it waits for."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from scripts.errors import ConfigurationError, PromisedResourceMissingError
from scripts.evidence.redaction import redacted_text
from scripts.facts.required import required
from scripts.text import listing

if TYPE_CHECKING:
    from mypy_boto3_codepipeline.client import CodePipelineClient
    from mypy_boto3_codepipeline.type_defs import (
        ActionExecutionDetailTypeDef,
        ActionExecutionResultTypeDef,
        PipelineExecutionSummaryTypeDef,
        RuleExecutionDetailTypeDef,
        RuleExecutionResultTypeDef,
        StageStateTypeDef,
    )

# What CodePipeline calls the trigger of an execution that goes back to an earlier revision.
ROLLBACK_TRIGGERS = ("ManualRollback", "AutomatedRollback")


@dataclass(frozen=True)
class Execution:
    """A pipeline execution, as ListPipelineExecutions sums it up; `ended` is None while it runs.

    `revision` is the repository's commit, None where none or several could be it; `revisions` are those of all sources.
    `stop_reason` is what was said by who stopped it.
    """

    id: str
    status: str
    status_summary: str
    revision: str | None
    revision_summary: str
    started: datetime
    ended: datetime | None
    trigger: str
    rolls_back_to: str | None
    revisions: tuple[str, ...] = ()
    stop_reason: str = ""

    @property
    def in_progress(self) -> bool:
        return self.status == "InProgress"

    @property
    def is_rollback(self) -> bool:
        return self.rolls_back_to is not None

    @property
    def subject(self) -> str:
        """The first line of its commit's message, which a connection tells within JSON."""
        try:
            said: Any = json.loads(self.revision_summary)
        except ValueError:
            said = None
        message = said.get("CommitMessage") if isinstance(said, dict) else None
        return (message if isinstance(message, str) else self.revision_summary).strip().partition("\n")[0]


@dataclass(frozen=True)
class ActionRun:
    """One attempt at one action; `updated` is its end once it has one.

    `structure` is the version that the pipeline's structure had, `configuration` what the action was told,
    `external_id` what its provider calls the run: a build's id.
    """

    stage: str
    action: str
    category: str
    status: str
    started: datetime
    updated: datetime
    error: str
    link: str
    structure: int | None = None
    configuration: Mapping[str, str] = field(default_factory=dict[str, str])
    external_id: str = ""

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


@dataclass(frozen=True)
class Pin:
    """Which execution is asked for: the one with that id, or the newest of that revision, or the newest of all."""

    execution_id: str | None = None
    revision: str | None = None

    def fits(self, one: Execution) -> bool:
        if self.execution_id is not None:
            return one.id == self.execution_id
        return self.revision is None or any(known.startswith(self.revision) for known in one.revisions)


@dataclass(frozen=True)
class Executions:
    """The one that is asked for, None if there is none; and all that were read on the way, newest first."""

    chosen: Execution | None
    read: tuple[Execution, ...]


def find_execution(client: CodePipelineClient, pipeline: str, repository: str, pin: Pin) -> Executions:
    """The execution that is asked for, and those that are newer.

    Raises:
        ConfigurationError: the pipeline has no execution of that id, or it is of another revision.
        PromisedResourceMissingError: there is no such pipeline.
    """
    read: list[Execution] = []
    chosen: Execution | None = None
    pages = client.get_paginator("list_pipeline_executions").paginate(
        pipelineName=pipeline, PaginationConfig={"PageSize": 100}
    )
    try:
        for page in pages:
            found = [_execution(one, repository) for one in page.get("pipelineExecutionSummaries", [])]
            read += found
            # newest first across pages; within a page the time decides
            chosen = max(filter(pin.fits, found), key=lambda one: one.started, default=None)
            if chosen is not None:
                break
    except client.exceptions.PipelineNotFoundException:
        raise PromisedResourceMissingError(f"The pipeline {pipeline} does not exist.") from None
    if pin.execution_id is not None:
        _refuse_other(chosen, pipeline, client.meta.region_name, pin)
    return Executions(chosen, tuple(sorted(read, key=lambda one: one.started, reverse=True)))


def _refuse_other(chosen: Execution | None, pipeline: str, region: str, pin: Pin) -> None:
    listed = f"aws codepipeline list-pipeline-executions --pipeline-name {pipeline} --region {region}"
    showing = f"`{listed}` shows those it has."
    if chosen is None:
        raise ConfigurationError(f"--execution-id {pin.execution_id}: {pipeline} has no such execution.", showing)
    if not replace(pin, execution_id=None).fits(chosen):
        of = listing(chosen.revisions) or "no revision"
        raise ConfigurationError(f"--revision {pin.revision}: execution {chosen.id} is of {of}.", showing)


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


def read_succeeded(client: CodePipelineClient, pipeline: str, stage: str, repository: str) -> list[Execution]:
    """Executions of the pipeline's present structure that succeeded in that stage, newest first.

    To those that are no rollbacks themselves AWS rolls the stage back:
    https://docs.aws.amazon.com/codepipeline/latest/userguide/stage-rollback.html
    """
    pages = client.get_paginator("list_pipeline_executions").paginate(
        pipelineName=pipeline, filter={"succeededInStage": {"stageName": stage}}, PaginationConfig={"PageSize": 100}
    )
    return [_execution(one, repository) for page in pages for one in page.get("pipelineExecutionSummaries", [])]


def read_actions(client: CodePipelineClient, pipeline: str, execution_id: str) -> tuple[ActionRun, ...]:
    """Every attempt at every action of the execution, oldest first."""
    pages = client.get_paginator("list_action_executions").paginate(
        pipelineName=pipeline, filter={"pipelineExecutionId": execution_id}
    )
    details = (one for page in pages for one in page.get("actionExecutionDetails", []))
    runs = (_action(one) for one in details if one.get("pipelineExecutionId") == execution_id)
    return tuple(sorted(runs, key=lambda run: run.started))


def read_entries(client: CodePipelineClient, pipeline: str, stage: str, since: datetime) -> dict[str, StageRun]:
    """That stage of each execution that was in it since then, and of the one before, by execution."""
    runs: dict[str, list[ActionRun]] = {}
    pages = client.get_paginator("list_action_executions").paginate(
        pipelineName=pipeline, PaginationConfig={"PageSize": 100}
    )
    for page in pages:
        for detail in page.get("actionExecutionDetails", []):
            if detail.get("stageName") == stage:
                runs.setdefault(detail.get("pipelineExecutionId", ""), []).append(_action(detail))
        # newest first: what was there then is in the newest one that is older
        if any(run.updated < since for found in runs.values() for run in found):
            break
    return {one: stage_run(stage, sorted(found, key=lambda run: run.started)) for one, found in runs.items()}


def read_rules(client: CodePipelineClient, pipeline: str, execution_id: str) -> tuple[RuleRun, ...]:
    """Every attempt at every rule of the execution, oldest first."""
    pages = client.get_paginator("list_rule_executions").paginate(
        pipelineName=pipeline, filter={"pipelineExecutionId": execution_id}
    )
    details = (one for page in pages for one in page.get("ruleExecutionDetails", []))
    runs = (_rule(one) for one in details if one.get("pipelineExecutionId") == execution_id)
    return tuple(sorted(runs, key=lambda run: run.started))


def read_stage_states(client: CodePipelineClient, pipeline: str) -> list[StageStateTypeDef]:
    """The pipeline's stages as they are now, whichever execution is in them."""
    return client.get_pipeline_state(name=pipeline).get("stageStates", [])


def read_structure_version(client: CodePipelineClient, pipeline: str) -> int | None:
    """The version of the pipeline's structure as it is now."""
    return client.get_pipeline_state(name=pipeline).get("pipelineVersion")


def stage_run(name: str, runs: Iterable[ActionRun]) -> StageRun:
    """The stage's newest attempts out of all of an execution's, given oldest first."""
    here = [run for run in runs if run.stage == name]
    newest = {run.action: run for run in here}
    attempts = max((sum(run.action == action for run in here) for action in newest), default=0)
    return StageRun(name, tuple(newest.values()), attempts)


def _execution(summary: PipelineExecutionSummaryTypeDef, repository: str = "") -> Execution:
    revisions = [one for one in summary.get("sourceRevisions", []) if one.get("revisionId")]
    # a connection's revision has a link that names the repository
    named = f"FullRepositoryId={repository}"
    own = [one for one in revisions if named in unquote(one.get("revisionUrl", "")).split("&")]
    (of_repository,) = own if len(own) == 1 else revisions if len(revisions) == 1 else (None,)
    trigger = summary.get("trigger", {}).get("triggerType", "")
    target = summary.get("rollbackMetadata", {}).get("rollbackTargetPipelineExecutionId")
    if target is None and (summary.get("executionType") == "ROLLBACK" or trigger in ROLLBACK_TRIGGERS):
        target = "an earlier execution"
    status = summary.get("status", "unknown")
    return Execution(
        id=summary.get("pipelineExecutionId", ""),
        status=status,
        status_summary=redacted_text(summary.get("statusSummary", "")),
        revision=of_repository.get("revisionId") if of_repository else None,
        revision_summary=of_repository.get("revisionSummary", "") if of_repository else "",
        started=required(summary.get("startTime"), "startTime"),
        ended=None if status in ("InProgress", "Stopping") else summary.get("lastUpdateTime"),
        trigger=trigger,
        rolls_back_to=target,
        revisions=tuple(one.get("revisionId", "") for one in revisions),
        stop_reason=summary.get("stopTrigger", {}).get("reason", ""),
    )


def _action(detail: ActionExecutionDetailTypeDef) -> ActionRun:
    started = required(detail.get("startTime"), "startTime")
    result = detail.get("output", {}).get("executionResult", {})
    problem = _said(result)
    given = detail.get("input", {})
    return ActionRun(
        stage=detail.get("stageName", ""),
        action=detail.get("actionName", ""),
        category=given.get("actionTypeId", {}).get("category", ""),
        status=detail.get("status", "unknown"),
        started=started,
        updated=detail.get("lastUpdateTime", started),
        error=problem,
        link=result.get("externalExecutionUrl", ""),
        structure=detail.get("pipelineVersion"),
        configuration={**given.get("configuration", {}), **given.get("resolvedConfiguration", {})},
        external_id=result.get("externalExecutionId", ""),
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
        summary=_said(result),
    )


def _said(result: ActionExecutionResultTypeDef | RuleExecutionResultTypeDef) -> str:
    """What it says of itself: first what went wrong."""
    return redacted_text(result.get("errorDetails", {}).get("message") or result.get("externalExecutionSummary", ""))
