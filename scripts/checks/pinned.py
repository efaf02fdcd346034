"""When a check of the deployment has nothing to look at, because this execution did not deploy (yet)."""

from __future__ import annotations

from scripts.checks.context import Context
from scripts.results import Outcome, inconclusive, skipped

# The IAM actions behind the facts that pin a check to its execution.
EXECUTION_PERMISSIONS = ("codepipeline:ListPipelineExecutions", "codepipeline:ListActionExecutions")

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
    return inconclusive(
        f"{context.outputs.pipeline_name} has never run.",
        fix=f"Push or merge to branch {context.outputs.branch}; the pipeline starts by itself within a minute.",
    )
