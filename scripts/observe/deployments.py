"""Whether a later execution has begun to deploy: from then on the metrics are no longer this deployment's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from scripts.facts.required import required
from sop.names import Stage

if TYPE_CHECKING:
    from mypy_boto3_codepipeline.client import CodePipelineClient


@dataclass(frozen=True)
class Deployment:
    """An execution and when it began to deploy."""

    execution_id: str
    started: datetime


def next_deployment(client: CodePipelineClient, pipeline: str, ended: datetime) -> Deployment | None:
    """The first one that the pipeline began after `ended`."""
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
            if one.get("stageName") == Stage.DEPLOY and at > ended
        ]
        # newest first: after a page that lies wholly before the deployment's end there is nothing to find
        if times and max(times) <= ended:
            break
    return min(found, key=lambda one: one.started, default=None)
