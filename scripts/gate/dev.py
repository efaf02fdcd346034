"""What a pipeline has deployed, by content; and dev, as prod's gate looks at it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from scripts.clients.github import GitHub
from scripts.facts.pipeline import ActionRun, read_entries, read_executions
from scripts.gate.stays import Deployment
from sop.names import Environment, Names, Stage
from sop.outputs import StackOutputs

if TYPE_CHECKING:
    from scripts.clients.aws import Aws

REMEMBERED = timedelta(days=365)  # CodePipeline keeps its history for twelve months
LOOKED_BACK = timedelta(days=15)  # as far as CloudWatch keeps a metric's minutes


@dataclass(frozen=True)
class Dev:
    """The stack that changes come from, and clients of its account."""

    outputs: StackOutputs
    aws: Aws


def branch_of(dev: Dev | None) -> str:
    """The branch that changes come from: dev's own, or the SOP's where nobody has said which stack that is."""
    return dev.outputs.branch if dev else Names(Environment.DEV).branch


def read_deployments(outputs: StackOutputs, aws: Aws, github: GitHub, since: datetime) -> tuple[Deployment, ...]:
    """What a stack's pipeline has deployed since then, and what was there; a Deploy that failed left nobody knows what.

    Raises:
        GitHubError: what a commit contains cannot be told.
    """
    client, pipeline = aws.codepipeline, outputs.pipeline_name
    entered = read_entries(client, pipeline, Stage.DEPLOY, since)
    began = min((stage.started for stage in entered.values() if stage.started), default=since)
    executions = {one.id: one for one in read_executions(client, pipeline, min(began, since))}
    good = {
        one: executions[one].revision
        for one, stage in entered.items()
        if stage.status == "Succeeded" and one in executions and not executions[one].is_rollback
    }
    contents = github.trees(revision for revision in good.values() if revision)
    return tuple(
        Deployment(
            execution_id=one,
            revision=good.get(one),
            content=contents.get(good.get(one) or ""),
            began=stage.started or since,
            ended=stage.ended or _last(stage.actions, since),
        )
        for one, stage in entered.items()
    )


def _last(actions: Iterable[ActionRun], otherwise: datetime) -> datetime:
    return max((action.updated for action in actions), default=otherwise)
