"""Which commit runs: by what the pipeline has deployed, confirmed by what the stack's events say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from scripts.checks.cloudformation import stack_status
from scripts.checks.context import Context
from scripts.checks.stack_changes import changes, judge_revision
from scripts.clients.github import GitHub
from scripts.facts.pipeline import read_actions, stage_run
from scripts.results import Status
from sop.names import Stage
from sop.outputs import StackOutputs

if TYPE_CHECKING:
    from mypy_boto3_codepipeline.client import CodePipelineClient

    from scripts.clients.aws import Aws

TAKEN_BACK = "UPDATE_ROLLBACK_COMPLETE"


@dataclass(frozen=True)
class Deployed:
    """The newest execution whose Deploy succeeded, and its commit.

    `doubt` says why that commit may not be what runs; it is empty where the stack's events confirm it, a later
    deployment that CloudFormation took back included. Without `execution_id` nothing has been deployed.
    """

    execution_id: str | None
    revision: str | None
    doubt: str

    @property
    def confirmed(self) -> bool:
        return self.revision is not None and not self.doubt


def deployed_revision(outputs: StackOutputs, aws: Aws, now: datetime, github: GitHub | None = None) -> Deployed:
    """What runs in the stack's environment. A branch's head is not: it may be waiting, have failed or been taken back.

    Raises:
        UndeterminedError: AWS could not be asked; so does whatever botocore raises.
    """
    client, pipeline = aws.codepipeline, outputs.pipeline_name
    for execution_id in entered_deploy(client, pipeline):
        if stage_run(Stage.DEPLOY, read_actions(client, pipeline, execution_id)).status != "Succeeded":
            continue
        context = Context(outputs=outputs, aws=aws, now=now, execution_id=execution_id, github=github)
        revision = context.execution.revision if context.execution else None
        outcome = stack_status.run(context)
        sure = outcome.status is Status.PASS or _as_it_was(context)
        return Deployed(execution_id, revision, "" if sure else outcome.observed)
    return Deployed(None, None, f"{pipeline} has deployed nothing.")


def _as_it_was(context: Context) -> bool:
    """Whether all that was done to the stack since are deployments that CloudFormation has taken back to the end.

    Such a rollback returns the stack to its previous working state; one by hand, or one that is not through, proves
    nothing.
    """
    stack, since = context.stack, changes(context)
    if stack is None or stack.status != TAKEN_BACK or not since:
        return False
    through = all(one.of and one.operation.complete and one.operation.status == TAKEN_BACK for one in since)
    known = stack.changed <= max(one.operation.last for one in since)
    return through and known and judge_revision(context, stack, {}).status is Status.PASS


def entered_deploy(client: CodePipelineClient, pipeline: str) -> Iterator[str]:
    """The executions that have been in Deploy, by when they were last, newest first; each once."""
    seen: set[str] = set()
    pages = client.get_paginator("list_action_executions").paginate(
        pipelineName=pipeline, PaginationConfig={"PageSize": 100}
    )
    for one in (one for page in pages for one in page.get("actionExecutionDetails", [])):
        execution_id = one.get("pipelineExecutionId", "")
        if one.get("stageName") == Stage.DEPLOY and execution_id not in seen:
            seen.add(execution_id)
            yield execution_id
