"""SOP 4.3: do the instances run what their group starts, and do they pass the status checks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from scripts.checks.context import Context
from scripts.checks.framework import check
from scripts.checks.group_findings import Finding, of_processes, of_requests, of_starts
from scripts.checks.pinned import EXECUTION_PERMISSIONS
from scripts.checks.workload import WORKLOAD_PERMISSIONS, no_group, not_known_yet, replaced, undeclared
from scripts.errors import PromisedResourceMissingError
from scripts.evidence.calls import carried
from scripts.facts.instances import Group, InstanceState, Member, Start, read_states
from scripts.facts.launches import Request, Version, is_refreshing, read_requests, read_version
from scripts.results import Outcome, Status, failed, inconclusive, passed, verdict
from scripts.text import count, listing
from sop.outputs import GROUP_OUTPUT

GROUP = "AWS::AutoScaling::AutoScalingGroup"
# Not there yet: neither good nor bad.
STARTING = {"pending"}
UNDECIDED = {"initializing", "insufficient-data", "not-applicable"}

SEE_ACTIVITIES = "See the auto-scaling group's activity history for why it starts no instances."
STILL_STARTING = "The status checks of a new instance take a few minutes: run the same command again then."


REPLACE = (
    "See its status checks, and its log: `aws ec2 get-console-output --instance-id {id} --latest --output text`. Then "
    "have the group start another: `aws autoscaling terminate-instance-in-auto-scaling-group --instance-id {id} "
    "--no-should-decrement-desired-capacity`."
)


@check(
    id="instance-status",
    sop="4.3",
    title="Instance status",
    why="EC2 leaves stopped instances out of its answer unless asked, and an instance that passes its checks may be of "
    "an older launch template, or of a group that somebody has changed since: what is there looks like what was "
    "deployed. A changed minimum or maximum that moves no instance leaves no trace here; drift detection finds it.",
    expected="Every instance of the Auto Scaling group runs, is healthy and of the group's launch template version, "
    "all its status checks are ok, no process of the group is suspended, and nobody has sized it since the deployment",
    fix="See the instance's status checks and its system log; terminate it, and the group starts another.",
    permissions=(
        *WORKLOAD_PERMISSIONS,
        *EXECUTION_PERMISSIONS,
        "cloudformation:ListStackResources",
        "autoscaling:DescribeAutoScalingGroups",
        "autoscaling:DescribeInstanceRefreshes",
        "autoscaling:DescribeScalingActivities",
        "ec2:DescribeInstanceStatus",
        "ec2:DescribeLaunchTemplateVersions",
    ),
    runbook="docs/runbooks/incident-response.md",
)
def instance_status(context: Context) -> Outcome:
    workload = context.outputs.workload
    if workload is None:
        return not_known_yet(context)
    name = workload.auto_scaling_group_name
    if other := replaced(context, GROUP_OUTPUT, name, "Auto Scaling group"):
        return other
    if name is None:
        return _without_group(context)
    group = context.group
    if group is None:
        raise PromisedResourceMissingError(
            f"The Auto Scaling group {name} does not exist.",
            f"Run `pulumi up --stack {context.outputs.stack}` if the deployment replaced it.",
        )
    deployed, region = context.deploy.ended, context.outputs.region
    templates = [start for start in group.starts if start.version]
    with ThreadPoolExecutor(2 + len(templates)) as pool:
        reading = pool.submit(carried(lambda ids: read_states(context.aws.ec2, ids)), [one.id for one in group.members])
        asking = pool.submit(carried(lambda since: _requests(context, name, since)), deployed)
        read: Callable[[Start], Version] = carried(lambda start: read_version(context.aws.ec2, start))
        versions = dict(zip(templates, pool.map(read, templates), strict=True))
        states, requests = reading.result(), asking.result()
    findings = [
        *_of_members(group, states),
        *of_starts(group, versions, deployed, lambda: is_refreshing(context.aws.autoscaling, name), region),
        *of_processes(group, region),
        *of_requests(name, requests),
    ]
    return judge_group(group, states, versions, findings)


def _without_group(context: Context) -> Outcome:
    """SKIPPED as configured, unless the stack has a group all the same, which nobody would look at."""
    groups = sorted(one for kind, one in context.resources if kind == GROUP)
    if not groups:
        return no_group("instance")
    text = f"release:workload says that no Auto Scaling group serves, but the stack has made {listing(groups)}."
    cluster = "If it only carries containers, make it by a stack of its own."
    return inconclusive(text, fix=f"{undeclared(context)} {cluster}")


def _requests(context: Context, group: str, since: datetime | None) -> Sequence[Request]:
    return () if since is None else read_requests(context.aws.autoscaling, group, since)


def judge_group(
    group: Group,
    states: Mapping[str, InstanceState],
    versions: Mapping[Start, Version],
    findings: Sequence[Finding],
) -> Outcome:
    """As many instances in service as wanted, all of them well; what leaves the group, or stands by, does not count."""
    evidence = {
        "auto_scaling_group": group.name,
        "wanted": group.wanted,
        "starts": [str(versions[start].start if start in versions else start) for start in group.starts],
        "suspended": dict(group.suspended),
        "instances": {
            member.id: {
                "lifecycle": member.lifecycle,
                "health": member.health,
                "start": str(member.start) if member.start else None,
                "state": states[member.id].state,
                **states[member.id].checks,
            }
            for member in group.members
        },
    }
    serving = [member for member in group.members if member.in_service or member.starting]
    bad = {finding.about for finding in findings}
    good = sum(member.id not in bad for member in serving)
    headline = f"{good} of {count(max(group.wanted, len(serving)), 'instance')} ok{_apart(group.members)}."
    worst = verdict([Status.PASS, *(finding.status for finding in findings)])
    lines = [
        finding.text
        for status in (Status.FAIL, Status.INCONCLUSIVE, Status.PASS)
        for finding in findings
        if finding.status is status
    ]
    if worst is Status.PASS:
        return passed("\n".join([headline, *lines]), evidence=evidence)
    all_well = good == max(group.wanted, len(serving))  # then it is no headline for what is wrong with the group
    observed = "\n".join([*lines, headline] if all_well else [headline, *lines])
    fix = next(finding.fix for finding in findings if finding.status is worst)
    return (failed if worst is Status.FAIL else inconclusive)(observed, fix=fix, evidence=evidence)


def _of_members(group: Group, states: Mapping[str, InstanceState]) -> Iterator[Finding]:
    serving = [member for member in group.members if member.in_service or member.starting]
    if group.status:
        yield Finding(Status.FAIL, f"{group.name}: {group.status}.", SEE_ACTIVITIES)
    if not serving or len(serving) < group.wanted:
        text = f"{group.name} has {count(len(serving), 'instance')} in service, and wants {group.wanted}."
        yield Finding(Status.FAIL, text, SEE_ACTIVITIES)
    for member in serving:
        status, text = _judge(member, states[member.id])
        if status is not Status.PASS:
            fix = STILL_STARTING if status is Status.INCONCLUSIVE else REPLACE.format(id=member.id)
            yield Finding(status, f"{member.id} {text}", fix, member.id)


def _judge(member: Member, instance: InstanceState) -> tuple[Status, str]:
    status, text = _judge_state(instance)
    if status is not Status.FAIL and not member.healthy:
        return Status.FAIL, f"is {member.health} to its group, which will replace it"
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
