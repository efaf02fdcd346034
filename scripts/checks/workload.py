"""Whether what the Pulumi stack knows of the workload is what is deployed."""

from __future__ import annotations

from scripts.checks.context import Context
from scripts.ledger.store import READING
from scripts.results import Outcome, inconclusive, skipped
from sop.outputs import StackOutputs

# The IAM action behind it.
WORKLOAD_PERMISSIONS = ("cloudformation:DescribeStacks",)
# What only an Auto Scaling group takes, and what only its absence does.
_OF_GROUP = frozenset(
    {
        "autoscaling:DescribeAutoScalingGroups",
        "autoscaling:DescribeInstanceRefreshes",
        "autoscaling:DescribeScalingActivities",
        "ec2:DescribeInstanceStatus",
        "ec2:DescribeLaunchTemplateVersions",
    }
)
_WITHOUT_GROUP = frozenset({"ec2:DescribeNetworkInterfaces"})


def unneeded(outputs: StackOutputs) -> frozenset[str]:
    """The IAM actions that no check takes of a workload like this one, or of a stack without a records bucket."""
    of_records = frozenset[str]() if outputs.records_bucket else frozenset(READING)
    return of_records | (_WITHOUT_GROUP if outputs.has_group else _OF_GROUP)


def no_group(what: str) -> Outcome:
    """The answer about a group's instances where the configuration says that there is none."""
    return skipped(
        f"No Auto Scaling group serves, says release:workload: there is no {what} to look at.", configured=True
    )


def not_known_yet(context: Context) -> Outcome:
    """The answer while the Pulumi stack does not know the workload."""
    return inconclusive("The Pulumi stack does not know the load balancer yet.", fix=_again(context))


def replaced(context: Context, output: str, known: str | None, what: str) -> Outcome | None:
    """The answer where the CloudFormation stack's `output` is another than the `known` one; None if it is the same."""
    deployed = context.stack.outputs.get(output) if context.stack else None
    if not deployed or deployed == known:
        return None
    if known is None:
        text = f"release:workload says that no {what} serves, but {deployed} is deployed."
        return inconclusive(text, fix=undeclared(context))
    return inconclusive(f"The Pulumi stack knows {what} {known}, but {deployed} is deployed.", fix=_again(context))


def undeclared(context: Context) -> str:
    """What to do about a group that the configuration says is not there."""
    return f"Run `pulumi config rm release:workload --stack {context.outputs.stack}`. {_again(context)}"


def _again(context: Context) -> str:
    return f"Run `pulumi up --stack {context.outputs.stack}`."
