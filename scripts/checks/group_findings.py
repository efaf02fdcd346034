"""What is wrong with an Auto Scaling group beside its instances' health: other versions, suspended processes, hands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from scripts.facts.instances import Group, Start
from scripts.facts.launches import Request, Version
from scripts.results import Status
from scripts.text import listing, utc

# Without these the group no longer keeps its promise: as many healthy instances as wanted, behind the load balancer.
# What Launch and Terminate leave undone, and that instances started without AddToLoadBalancer never become targets:
# Amazon EC2 Auto Scaling's user guide, "How suspended processes affect other processes".
NEEDED = ("Launch", "Terminate", "HealthCheck", "ReplaceUnhealthy", "AddToLoadBalancer")
# Without these it stays as it is, but does so more unevenly, or not to somebody's command.
HARMLESS = ("AZRebalance", "InstanceRefresh")

# The session in which CloudFormation uses its role: then it is a later deployment, of which the stack's checks tell.
STACKS_SESSION = "/AWSCloudFormation"
SHOWN = 5  # of what may be many


@dataclass(frozen=True)
class Finding:
    """One thing that is not as promised; a PASS is a remark. `about` is the instance, if it is of one."""

    status: Status
    text: str
    fix: str = ""
    about: str = ""


def of_starts(
    group: Group,
    versions: Mapping[Start, Version],
    deployed: datetime | None,
    is_refreshing: Callable[[], bool],
    region: str,
) -> Iterator[Finding]:
    """Whether the instances, also those that stand by, are of what the group starts, and that of the deployment.

    `versions` has what each template's version stands for; `deployed` is when the deployment ended.
    """
    if not group.starts:
        text = f"{group.name} does not say which launch template it starts instances from."
        yield Finding(Status.INCONCLUSIVE, text, f"Give {group.name} a launch template, by the stack's own template.")
        return
    for version in versions.values():
        yield from _of_version(group, version, deployed)
    current = {versions[start].start if start in versions else start for start in group.starts}
    others = [member for member in group.members if not member.leaving and member.start not in current]
    if not others:
        return
    refreshing = is_refreshing()
    refresh = f"aws autoscaling start-instance-refresh --auto-scaling-group-name {group.name} --region {region}"
    fix = f"Run `{refresh}`."
    if refreshing:
        fix = "An instance refresh is replacing them: run the same command again when it has ended."
    for member in others:
        ran = f"was started from {member.start}" if member.start else "was not started by its group"
        text = f"{member.id} {ran}, not from {listing(sorted(map(str, current)))}"
        yield Finding(Status.INCONCLUSIVE if refreshing else Status.FAIL, text, fix, member.id)


def _of_version(group: Group, version: Version, deployed: datetime | None) -> Iterator[Finding]:
    if deployed is not None and version.created > deployed:
        by_the_stack = version.by.endswith(STACKS_SESSION)
        text = (
            f"{group.name} starts {version.start}, which {version.by} made at {utc(version.created)}, after the "
            "deployment."
        )
        fix = "Deploy again, so that what runs is what the stack's template says."
        yield Finding(Status.INCONCLUSIVE if by_the_stack else Status.FAIL, text, fix)
    elif version.start.version != str(version.newest):
        text = f"{group.name} starts {version.start}, which has a newer version {version.newest}."
        fix = "If nobody has chosen the older one on purpose, deploy again: the stack's template says which it is."
        yield Finding(Status.INCONCLUSIVE, text, fix)


def of_processes(group: Group, region: str) -> Iterator[Finding]:
    """Whether the group's own processes run; those that somebody else suspended come with the reason."""
    for status, chosen in (
        (Status.FAIL, [name for name in group.suspended if name in NEEDED]),
        (Status.INCONCLUSIVE, [name for name in group.suspended if name not in NEEDED and name not in HARMLESS]),
        (Status.PASS, [name for name in group.suspended if name in HARMLESS]),
    ):
        if chosen:
            reasons = dict.fromkeys(group.suspended[name] for name in chosen if group.suspended[name])
            why = f": {'; '.join(reasons)}" if reasons else ""
            command = (
                f"aws autoscaling resume-processes --auto-scaling-group-name {group.name} "
                f"--scaling-processes {' '.join(sorted(chosen))} --region {region}"
            )
            text = f"{group.name} has suspended {listing(sorted(chosen))}{why}"
            yield Finding(status, text, f"Run `{command}`.")


def of_requests(group: str, requests: Sequence[Request]) -> Iterator[Finding]:
    """What people asked of the group after the deployment: it may be meant, but it is not what was deployed."""
    if requests:
        said = [f"{utc(request.at)} {request.words}" for request in requests[:SHOWN]]
        more = f" (and {len(requests) - SHOWN} more)" if len(requests) > SHOWN else ""
        text = f"{group} was changed by hand after the deployment: {'; '.join(said)}{more}."
        fix = "If the change was meant, put it into the stack's template and deploy; if not, deploy again."
        yield Finding(Status.INCONCLUSIVE, text, fix)
