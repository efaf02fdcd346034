"""Suspended processes: what a group no longer does by itself."""

from __future__ import annotations

import pytest

from tests.sandbox.autoscaling.conftest import NAME, Behind


def _suspend(group: Behind, *processes: str) -> None:
    group.api.suspend_processes(AutoScalingGroupName=NAME, ScalingProcesses=list(processes))


def _resume(group: Behind) -> None:
    group.api.resume_processes(AutoScalingGroupName=NAME)


def test_the_suspended_processes_are_told(group: Behind) -> None:
    _suspend(group, "Launch", "Terminate")
    assert {each["ProcessName"] for each in group.described["SuspendedProcesses"]} == {"Launch", "Terminate"}


def test_without_launch_a_terminated_member_goes_and_resuming_starts_another(group: Behind) -> None:
    gone, stays = group.members
    _suspend(group, "Launch")
    group.ec2.terminate_instances(InstanceIds=[gone])
    assert group.members == group.targets == [stays]
    _resume(group)
    assert len(group.members) == len(group.targets) == 2


@pytest.mark.parametrize("process", ["Terminate", "ReplaceUnhealthy"])
def test_without_replacement_a_terminated_member_stays_unhealthy_and_is_no_target(group: Behind, process: str) -> None:
    gone, stays = group.members
    _suspend(group, process)
    group.ec2.terminate_instances(InstanceIds=[gone])
    assert group.member(gone)["HealthStatus"] == "Unhealthy"
    assert group.targets == [stays]
    _resume(group)
    assert gone not in group.members
    assert len(group.targets) == 2


def test_without_terminate_nothing_is_scaled_in(group: Behind) -> None:
    _suspend(group, "Terminate")
    group.api.set_desired_capacity(AutoScalingGroupName=NAME, DesiredCapacity=1)
    assert len(group.members) == 2
    _resume(group)
    assert len(group.members) == 1


def test_without_health_checks_a_stopped_member_is_still_called_healthy(group: Behind) -> None:
    one, _ = group.members
    _suspend(group, "HealthCheck")
    group.ec2.stop_instances(InstanceIds=[one])
    assert group.member(one)["HealthStatus"] == "Healthy"
    assert group.health()[one]["Reason"] == "Target.InvalidState"


def test_a_member_started_without_addtoloadbalancer_never_becomes_a_target_by_itself(group: Behind) -> None:
    before = group.members
    _suspend(group, "AddToLoadBalancer")
    group.api.set_desired_capacity(AutoScalingGroupName=NAME, DesiredCapacity=3)
    _resume(group)
    assert len(group.members) == 3
    assert group.targets == before
