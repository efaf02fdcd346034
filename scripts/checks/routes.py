"""Whether the load balancer's visitors reach the targets that are looked at, and nobody else's.

A page that answers 200 can come from a rule that somebody made by hand, while all targets are healthy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass

from scripts.checks.context import Context
from scripts.facts.load_balancer import Route, read_routes
from scripts.results import Status
from scripts.text import listing

ROUTE_PERMISSIONS = (
    "elasticloadbalancing:DescribeListeners",
    "elasticloadbalancing:DescribeRules",
    "cloudformation:ListStackResources",
)


@dataclass(frozen=True)
class Strayed:
    """Visitors who do not reach the targets, and what mends it."""

    status: Status
    text: str
    fix: str


def strayed(context: Context) -> list[Strayed]:
    """Where visitors go instead; empty where they all reach what the stack has made."""
    workload = context.outputs.workload
    if workload is None:
        return []
    prefix = workload.target_group_arn.partition(":targetgroup/")[0]
    balancer = f"{prefix}:loadbalancer/{workload.load_balancer_full_name}"
    routes = read_routes(context.aws.elbv2, balancer)
    return list(judge_routes(routes, workload.target_group_arn, lambda: _made(context, balancer)))


def _made(context: Context, balancer: str) -> Set[str] | None:
    """What the stack has made; None where the load balancer is not its own, and so neither need the rules be."""
    made = {physical_id for _, physical_id in context.resources}
    return made if balancer in made else None


def judge_routes(routes: Sequence[Route], group: str, made: Callable[[], Set[str] | None]) -> Iterator[Strayed]:
    """Those that lead elsewhere.

    Args:
        routes: of all listeners.
        group: the ARN of the target group that is looked at.
        made: has the ids of what the stack has made; asked only where it can matter.
    """
    if not any(group in route.groups for route in routes):
        did = listing(sorted({f"{route.listener} ({route.kind})" for route in routes})) or "there is none"
        text = f"No listener sends visitors to these targets: {did}."
        yield Strayed(Status.FAIL, text, "Deploy again, so that the listeners do what the stack's template says.")
        return
    others = frozenset[str]().union(*(route.groups for route in routes)) - {group}
    rules = [route for route in routes if not route.default]
    known = made() if others or rules else None
    if known is not None:
        yield from _by_hand(rules, routes, others - known, known)
    for listener in dict.fromkeys(route.listener for route in routes):
        own = [route for route in routes if route.listener == listener]
        if not any(route.groups or route.kind == "redirect" for route in own):
            kinds = listing(sorted({route.kind for route in own}))
            text = f"Listener {listener} sends nobody to any target ({kinds})."
            yield Strayed(Status.INCONCLUSIVE, text, "If the stack's template does not say so, deploy again.")


def _by_hand(rules: Sequence[Route], routes: Sequence[Route], groups: Set[str], made: Set[str]) -> Iterator[Strayed]:
    for arn in sorted(groups):
        through = listing(list(dict.fromkeys(route.listener for route in routes if arn in route.groups)))
        text = f"Listener {through} sends visitors to {arn}, too, a target group that the stack has not made."
        yield Strayed(Status.FAIL, text, f"See who made it: aws elbv2 describe-target-health --target-group-arn {arn}")
    for route in rules:
        if route.arn not in made and not route.groups & groups:
            text = f"Listener {route.listener} has a rule ({route.kind}) that the stack has not made: {route.arn}."
            fix = f"Unless it is meant, run `aws elbv2 delete-rule --rule-arn {route.arn}`."
            yield Strayed(Status.INCONCLUSIVE, text, fix)
