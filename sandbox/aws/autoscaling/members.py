"""A group's members: how one is started, and which one goes first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from moto.autoscaling.models import ASG_NAME_TAG, FakeAutoScalingGroup, InstanceState
from moto.core.types import Base64EncodedString
from moto.ec2.models.instances import Instance
from moto.ec2.models.launch_templates import LaunchTemplateVersion

IN_SERVICE, STANDBY = "InService", "Standby"
HEALTHY, UNHEALTHY = "Healthy", "Unhealthy"
RUNNING = "running"
GONE = ("shutting-down", "terminated")


class Member(InstanceState):
    """An instance of a group, with what it was started from, whatever the group starts from now."""

    def __init__(self, instance: Instance, group: FakeAutoScalingGroup, started_from: dict[str, Any]) -> None:
        instance.autoscaling_group = group  # pyright: ignore[reportAttributeAccessIssue] - moto sets it so
        super().__init__(instance, protected_from_scale_in=group.new_instances_protected_from_scale_in)
        self._started_from = started_from

    @property
    def launch_template(self) -> dict[str, Any] | None:
        return self._started_from.get("LaunchTemplate")

    @property
    def launch_configuration_name(self) -> str | None:
        return self._started_from.get("LaunchConfigurationName")


def starts_from(group: FakeAutoScalingGroup) -> dict[str, Any]:
    """What a group's next member is started from: the template's version is a number, also where the group follows it.

    Raises:
        ServiceException: the template has no such version any more.
    """
    template = group.ec2_launch_template
    if template is None:
        return {"LaunchConfigurationName": group.launch_config.name}
    version = template.get_version(group.launch_template_version)
    names = {"LaunchTemplateId": template.id, "LaunchTemplateName": template.name}
    return {"LaunchTemplate": {**names, "Version": str(version.number)}}


def start(group: FakeAutoScalingGroup) -> Member:
    """Start one instance, in the zone that has fewest.

    Raises:
        ServiceException: EC2 refuses.
    """
    started_from = starts_from(group)
    template = started_from.get("LaunchTemplate")
    if group.ec2_launch_template:
        _give_type_to_user_data(group.ec2_launch_template.get_version(group.launch_template_version))
    subnet, zone = _place(group)
    overrides = ((group.mixed_instances_policy or {}).get("LaunchTemplate") or {}).get("Overrides") or [{}]
    reservation = group.ec2_backend.run_instances(
        group.image_id,
        1,
        group.user_data,
        group.security_groups,
        instance_type=overrides[0].get("InstanceType") or group.instance_type,
        tags={"instance": {**group.get_propagated_tags(), ASG_NAME_TAG: group.name, **group.instance_tags}},
        placement=zone,
        launch_config=group.launch_config,
        launch_template=template and {key: template[key] for key in ("LaunchTemplateId", "Version")},
        is_instance_type_default=False,
        associate_public_ip=group.launch_config.associate_public_ip_address if group.launch_config else None,
        subnet_id=subnet,
    )
    return Member(reservation.instances[0], group, started_from)


def _give_type_to_user_data(version: LaunchTemplateVersion) -> None:
    """Moto starts instances only where user data has a type that it gives it in a template's first version alone."""
    user_data = version.data.get("UserData")
    if isinstance(user_data, str):
        version.data["UserData"] = Base64EncodedString(user_data)


def _place(group: FakeAutoScalingGroup) -> tuple[str | None, str]:
    """A subnet, None without a VPC of its own, and its zone."""
    members = Counter(member.availability_zone for member in group.instance_states)
    names = group.vpc_zone_identifier.split(",") if group.vpc_zone_identifier else []
    subnets = group.ec2_backend.describe_subnets(subnet_ids=names) if names else []
    zones = {subnet.id: subnet.availability_zone for subnet in subnets}
    places = [(name, zones[name]) for name in names] or [(None, zone) for zone in group.availability_zones]
    return min(places, key=lambda place: members[place[1]])


def surplus(group: FakeAutoScalingGroup, members: Sequence[InstanceState], count: int) -> list[InstanceState]:
    """The members that a group lets go first when it has `count` too many; protected ones never.

    From the zone that has most; there by the group's first termination policy, the default one for those that
    need what the sandbox has not (hours that are billed, capacity that was reserved).
    """
    order = _ORDERS.get(next(iter(group.termination_policies), ""), _oldest_template)
    gone: list[InstanceState] = []
    while len(gone) < count:
        left = [member for member in members if member not in gone]
        free = [member for member in left if not member.protected_from_scale_in]
        if not free:
            break
        zones = Counter(member.availability_zone for member in left)
        most = max(zones[member.availability_zone] for member in free)
        gone.append(min((m for m in free if zones[m.availability_zone] == most), key=order))
    return gone


def _oldest(member: InstanceState) -> Any:
    return member.instance.launch_time


def _oldest_template(member: InstanceState) -> Any:
    template = member.launch_template
    return int(template["Version"]) if template else 0, member.instance.launch_time


_ORDERS = {
    "OldestInstance": _oldest,
    "NewestInstance": lambda member: -member.instance.launch_time.timestamp(),
    "OldestLaunchTemplate": _oldest_template,
}
