"""SOP 4.3: is the deployed infrastructure healthy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from scripts.checks.addresses import ADDRESS_PERMISSIONS, of_addresses
from scripts.checks.context import Context
from scripts.checks.framework import check
from scripts.checks.registrations import INSTANCE, LEAVING, id_of, misled, named, state_of
from scripts.checks.routes import ROUTE_PERMISSIONS, Strayed, strayed
from scripts.checks.workload import WORKLOAD_PERMISSIONS, not_known_yet, replaced, undeclared
from scripts.clients.failures import AWS_FAILURES
from scripts.errors import PromisedResourceMissingError, UndeterminedError
from scripts.evidence.calls import carried
from scripts.facts.load_balancer import read_target_group
from scripts.results import Evidence, Outcome, Status, failed, inconclusive, passed, verdict
from scripts.text import count, listing

if TYPE_CHECKING:
    from mypy_boto3_elbv2.type_defs import TargetHealthDescriptionTypeDef


@check(
    id="target-health",
    sop="4.3",
    title="Load balancer targets",
    why="A load balancer without healthy targets answers every request with an error.",
    expected="All registered targets are healthy, every instance in service is one of them, once, they are all "
    "instances of the Auto Scaling group, and visitors reach them and no others. Where no group serves "
    "(release:workload: targets), their addresses are of interfaces with the stack's security groups, and no such "
    "interface is left out",
    fix="Read the target's application log, and check its security group and the health check's path.",
    permissions=(
        *WORKLOAD_PERMISSIONS,
        "elasticloadbalancing:DescribeTargetHealth",
        "elasticloadbalancing:DescribeTargetGroups",
        "autoscaling:DescribeAutoScalingGroups",
        *ADDRESS_PERMISSIONS,
        *ROUTE_PERMISSIONS,
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
        with ThreadPoolExecutor(2) as beside:
            leading = beside.submit(carried(strayed), context)
            group = beside.submit(carried(partial(read_target_group, context.aws.elbv2)), workload.target_group_arn)
            targets = context.targets
    except PromisedResourceMissingError as problem:
        fix = f"Run `pulumi up --stack {context.outputs.stack}` if the deployment replaced it."
        return failed(problem.message, fix=fix)
    states = {named(target): state_of(target) for target in targets}
    evidence = {"target_group": workload.target_group_arn, "targets": states}
    outcome = judge_targets(targets, evidence)
    if outcome.status is Status.FAIL:
        return outcome
    for finding in misled(targets, group.result()):
        outcome = _worse(outcome, finding)
    outcome = _led(_compared(context, targets, outcome), leading.result)
    if outcome.status is not Status.PASS:
        return outcome
    return replace(outcome, observed=f"{outcome.observed}\nHealthy is what answers {group.result().healthy}.")


def judge_targets(targets: Sequence[TargetHealthDescriptionTypeDef], evidence: Evidence) -> Outcome:
    """All of the targets healthy, apart from those that leave."""
    staying = [target for target in targets if state_of(target) not in LEAVING]
    leaving = [named(target) for target in targets if state_of(target) in LEAVING]
    note = f"; {listing(leaving)} draining" if leaving else ""
    if not staying:
        what = "All targets are draining" if leaving else "No target is registered"
        fix = "See why nothing is registered: the auto-scaling group's activity history, or the containers' service."
        return failed(f"{what}{note}.", fix=fix, evidence=evidence)
    states = Counter(state_of(target) for target in staying)
    if set(states) == {"healthy"}:
        return passed(f"{count(len(staying), 'target')} healthy{note}.", evidence=evidence)
    headline = f"{states['healthy']} of {count(len(staying), 'target')} healthy{note}."
    details = [_describe(target) for target in staying if state_of(target) != "healthy"]
    observed = "\n".join([headline, *details])
    if set(states) <= {"healthy", "initial"}:
        fix = "The first health checks are still running: run the same command again in a minute."
        return inconclusive(observed, fix=fix, evidence=evidence)
    return failed(observed, evidence=evidence)


def _compared(context: Context, targets: Sequence[TargetHealthDescriptionTypeDef], outcome: Outcome) -> Outcome:
    """The outcome with who is missing among the targets, and who is a stranger there: health alone would not show it.

    A target by its address cannot be told from a stranger's where a group's instances serve.
    """
    if not context.outputs.has_group:
        return _by_address(context, targets, outcome)
    workload, group = context.outputs.workload, context.group
    name = (workload and workload.auto_scaling_group_name) or ""
    if group is None:
        text = f"The Auto Scaling group {name} does not exist, so nobody knows whose targets these are."
        return _worse(outcome, inconclusive(text, fix=f"Run `pulumi up --stack {context.outputs.stack}`."))
    registered = sorted({id_of(target) for target in targets if state_of(target) not in LEAVING})
    members = {member.id for member in group.members}
    left_out = [member.id for member in group.members if member.in_service and member.id not in registered]
    strangers = [one for one in registered if one not in members and INSTANCE.fullmatch(one)]
    addresses = [one for one in registered if not INSTANCE.fullmatch(one)]
    arn = workload.target_group_arn if workload else ""
    if arn not in group.target_groups:
        text = f"{name} registers no instance with the target group: those that it starts next get no visitors."
        attach = f"--auto-scaling-group-name {name} --target-group-arns {arn}"
        fix = f"Run `aws autoscaling attach-load-balancer-target-groups {attach} --region {context.outputs.region}`."
        outcome = _worse(outcome, failed(text, fix=fix))
    if strangers:
        ids = " ".join(f"Id={one}" for one in strangers)
        fix = f"Run `aws elbv2 deregister-targets --target-group-arn {arn} --targets {ids}`, once you know whose it is."
        text = f"Registered as a target, but no instance of {name}: {listing(strangers)}."
        outcome = _worse(outcome, failed(text, fix=fix))
    if addresses:
        text = f"Registered by address, so nothing says that it is an instance of {name}: {listing(addresses)}."
        fix = f"Register the instances of {name} by their ids: let the group do it (TargetGroupARNs)."
        outcome = _worse(outcome, inconclusive(text, fix=fix))
    elif left_out:
        text = f"In service, but not registered as a target: {listing(left_out)}."
        fix = "Attach the target group to the Auto Scaling group, or see the group's activity history for the reason."
        outcome = _worse(outcome, failed(text, fix=fix))
    return outcome


def _by_address(context: Context, targets: Sequence[TargetHealthDescriptionTypeDef], outcome: Outcome) -> Outcome:
    """The same where no group says who belongs there."""
    registered = sorted({id_of(target) for target in targets if state_of(target) not in LEAVING})
    if instances := [one for one in registered if INSTANCE.fullmatch(one)]:
        text = f"Registered by instance, though no group of instances serves: {listing(instances)}."
        outcome = _worse(outcome, failed(text, fix=undeclared(context)))
    for finding in of_addresses(context, [one for one in registered if not INSTANCE.fullmatch(one)]):
        judged = failed if finding.status is Status.FAIL else inconclusive
        outcome = _worse(outcome, judged(finding.text, fix=finding.fix))
    return outcome


def _led(outcome: Outcome, leading: Callable[[], Sequence[Strayed]]) -> Outcome:
    """The outcome with where visitors go instead of to these targets; a bad one needs no more to be bad."""
    try:
        found = leading()
    except (PromisedResourceMissingError, UndeterminedError, *AWS_FAILURES):
        if outcome.status is Status.FAIL:
            return outcome
        raise
    for one in found:
        judged = failed if one.status is Status.FAIL else inconclusive
        outcome = _worse(outcome, judged(one.text, fix=one.fix))
    return outcome


def _worse(outcome: Outcome, finding: Outcome) -> Outcome:
    """The outcome with a further finding; the fix is that of the worse one."""
    worst = finding if verdict((outcome.status, finding.status)) is not outcome.status else outcome
    observed = "\n".join([outcome.observed, finding.observed])
    return replace(worst, observed=observed, evidence=outcome.evidence)


def _describe(target: TargetHealthDescriptionTypeDef) -> str:
    health = target.get("TargetHealth", {})
    reason = " ".join(part for part in (health.get("Reason"), health.get("Description")) if part)
    return f"{named(target)} {state_of(target)}: {reason or 'no reason given'}"
