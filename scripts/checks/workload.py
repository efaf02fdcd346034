"""Whether what the Pulumi stack knows of the workload is what is deployed."""

from __future__ import annotations

from scripts.checks.context import Context
from scripts.results import Outcome, inconclusive

# The IAM action behind it.
WORKLOAD_PERMISSIONS = ("cloudformation:DescribeStacks",)


def not_known_yet(context: Context) -> Outcome:
    """The answer while the Pulumi stack does not know the workload."""
    return inconclusive("The Pulumi stack does not know the load balancer yet.", fix=_again(context))


def replaced(context: Context, output: str, known: str, what: str) -> Outcome | None:
    """The answer where the CloudFormation stack's `output` is another than the `known` one; None if it is the same."""
    deployed = context.stack.outputs.get(output) if context.stack else None
    if not deployed or deployed == known:
        return None
    return inconclusive(f"The Pulumi stack knows {what} {known}, but {deployed} is deployed.", fix=_again(context))


def _again(context: Context) -> str:
    return f"Run `pulumi up --stack {context.outputs.stack}`."
