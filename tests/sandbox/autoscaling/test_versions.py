"""Members carry the version of the launch template that they were started from."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.autoscaling.conftest import NAME, Behind


def test_members_keep_their_version_when_the_group_goes_on_to_another(group: Behind) -> None:
    old = group.members
    group.launch_another_version()
    assert group.versions() == {"1"}
    group.api.set_desired_capacity(AutoScalingGroupName=NAME, DesiredCapacity=3)
    versions = {each["InstanceId"]: each["LaunchTemplate"]["Version"] for each in group.described["Instances"]}
    assert {versions.pop(member) for member in old} == {"1"}
    assert list(versions.values()) == ["2"]
    assert group.described["LaunchTemplate"]["Version"] == "$Latest"
    (new,) = versions
    described = group.ec2.describe_instances(InstanceIds=[new])["Reservations"][0]["Instances"][0]
    assert described["InstanceType"] == "t3.small"
    assert {"Key": "aws:ec2launchtemplate:version", "Value": "2"} in described["Tags"]
    each = group.api.describe_auto_scaling_instances(InstanceIds=[new])["AutoScalingInstances"][0]
    assert each["LaunchTemplate"]["Version"] == "2"


def test_scaling_in_lets_the_oldest_version_go_first(group: Behind) -> None:
    group.launch_another_version()
    group.api.terminate_instance_in_auto_scaling_group(
        InstanceId=group.members[0], ShouldDecrementDesiredCapacity=False
    )
    assert group.versions() == {"1", "2"}
    group.api.set_desired_capacity(AutoScalingGroupName=NAME, DesiredCapacity=1)
    assert group.versions() == {"2"}


def test_an_instance_refresh_replaces_every_member_and_target(group: Behind) -> None:
    before = group.members
    group.launch_another_version()
    started = group.api.start_instance_refresh(AutoScalingGroupName=NAME)["InstanceRefreshId"]
    assert group.versions() == {"2"}
    assert not set(group.members) & set(before)
    assert group.targets == group.members
    (told,) = group.api.describe_instance_refreshes(AutoScalingGroupName=NAME)["InstanceRefreshes"]
    assert (told["InstanceRefreshId"], told["Status"], told["PercentageComplete"]) == (started, "Successful", 100)
    with pytest.raises(ClientError, match="ActiveInstanceRefreshNotFound"):
        group.api.cancel_instance_refresh(AutoScalingGroupName=NAME)


def test_a_refresh_that_skips_what_matches_replaces_nothing_of_the_groups_version(group: Behind) -> None:
    before = group.members
    group.api.start_instance_refresh(AutoScalingGroupName=NAME, Preferences={"SkipMatching": True})
    assert group.members == before


def test_a_refresh_waits_for_a_suspended_process(group: Behind) -> None:
    before = group.members
    group.api.suspend_processes(AutoScalingGroupName=NAME, ScalingProcesses=["Launch"])
    group.api.start_instance_refresh(AutoScalingGroupName=NAME)
    assert group.members == before
    with pytest.raises(ClientError, match="InstanceRefreshInProgress"):
        group.api.start_instance_refresh(AutoScalingGroupName=NAME)
    group.api.resume_processes(AutoScalingGroupName=NAME)
    assert not set(group.members) & set(before)
