"""A group's members and its targets: whoever comes is registered, whoever goes is deregistered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.autoscaling.conftest import IMAGE, NAME, Behind


def test_a_new_groups_members_are_in_service_in_different_zones_and_healthy_targets(group: Behind) -> None:
    members = group.described["Instances"]
    assert Counter((m["LifecycleState"], m["HealthStatus"]) for m in members) == {("InService", "Healthy"): 2}
    assert len({member["AvailabilityZone"] for member in members}) == 2
    assert group.targets == group.members
    assert {health["State"] for health in group.health().values()} == {"healthy"}


def test_scaling_out_registers_and_scaling_in_deregisters_and_terminates(group: Behind) -> None:
    group.api.set_desired_capacity(AutoScalingGroupName=NAME, DesiredCapacity=3)
    three = group.members
    assert len(three) == 3
    assert group.targets == three
    group.api.update_auto_scaling_group(AutoScalingGroupName=NAME, MaxSize=1)
    (left,) = group.members
    assert group.targets == [left]
    assert {group.state(gone) for gone in three if gone != left} == {"terminated"}
    assert group.described["DesiredCapacity"] == 1


def _by_ec2(group: Behind, instance: str) -> None:
    group.ec2.terminate_instances(InstanceIds=[instance])


def _by_group(group: Behind, instance: str) -> None:
    group.api.terminate_instance_in_auto_scaling_group(InstanceId=instance, ShouldDecrementDesiredCapacity=False)


def _by_health(group: Behind, instance: str) -> None:
    group.api.set_instance_health(InstanceId=instance, HealthStatus="Unhealthy")


def _by_stopping(group: Behind, instance: str) -> None:
    group.ec2.stop_instances(InstanceIds=[instance])


@pytest.mark.parametrize("end", [_by_ec2, _by_group, _by_health, _by_stopping])
def test_a_member_that_is_ended_or_unhealthy_is_replaced_and_its_target_with_it(
    group: Behind, end: Callable[[Behind, str], None]
) -> None:
    gone, stays = group.members
    end(group, gone)
    assert len(group.members) == 2
    assert stays in group.members
    assert gone not in group.members
    assert group.targets == group.members
    assert group.state(gone) == "terminated"


def test_termination_that_shrinks_the_group_replaces_nothing_and_stops_at_its_minimum(group: Behind) -> None:
    gone, stays = group.members
    group.api.terminate_instance_in_auto_scaling_group(InstanceId=gone, ShouldDecrementDesiredCapacity=True)
    assert group.members == group.targets == [stays]
    with pytest.raises(ClientError, match=r"desiredSize equals minSize \(1\)"):
        group.api.terminate_instance_in_auto_scaling_group(InstanceId=stays, ShouldDecrementDesiredCapacity=True)


def test_standby_deregisters_a_member_and_leaving_it_registers_it(group: Behind) -> None:
    one, other = group.members
    group.api.enter_standby(AutoScalingGroupName=NAME, InstanceIds=[one], ShouldDecrementDesiredCapacity=True)
    assert group.member(one)["LifecycleState"] == "Standby"
    assert group.targets == [other]
    assert group.described["DesiredCapacity"] == 1
    group.api.exit_standby(AutoScalingGroupName=NAME, InstanceIds=[one])
    assert group.member(one)["LifecycleState"] == "InService"
    assert group.targets == [one, other]
    assert group.described["DesiredCapacity"] == 2


def test_standby_without_shrinking_has_another_member_take_the_place(group: Behind) -> None:
    one, other = group.members
    group.api.enter_standby(AutoScalingGroupName=NAME, InstanceIds=[one], ShouldDecrementDesiredCapacity=False)
    assert len(group.members) == 3
    assert len(group.targets) == 2
    assert one not in group.targets
    assert other in group.targets


def test_an_instance_in_standby_may_be_stopped_without_being_replaced(group: Behind) -> None:
    one, _ = group.members
    group.api.enter_standby(AutoScalingGroupName=NAME, InstanceIds=[one], ShouldDecrementDesiredCapacity=True)
    group.ec2.stop_instances(InstanceIds=[one])
    assert group.state(one) == "stopped"
    assert one in group.members


def test_detaching_deregisters_and_the_instance_goes_on(group: Behind) -> None:
    one, other = group.members
    group.api.detach_instances(AutoScalingGroupName=NAME, InstanceIds=[one], ShouldDecrementDesiredCapacity=True)
    assert group.members == group.targets == [other]
    assert group.state(one) == "running"


def test_attaching_registers_and_enlarges_up_to_the_maximum(group: Behind) -> None:
    started = group.ec2.run_instances(ImageId=IMAGE, MinCount=2, MaxCount=2)["Instances"]
    mine, too_many = (instance["InstanceId"] for instance in started)
    group.api.attach_instances(AutoScalingGroupName=NAME, InstanceIds=[mine])
    assert mine in group.members
    assert group.targets == group.members
    assert "LaunchTemplate" not in group.member(mine)
    with pytest.raises(ClientError, match=r"max-size=3, and desired-size=3\. To attach 1 more instance"):
        group.api.attach_instances(AutoScalingGroupName=NAME, InstanceIds=[too_many])


def test_target_groups_that_are_attached_and_detached_get_and_lose_every_member(group: Behind) -> None:
    other = group.another_target_group()
    group.api.attach_load_balancer_target_groups(AutoScalingGroupName=NAME, TargetGroupARNs=[other])
    assert sorted(group.health(other)) == group.members
    group.api.detach_load_balancer_target_groups(AutoScalingGroupName=NAME, TargetGroupARNs=[other])
    assert group.health(other) == {}
    assert group.targets == group.members


def test_what_a_person_deregistered_stays_deregistered_when_the_group_changes(group: Behind) -> None:
    one, other = group.members
    group.elbv2.deregister_targets(TargetGroupArn=group.target_group, Targets=[{"Id": one}])
    group.api.set_desired_capacity(AutoScalingGroupName=NAME, DesiredCapacity=3)
    assert one not in group.targets
    assert len(group.targets) == 2
    assert other in group.targets


def test_a_deleted_groups_members_end_and_are_no_targets(group: Behind) -> None:
    members = group.members
    with pytest.raises(ClientError, match="ResourceInUse"):
        group.api.delete_auto_scaling_group(AutoScalingGroupName=NAME)
    group.api.delete_auto_scaling_group(AutoScalingGroupName=NAME, ForceDelete=True)
    assert group.health() == {}
    assert {group.state(member) for member in members} == {"terminated"}


def test_members_protected_from_scale_in_stay(group: Behind) -> None:
    one, other = group.members
    group.api.set_instance_protection(AutoScalingGroupName=NAME, InstanceIds=[one], ProtectedFromScaleIn=True)
    group.api.set_desired_capacity(AutoScalingGroupName=NAME, DesiredCapacity=1)
    assert group.members == [one]
    assert group.state(other) == "terminated"


def test_activities_tell_what_the_group_did_and_why(group: Behind) -> None:
    one, _ = group.members
    group.ec2.terminate_instances(InstanceIds=[one])
    newest = group.api.describe_scaling_activities(AutoScalingGroupName=NAME, MaxRecords=2)
    told = {activity["Description"].split(":")[0]: activity["Cause"] for activity in newest["Activities"]}
    assert "EC2 health check" in told["Terminating EC2 instance"]
    assert "difference between desired and actual capacity" in told["Launching a new EC2 instance"]
    assert "NextToken" in newest


@pytest.mark.parametrize(
    ("operation", "request_", "message"),
    [
        ("set_desired_capacity", {"DesiredCapacity": 4}, "New SetDesiredCapacity value 4 is above max value 3"),
        ("set_desired_capacity", {"DesiredCapacity": 0}, "New SetDesiredCapacity value 0 is below min value 1"),
        ("update_auto_scaling_group", {"DesiredCapacity": 9}, "between the specified min size:1 and max size:3"),
        ("update_auto_scaling_group", {"MinSize": 4}, "Max bound, 3, must be greater than or equal to min bound, 4"),
        ("exit_standby", {"InstanceIds": ["i-0"]}, "The instance i-0 is not part of Auto Scaling group web"),
        ("attach_instances", {"InstanceIds": ["i-0"]}, "i-0"),
        ("suspend_processes", {"ScalingProcesses": ["Everything"]}, "Everything"),
    ],
)
def test_what_aws_refuses_is_refused(group: Behind, operation: str, request_: dict[str, object], message: str) -> None:
    with pytest.raises(ClientError, match=message) as refusal:
        getattr(group.api, operation)(AutoScalingGroupName=NAME, **request_)
    assert refusal.value.response.get("Error", {}).get("Code") == "ValidationError"
    assert len(group.members) == 2


def test_groups_and_members_that_are_not_there_are_named(group: Behind) -> None:
    with pytest.raises(ClientError, match="AutoScalingGroup 'none' not found"):
        group.api.set_desired_capacity(AutoScalingGroupName="none", DesiredCapacity=1)
    with pytest.raises(ClientError, match="No managed instance found for instance ID: i-0"):
        group.api.terminate_instance_in_auto_scaling_group(InstanceId="i-0", ShouldDecrementDesiredCapacity=False)


def test_what_nothing_would_act_on_is_refused_in_the_sandboxs_words(group: Behind) -> None:
    with pytest.raises(ClientError, match="SandboxUnknownOperation"):
        group.api.put_lifecycle_hook(AutoScalingGroupName=NAME, LifecycleHookName="h", LifecycleTransition="t")
    with pytest.raises(ClientError, match="SandboxUnknownParameter"):
        group.api.create_auto_scaling_group(
            AutoScalingGroupName="with-hooks",
            LaunchTemplate={"LaunchTemplateName": NAME},
            MinSize=1,
            MaxSize=1,
            AvailabilityZones=["ap-southeast-2a"],
            LifecycleHookSpecificationList=[
                {"LifecycleHookName": "h", "LifecycleTransition": "autoscaling:EC2_INSTANCE_LAUNCHING"}
            ],
        )


def test_an_updates_every_setting_is_told(group: Behind) -> None:
    settings = {"DefaultCooldown": 60, "TerminationPolicies": ["NewestInstance"], "HealthCheckGracePeriod": 90}
    group.api.update_auto_scaling_group(AutoScalingGroupName=NAME, MaxInstanceLifetime=86400, **settings)
    described = group.described
    assert {name: described[name] for name in settings} == settings
    assert described["MaxInstanceLifetime"] == 86400


@pytest.mark.parametrize("what", ["groups", "instances"])
def test_a_token_of_nobodys_is_refused(group: Behind, what: str) -> None:
    with pytest.raises(ClientError, match=r"\(InvalidNextToken\)"):
        getattr(group.api, f"describe_auto_scaling_{what}")(NextToken="x")


@pytest.mark.parametrize("call", ["create_or_update_tags", "delete_tags"])
def test_a_group_that_does_not_exist_has_no_tags(group: Behind, call: str) -> None:
    tag = {"ResourceId": "none", "ResourceType": "auto-scaling-group", "Key": "a", "Value": "b"}
    with pytest.raises(ClientError, match=r"\(ValidationError\).*name not found"):
        getattr(group.api, call)(Tags=[{**tag, "PropagateAtLaunch": True}])
    getattr(group.api, call)(Tags=[{**tag, "ResourceId": NAME, "PropagateAtLaunch": True}])


@pytest.mark.parametrize(
    ("call", "more"),
    [
        ("put_scaling_policy", {"PolicyName": "a"}),
        ("enable_metrics_collection", {"Granularity": "1Minute"}),
        ("describe_load_balancer_target_groups", {}),
        ("describe_policies", {}),
    ],
)
def test_nothing_can_be_asked_of_a_group_that_does_not_exist(group: Behind, call: str, more: dict[str, str]) -> None:
    with pytest.raises(ClientError, match=r"\(ValidationError\).*name not found"):
        getattr(group.api, call)(AutoScalingGroupName="none", **more)
