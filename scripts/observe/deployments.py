"""Which deployment is observed, and from when on the metrics are a later one's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from scripts.checks.context import Context
from scripts.checks.pinned import without_deployment
from scripts.checks.stack_changes import changes, judge_changes
from scripts.facts.required import required
from scripts.results import Outcome, failed, inconclusive
from sop.names import Stage

if TYPE_CHECKING:
    from mypy_boto3_codepipeline.client import CodePipelineClient


@dataclass(frozen=True)
class Deployment:
    """An execution and when it began to deploy."""

    execution_id: str
    started: datetime


def next_deployment(client: CodePipelineClient, pipeline: str, ended: datetime, execution_id: str) -> Deployment | None:
    """The first one that the pipeline began when that execution's had `ended`; it may be in the same millisecond."""
    found: list[Deployment] = []
    pages = client.get_paginator("list_action_executions").paginate(
        pipelineName=pipeline, PaginationConfig={"PageSize": 100}
    )
    for page in pages:
        actions = page.get("actionExecutionDetails", [])
        times = [required(one.get("startTime"), "startTime") for one in actions]
        found += [
            Deployment(one.get("pipelineExecutionId", ""), at)
            for one, at in zip(actions, times, strict=True)
            if one.get("stageName") == Stage.DEPLOY and at >= ended and one.get("pipelineExecutionId") != execution_id
        ]
        # newest first: after a page that lies wholly before the deployment's end there is nothing to find
        if times and max(times) < ended:
            break
    return min(found, key=lambda one: one.started, default=None)


@dataclass(frozen=True)
class Interference:
    """Somebody changed the stack after the deployment: since when, and what that means for it."""

    started: datetime
    outcome: Outcome


def interference(context: Context) -> Interference | None:
    """The first change of the stack, or of one nested in it, that no execution made; None if there is none."""
    if context.stack is None:
        gone = f"There is no CloudFormation stack {context.outputs.cloudformation_stack_name} any more."
        return Interference(context.deployed[1], failed(gone, fix="Start the pipeline again."))
    found = [one for one in changes(context) if one.of is None and one.operation.started > context.deployed[1]]
    outcome = judge_changes(context, found)
    return Interference(found[0].operation.started, outcome) if outcome else None


def without_release(context: Context) -> Outcome | None:
    """The answer where the execution released nothing (yet) that could be observed; None if it did."""
    if early := without_deployment(context):
        return early
    execution = context.execution
    if execution is not None and execution.is_rollback:
        return inconclusive(f"Execution {execution.id} is a rollback: there is no release to observe.")
    if context.deploy.status != "Succeeded":
        return inconclusive(
            f"{context.deploy.name} ended {context.deploy.status}: there is no new deployment to observe.",
            fix=f"Run `release verify --stack {context.outputs.stack}` for the reason.",
        )
    return None
