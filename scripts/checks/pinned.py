"""When a check of the deployment has nothing to look at, because this execution did not deploy (yet)."""

from __future__ import annotations

from datetime import timedelta

from scripts.checks.context import Context
from scripts.results import Outcome, inconclusive, skipped
from scripts.text import listing
from sop.outputs import StackOutputs

# The IAM actions behind the facts that pin a check to its execution.
EXECUTION_PERMISSIONS = ("codepipeline:ListPipelineExecutions", "codepipeline:ListActionExecutions")

AVAILABLE = "AVAILABLE"
SOON = timedelta(minutes=1)  # within which a push starts an execution; how often one that runs is asked again
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
        return inconclusive(f"{deploy} {state}.", fix=AFTER_THE_END, again_at=context.now + SOON)
    return skipped(f"Nothing was deployed: the execution ended {execution.status} before {deploy}.")


def never_run(context: Context, connection_status: str = "") -> Outcome:
    """The answer while there is no execution at all, or none of the revision that is asked for.

    The connection's status, if it is not given, is that of the last `pulumi up`.
    """
    outputs, revision = context.outputs, context.pin.revision
    status = connection_status or outputs.connection_status
    if revision:
        observed = f"{outputs.pipeline_name} has no execution of {revision} yet."
        fix = f"A push to branch {outputs.branch} starts one within a minute; later than that: {start(context)}"
    else:
        observed = f"{outputs.pipeline_name} has never run."
        fix = f"Push or merge to branch {outputs.branch}; the pipeline starts by itself within a minute."
    if status != AVAILABLE:
        fix = f"{complete_handshake(outputs, status)}, and run `pulumi refresh`. {fix}"
    return inconclusive(observed, fix=fix, again_at=context.now + SOON if revision else None)


def start(context: Context) -> str:
    """The command that starts the pipeline with the newest commit, in backticks."""
    outputs = context.outputs
    return f"`aws codepipeline start-pipeline-execution --name {outputs.pipeline_name} --region {outputs.region}`"


def verify_newest(context: Context) -> str:
    """How to have the newest execution looked at instead; without a full stop."""
    pin = context.pin
    given = [name for name, value in (("--execution-id", pin.execution_id), ("--revision", pin.revision)) if value]
    if not given:
        return "Run the same command again, which takes the newest execution"
    return f"Verify the newest execution (leave {listing(given)} out)"


def complete_handshake(outputs: StackOutputs, status: str) -> str:
    """What to do about a GitHub connection that is not AVAILABLE; without a full stop."""
    return (
        f"The GitHub connection is {status}, so no push starts anything: complete its handshake in the AWS console "
        f"(Developer Tools, Settings, Connections: {outputs.connection_arn})"
    )
