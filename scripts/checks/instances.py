"""SOP 4.3: do the instances run, and do they pass EC2's status checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from scripts.checks.context import Context
from scripts.checks.framework import check
from scripts.checks.workload import WORKLOAD_PERMISSIONS, not_known_yet, replaced
from scripts.errors import PromisedResourceMissingError
from scripts.facts.instances import Group, InstanceState, Member, read_states
from scripts.results import Outcome, Status, failed, inconclusive, passed, verdict
from scripts.text import count, listing

# Not there yet: neither good nor bad.
STARTING = {"pending"}
UNDECIDED = {"initializing", "insufficient-data", "not-applicable"}


@check(
    id="instance-status",
    sop="4.3",
    title="Instance status",
    why="EC2 leaves stopped instances out of its answer unless asked: what is missing looks like good.",
    expected="Every instance of the Auto Scaling group runs, and all its status checks are ok",
    fix="See the instance's status checks and its system log; terminate it, and the group starts another.",
    permissions=(*WORKLOAD_PERMISSIONS, "autoscaling:DescribeAutoScalingGroups", "ec2:DescribeInstanceStatus"),
    runbook="docs/runbooks/incident-response.md",
)
def instance_status(context: Context) -> Outcome:
    workload = context.outputs.workload
    if workload is None:
        return not_known_yet(context)
    name = workload.auto_scaling_group_name
    if other := replaced(context, "AutoScalingGroupName", name, "Auto Scaling group"):
        return other
    group = context.group
    if group is None:
        raise PromisedResourceMissingError(
            f"The Auto Scaling group {name} does not exist.",
            f"Run `pulumi up --stack {context.outputs.environment}` if the deployment replaced it.",
        )
    states = read_states(context.aws.ec2, [member.id for member in group.members])
    return judge_group(group, states)


def judge_group(group: Group, states: Mapping[str, InstanceState]) -> Outcome:
    """As many instances in service as wanted, all of them well; what leaves the group, or stands by, does not count."""
    evidence = {
        "auto_scaling_group": group.name,
        "wanted": group.wanted,
        "instances": {
            member.id: {"lifecycle": member.lifecycle, "state": states[member.id].state, **states[member.id].checks}
            for member in group.members
        },
    }
    serving = [member for member in group.members if member.in_service or member.starting]
    findings = {member.id: _judge(member, states[member.id]) for member in serving}
    good = sum(status is Status.PASS for status, _ in findings.values())
    headline = f"{good} of {count(max(group.wanted, len(serving)), 'instance')} ok{_apart(group.members)}."
    lines = [f"{name} {text}" for name, (status, text) in findings.items() if status is not Status.PASS]
    if not serving or len(serving) < group.wanted:
        lines.insert(0, f"{group.name} has {count(len(serving), 'instance')} in service, and wants {group.wanted}.")
        fix = "See the auto-scaling group's activity history for why it starts no instances."
        return failed("\n".join([headline, *lines]), fix=fix, evidence=evidence)
    observed = "\n".join([headline, *lines])
    worst = verdict(status for status, _ in findings.values())
    if worst is Status.PASS:
        return passed(observed, evidence=evidence)
    if worst is Status.INCONCLUSIVE:
        fix = "The status checks of a new instance take a few minutes: run the same command again then."
        return inconclusive(observed, fix=fix, evidence=evidence)
    return failed(observed, evidence=evidence)


def _judge(member: Member, instance: InstanceState) -> tuple[Status, str]:
    status, text = _judge_state(instance)
    if status is Status.PASS and member.starting:
        return Status.INCONCLUSIVE, f"is {member.lifecycle}, not in service yet"
    return status, text


def _judge_state(instance: InstanceState) -> tuple[Status, str]:
    if instance.state in STARTING:
        return Status.INCONCLUSIVE, f"is {instance.state}"
    if instance.state != "running":
        return Status.FAIL, f"is {instance.state}"
    bad = {name: status for name, status in instance.checks.items() if status != "ok"}
    if not bad:
        return Status.PASS, "ok"
    text = listing([f"{name} check {status}" for name, status in bad.items()])
    return Status.INCONCLUSIVE if set(bad.values()) <= UNDECIDED else Status.FAIL, f"runs: {text}"


def _apart(members: Sequence[Member]) -> str:
    others = [f"{member.id} {member.lifecycle}" for member in members if not member.in_service and not member.starting]
    return f"; {listing(others)}" if others else ""
