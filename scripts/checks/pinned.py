"""When a check of the deployment has nothing to look at, because this execution did not deploy (yet)."""

from __future__ import annotations

from scripts.checks.context import Context
from scripts.results import Outcome, inconclusive, skipped
from sop.outputs import StackOutputs

# The IAM actions behind the facts that pin a check to its execution.
EXECUTION_PERMISSIONS = ("codepipeline:ListPipelineExecutions", "codepipeline:ListActionExecutions")

AVAILABLE = "AVAILABLE"
AFTER_THE_END = "Run the same command again when the execution has ended."


def without_deployment(context: Context) -> Outcome | None:
    """The answer of a check that needs a finished deployment; None if there is one."""
    execution = context.execution
    if execution is None:
        return never_run(context)
    if context.deploy.ended is not None:
        return None
    deploy = context.deploy.name
    if execution.ended is None:
        state = "is still running" if context.deploy.actions else "has not started"
        return inconclusive(f"{deploy} {state}.", fix=AFTER_THE_END)
    return skipped(f"Nothing was deployed: the execution ended {execution.status} before {deploy}.")


def never_run(context: Context) -> Outcome:
    """The answer while there is no execution at all."""
    outputs = context.outputs
    fix = f"Push or merge to branch {outputs.branch}; the pipeline starts by itself within a minute."
    if outputs.connection_status != AVAILABLE:
        fix = f"{complete_handshake(outputs, outputs.connection_status)}, and run `pulumi refresh`. {fix}"
    return inconclusive(f"{outputs.pipeline_name} has never run.", fix=fix)


def complete_handshake(outputs: StackOutputs, status: str) -> str:
    """What to do about a GitHub connection that is not AVAILABLE; without a full stop."""
    return (
        f"The GitHub connection is {status}, so no push starts anything: complete its handshake in the AWS console "
        f"(Developer Tools, Settings, Connections: {outputs.connection_arn})"
    )
