"""What Auto Scaling refuses, and what the sandbox does not serve of a group."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from typing import Any

from botocore import xform_name
from moto.autoscaling.models import AutoScalingBackend, FakeAutoScalingGroup, InstanceState

from sandbox.aws.autoscaling.members import HEALTHY, RUNNING, STANDBY, UNHEALTHY
from sandbox.aws.service import AwsError, Params

_SIZES = frozenset({"MinSize", "MaxSize", "DesiredCapacity"})
# Kept and told; on AWS they bear on what the sandbox has not (days, warm-up, a shortage of capacity).
_KEPT = frozenset(
    {
        "AvailabilityZoneDistribution",
        "AvailabilityZoneImpairmentPolicy",
        "CapacityReservationSpecification",
        "CapacityRebalance",
        "Context",
        "DefaultCooldown",
        "DefaultInstanceWarmup",
        "InstanceMaintenancePolicy",
        "MaxInstanceLifetime",
        "PlacementGroup",
        "ServiceLinkedRoleARN",
        "TerminationPolicies",
    }
)
_SERVED = (
    _SIZES
    | _KEPT
    | {
        "AutoScalingGroupName",
        "AvailabilityZones",
        "HealthCheckGracePeriod",
        "HealthCheckType",
        "InstanceId",
        "LaunchConfigurationName",
        "LaunchTemplate",
        "LoadBalancerNames",
        "MixedInstancesPolicy",
        "NewInstancesProtectedFromScaleIn",
        "TargetGroupARNs",
        "Tags",
        "VPCZoneIdentifier",
    }
)
PROCESSES = frozenset(
    {
        "AZRebalance",
        "AddToLoadBalancer",
        "AlarmNotification",
        "HealthCheck",
        "InstanceRefresh",
        "Launch",
        "ReplaceUnhealthy",
        "ScheduledActions",
        "Terminate",
    }
)


def check_served(request: Params) -> None:
    """Refuse, in the sandbox's own words, what nothing here would act on."""
    unserved = sorted(request.keys() - _SERVED)
    overrides = request.get("MixedInstancesPolicy", {}).get("LaunchTemplate", {}).get("Overrides", [])
    if any(override.keys() - {"InstanceType"} for override in overrides):
        unserved.append("MixedInstancesPolicy.LaunchTemplate.Overrides with more than InstanceType")
    if unserved:
        raise AwsError(
            "SandboxUnknownParameter", f"The sandbox does not apply {unserved} to Auto Scaling groups; AWS does.", 501
        )


def parted(request: Params) -> tuple[Params, Params]:
    """What moto applies, without the sizes, and what is kept beside it."""
    told = {name: value for name, value in request.items() if name not in _SIZES | _KEPT}
    return told, {name: value for name, value in request.items() if name in _KEPT}


def keep(group: FakeAutoScalingGroup, own: Mapping[str, Any]) -> None:
    """Where moto's description of the group finds it."""
    for name, value in own.items():
        setattr(group, xform_name(name), value)


def start_from_one_thing(group: FakeAutoScalingGroup, request: Params) -> None:
    """Moto keeps the launch configuration beside the template that has taken its place, and the other way round."""
    nothing: Any = None
    if "LaunchConfigurationName" in request:
        group.ec2_launch_template = nothing
    elif request.keys() & {"LaunchTemplate", "MixedInstancesPolicy"}:
        group.launch_config = group.launch_configuration_name = nothing


def capacity(request: Params, group: FakeAutoScalingGroup | None) -> tuple[int, int, int]:
    """Minimum, maximum and desired, checked: those asked for, else the group's, moved into the limits."""
    smallest = request.get("MinSize", group and group.min_size)
    largest = request.get("MaxSize", group and group.max_size)
    if smallest > largest:
        raise _invalid(f"Max bound, {largest}, must be greater than or equal to min bound, {smallest}")
    desired = request.get("DesiredCapacity")
    if desired is None:
        before = smallest if group is None else group.desired_capacity
        return smallest, largest, min(max(before, smallest), largest)
    if not smallest <= desired <= largest:
        raise _invalid(
            f"Desired capacity:{desired} must be between the specified min size:{smallest} and max size:{largest}"
        )
    return smallest, largest, desired


