"""Faults of the Auto Scaling group and its targets: somebody's hand on them, after the deployment."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from moto.autoscaling.models import FakeAutoScalingGroup, autoscaling_backends
from moto.ec2.models import ec2_backends
from moto.elbv2.models import elbv2_backends

from sandbox.aws.autoscaling.members import HEALTHY, RUNNING
from sandbox.aws.ports import GROUPS
from sandbox.faults.fault import Active, Fault, FaultError, Taken, Undo
from sandbox.faults.sites import deployment_of
from sop.names import Environment

if TYPE_CHECKING:
    from sandbox.core.account import Account

NEEDED = "ReplaceUnhealthy"


def _group(account: Account, environment: Environment) -> FakeAutoScalingGroup:
    """The environment's first group. Raises FaultError where it has none."""
    known = autoscaling_backends[account.account_id][account.region].autoscaling_groups
    for group in deployment_of(account, environment).auto_scaling_groups:
        return known[group.name]
    raise FaultError(f"no Auto Scaling group runs in {environment}")


def _suspend(account: Account, active: Active) -> Undo:
    group = _group(account, active.environment)
    before = [each["ProcessName"] for each in group.suspended_processes]
    group.suspended_processes = [*before, NEEDED]

    def resume() -> None:
        now = [each["ProcessName"] for each in group.suspended_processes]
        group.suspended_processes = [name for name in now if name in before or name != NEEDED]

    return resume


def _change_template(account: Account, active: Active) -> Undo:
    """Make another version of the launch template, and let the group start that one from now on."""
    group = _group(account, active.environment)
    template, before = group.ec2_launch_template, group.launch_template_version
    provided = group.provided_launch_template_version
    if template is None:
        raise FaultError(f"{group.name} has no launch template")
    version = template.create_version(template.get_version(before).data, "by hand")
    group.launch_template_version = group.provided_launch_template_version = str(version.number)

    def take_back() -> None:
        if version in template.versions:
            template.versions.remove(version)
        if group.launch_template_version == str(version.number):
            group.launch_template_version, group.provided_launch_template_version = before, provided

    return take_back


def _resize(account: Account, active: Active) -> Undo:
    """One instance more by hand, and that one away again: what is left is what the group tells of it."""
    group = _group(account, active.environment)
    ailing = [
        member.instance_id
        for member in group.instance_states
        if member.health_status != HEALTHY or member.instance.state != RUNNING
    ]
    if ailing:
        names = ", ".join(ailing)
        raise FaultError(f"{group.name} would first replace {names}, which no heal gives back; `sandbox heal` first")
    scaling = account.reach(GROUPS)
    before = {member.instance_id for member in group.instance_states}
    desired, largest = group.desired_capacity or 0, group.max_size
    with scaling.told_apart(group.name) as forget:
        group.max_size = max(largest or 0, desired + 1)
        scaling.set_desired_capacity({"AutoScalingGroupName": group.name, "DesiredCapacity": desired + 1})
        for member in [each for each in group.instance_states if each.instance_id not in before]:
            scaling.terminate_instance_in_auto_scaling_group(
                {"InstanceId": member.instance_id, "ShouldDecrementDesiredCapacity": True}
            )
            _end(account, member.instance)
        group.max_size = largest
    return forget


def _register_stranger(account: Account, active: Active) -> Undo:
    """An instance that is none of the group's answers visitors."""
    member = next(iter(_group(account, active.environment).instance_states), None)
    site = deployment_of(account, active.environment)
    targets = [target for balancer in site.load_balancers for target in balancer.groups]
    if member is None or not targets:
        raise FaultError(f"nothing serves in {active.environment}")
    ec2 = ec2_backends[account.account_id][account.region]
    known = elbv2_backends[account.account_id][account.region].target_groups
    instance: Any = member.instance
    with Taken() as taken:
        started = ec2.run_instances(
            instance.image_id,
            1,
            None,
            [],
            instance_type=instance.instance_type,
            is_instance_type_default=False,
            subnet_id=instance.subnet_id,
        ).instances[0]
        taken.add(f"instance {started.id}", partial(_end, account, started))
        group = known[targets[0].arn]
        group.register([{"Id": started.id, "Port": group.port}])
        taken.add(f"target {started.id}", partial(_deregister, group, started.id))
    return taken


def _end(account: Account, instance: Any) -> None:
    """Terminate it, and let EC2 forget it at once."""
    instance.terminate()
    reservations = ec2_backends[account.account_id][account.region].reservations
    for reservation in list(reservations.values()):
        if instance in reservation.instances:
            reservation.instances.remove(instance)
            if not reservation.instances:
                del reservations[reservation.id]


def _deregister(group: Any, target: str) -> None:
    if target in group.targets:
        group.deregister([{"Id": target}])


FAULTS = (
    Fault("process-suspended", "the group replaces unhealthy instances no more", "instance-status", _suspend),
    Fault(
        "launch-template-changed",
        "the group starts a version of the launch template that was made by hand",
        "instance-status",
        _change_template,
    ),
    Fault("group-resized", "somebody has sized the group by hand", "instance-status", _resize),
    Fault("target-foreign", "an instance that is not the group's is a target", "target-health", _register_stranger),
)
