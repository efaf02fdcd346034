"""Whose the targets are that are registered by address: where no Auto Scaling group says so, the network does.

What the stack runs carries the stack's own security groups. That tells its interfaces from others', and both ways: a
target that is none of theirs, and one of theirs that is no target.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set

from scripts.checks.context import Context
from scripts.checks.group_findings import Finding
from scripts.facts.interfaces import Interface, read_interfaces
from scripts.results import Status
from scripts.text import listing

SECURITY_GROUP = "AWS::EC2::SecurityGroup"
ADDRESS_PERMISSIONS = ("ec2:DescribeNetworkInterfaces", "cloudformation:ListStackResources")


def of_addresses(context: Context, registered: Sequence[str]) -> list[Finding]:
    """What is wrong with targets that are addresses, beside their health."""
    made = sorted(one for kind, one in context.resources if kind == SECURITY_GROUP)
    interfaces = read_interfaces(context.aws.ec2, made) if made else ()
    workload = context.outputs.workload
    return list(judge_addresses(registered, interfaces, workload.target_group_arn if workload else ""))


def judge_addresses(registered: Sequence[str], interfaces: Sequence[Interface], group: str) -> Iterator[Finding]:
    """Compared both ways.

    Args:
        registered: the ids of the targets that stay.
        interfaces: those that carry a security group of the stack's.
        group: the target group's ARN, for the command that mends it.
    """
    targets = set(registered)
    own = [one for one in interfaces if one.addresses & targets]
    strangers = sorted(targets - frozenset[str]().union(*(one.addresses for one in own)))
    if strangers and own:
        ids = " ".join(f"Id={one}" for one in strangers)
        text = f"Registered as a target, but no interface with a security group of the stack's: {listing(strangers)}."
        fix = (
            f"Run `aws elbv2 deregister-targets --target-group-arn {group} --targets {ids}`, once you know whose it is."
        )
        yield Finding(Status.FAIL, text, fix)
    elif strangers:
        text = f"No target's interface carries a security group of the stack's: nobody knows {listing(strangers)}."
        yield Finding(Status.INCONCLUSIVE, text, "Give what serves a security group that the stack's template makes.")
    if left_out := [one for one in _alike(own, interfaces) if not one.addresses & targets]:
        named = listing([f"{one.id} ({min(one.addresses, default='no address')})" for one in left_out])
        text = f"In use with the targets' security groups, but not registered as a target: {named}."
        fix = "Register it, or give what serves no visitors a security group of its own."
        yield Finding(Status.INCONCLUSIVE, text, fix)


def _alike(own: Sequence[Interface], interfaces: Sequence[Interface]) -> Iterator[Interface]:
    """Those in use with the same security groups as a target."""
    groups: Set[frozenset[str]] = {one.security_groups for one in own}
    return (one for one in interfaces if one.in_use and one.security_groups in groups)