def check_desired(group: FakeAutoScalingGroup, desired: int) -> None:
    for bound, what, out in (
        (group.max_size or 0, "above max", desired > (group.max_size or 0)),
        (group.min_size or 0, "below min", desired < (group.min_size or 0)),
    ):
        if out:
            raise _invalid(f"New SetDesiredCapacity value {desired} is {what} value {bound} for the AutoScalingGroup.")


def check_termination(group: FakeAutoScalingGroup) -> None:
    if (group.desired_capacity or 0) <= (group.min_size or 0):
        raise _invalid(
            f"Currently, desiredSize equals minSize ({group.min_size}). Terminating instance without replacement will "
            "violate group's min size constraint. Either set shouldDecrementDesiredCapacity flag to false or lower "
            "group's min size."
        )


def check_left(group: FakeAutoScalingGroup, count: int, what: str) -> None:
    if (group.desired_capacity or 0) - count < (group.min_size or 0):
        raise _sized(group, count, what, "instance")


def check_room(group: FakeAutoScalingGroup, count: int, what: str) -> None:
    if (group.desired_capacity or 0) + count > (group.max_size or 0):
        raise _sized(group, count, what, "more instance")


def check_target_groups(arns: Sequence[str], there: Container[str]) -> None:
    missing = [arn for arn in arns if arn not in there]
    if missing:
        raise _invalid(f"Trying to update too many Target Groups or a target group that does not exist: {missing}")


def check_in_standby(members: Sequence[InstanceState]) -> None:
    for member in members:
        if member.lifecycle_state != STANDBY:
            raise _invalid(f"The instance {member.instance_id} is not in Standby.")


def check_attachable(backend: AutoScalingBackend, instance_id: str) -> None:
    for group in backend.autoscaling_groups.values():
        if any(member.instance_id == instance_id for member in group.instance_states):
            raise _invalid(f"Instance {instance_id} is already part of AutoScalingGroup:{group.name}")
    instance = backend.ec2_backend.get_instance_by_id(instance_id)
    if instance is None:
        raise _invalid(f"Invalid Instance ID(s): [{instance_id}]")
    if instance.state != RUNNING:
        raise _invalid(f"Instance {instance_id} is not in correct state.")


def check_health_status(status: str) -> None:
    if status not in (HEALTHY, UNHEALTHY):
        raise _invalid("Valid instance health states are: [Healthy, Unhealthy].")


def check_token(request: Params, known: Container[str]) -> None:
    """Moto fails at a token that it has not made, or passes over it."""
    if "NextToken" in request and request["NextToken"] not in known:
        raise AwsError("InvalidNextToken", "The NextToken value is not valid.")


def check_processes(request: Params) -> None:
    unknown = sorted(set(request.get("ScalingProcesses", [])) - PROCESSES)
    if unknown:
        raise _invalid(f"Invalid scaling process: {', '.join(unknown)}")


def part_of(group: FakeAutoScalingGroup, members: Mapping[str, InstanceState], instance_id: str) -> InstanceState:
    if instance_id not in members:
        raise _invalid(f"The instance {instance_id} is not part of Auto Scaling group {group.name}.")
    return members[instance_id]


def already_exists(name: str) -> AwsError:
    return AwsError(
        "AlreadyExists", f"AutoScalingGroup by this name already exists - A group with the name {name} already exists"
    )


def in_use() -> AwsError:
    return AwsError(
        "ResourceInUse",
        "You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s) still in "
        "the group.",
    )


def no_such_group(name: str) -> AwsError:
    return _invalid(f"AutoScalingGroup name not found - AutoScalingGroup '{name}' not found")


def no_such_member(instance_id: str) -> AwsError:
    return _invalid(f"Instance Id not found - No managed instance found for instance ID: {instance_id}")


def _sized(group: FakeAutoScalingGroup, count: int, what: str, noun: str) -> AwsError:
    return _invalid(
        f"AutoScalingGroup {group.name} has min-size={group.min_size}, max-size={group.max_size}, and "
        f"desired-size={group.desired_capacity}. To {what} {count} {noun}, please update the AutoScalingGroup sizes "
        "appropriately."
    )


def _invalid(message: str) -> AwsError:
    return AwsError("ValidationError", message)
