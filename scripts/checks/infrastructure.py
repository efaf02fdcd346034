"""SOP 4.3: is the deployed infrastructure healthy."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from scripts.checks.context import Context
from scripts.checks.framework import check
from scripts.checks.workload import WORKLOAD_PERMISSIONS, not_known_yet, replaced
from scripts.errors import PromisedResourceMissingError
from scripts.results import Evidence, Outcome, Status, failed, inconclusive, passed
from scripts.text import count, listing

if TYPE_CHECKING:
    from mypy_boto3_elbv2.type_defs import TargetHealthDescriptionTypeDef

INSTANCE = re.compile(r"i-[0-9a-f]+")
# On its way out of service, on purpose; one that is `unhealthy.draining` is not.
LEAVING = ("draining",)


@check(
    id="target-health",
    sop="4.3",
    title="Load balancer targets",
    why="A load balancer without healthy targets answers every request with an error.",
    expected="All registered targets are healthy, and every instance in service is one of them",
    fix="Read the target's application log, and check its security group and the health check's path.",
    permissions=(
        *WORKLOAD_PERMISSIONS,
        "elasticloadbalancing:DescribeTargetHealth",
        "autoscaling:DescribeAutoScalingGroups",
    ),
    runbook="docs/runbooks/incident-response.md",
)
def target_health(context: Context) -> Outcome:
    workload = context.outputs.workload
    if workload is None:
        return not_known_yet(context)
    if other := replaced(context, "TargetGroupArn", workload.target_group_arn, "target group"):
        return other
    try:
        targets = context.targets
    except PromisedResourceMissingError as problem:
        fix = f"Run `pulumi up --stack {context.outputs.environment}` if the deployment replaced it."
        return failed(problem.message, fix=fix)
    states = {_id(target): _state(target) for target in targets}
    evidence = {"target_group": workload.target_group_arn, "targets": states}
    outcome = judge_targets(targets, evidence)
    return _with_unregistered(context, targets, outcome) if outcome.status is Status.PASS else outcome


def judge_targets(targets: Sequence[TargetHealthDescriptionTypeDef], evidence: Evidence) -> Outcome:
    """All of the targets healthy, apart from those that leave."""
    staying = [target for target in targets if _state(target) not in LEAVING]
    leaving = [_id(target) for target in targets if _state(target) in LEAVING]
    note = f"; {listing(leaving)} draining" if leaving else ""
    if not staying:
        what = "All targets are draining" if leaving else "No target is registered"
        fix = "See the auto-scaling group's activity history for why it starts no instances."
        return failed(f"{what}{note}.", fix=fix, evidence=evidence)
    states = Counter(_state(target) for target in staying)
    if set(states) == {"healthy"}:
        return passed(f"{count(len(staying), 'target')} healthy{note}.", evidence=evidence)
    headline = f"{states['healthy']} of {count(len(staying), 'target')} healthy{note}."
    details = [_describe(target) for target in staying if _state(target) != "healthy"]
    observed = "\n".join([headline, *details])
    if set(states) <= {"healthy", "initial"}:
        fix = "The first health checks are still running: run the same command again in a minute."
        return inconclusive(observed, fix=fix, evidence=evidence)
    return failed(observed, evidence=evidence)


def _with_unregistered(
    context: Context, targets: Sequence[TargetHealthDescriptionTypeDef], outcome: Outcome
) -> Outcome:
    """FAIL where an instance is in service and gets no requests, which its own status would not show."""
    registered = {target.get("Target", {}).get("Id", "") for target in targets if _state(target) not in LEAVING}
    if context.group is None or not any(map(INSTANCE.fullmatch, registered)):
        return outcome  # targets by address: nothing to compare
    left_out = [member.id for member in context.group.members if member.in_service and member.id not in registered]
    if not left_out:
        return outcome
    fix = "Attach the target group to the Auto Scaling group, or see the group's activity history for the reason."
    lines = [outcome.observed, f"In service, but not registered as a target: {listing(left_out)}."]
    return failed("\n".join(lines), fix=fix, evidence=outcome.evidence)


def _id(target: TargetHealthDescriptionTypeDef) -> str:
    described = target.get("Target")
    if described is None:
        return "unknown"
    port = described.get("Port")
    return described["Id"] if port is None else f"{described['Id']}:{port}"


def _state(target: TargetHealthDescriptionTypeDef) -> str:
    return target.get("TargetHealth", {}).get("State", "unknown")


def _describe(target: TargetHealthDescriptionTypeDef) -> str:
    health = target.get("TargetHealth", {})
    reason = " ".join(part for part in (health.get("Reason"), health.get("Description")) if part)
    return f"{_id(target)} {_state(target)}: {reason or 'no reason given'}"
