"""The role that CodePipeline takes for an execution's actions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.aws.access import ACCESS
from sandbox.aws.codepipeline.model import PRINCIPAL, Execution, Pipeline

if TYPE_CHECKING:
    from sandbox.aws.access import Session
    from sandbox.core.account import Account

_MILLISECONDS = 1000


def take_role(account: Account, pipeline: Pipeline, execution: Execution) -> Session:
    """A session of the pipeline's role, which CodePipeline names by the time.

    Raises:
        AccessDenied: the role is gone, or no longer trusts CodePipeline.
    """
    name = str(int(execution.started.timestamp() * _MILLISECONDS))
    arn = f"arn:aws:codepipeline:{account.region}:{account.account_id}:{pipeline.name}"
    return account.reach(ACCESS).assume(PRINCIPAL, pipeline.declaration["roleArn"], name, source_arn=arn)
