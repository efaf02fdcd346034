"""Targets that no load balancer sends anything to are unused, whatever they are."""

from __future__ import annotations

import pytest

from tests.sandbox.autoscaling.conftest import NAME, Behind

UNUSED = {
    "State": "unused",
    "Reason": "Target.NotInUse",
    "Description": "Target group is not configured to receive traffic from the load balancer",
}


def test_the_targets_of_a_target_group_that_nothing_forwards_to_are_unused(group: Behind) -> None:
    other = group.another_target_group()
    group.api.attach_load_balancer_target_groups(AutoScalingGroupName=NAME, TargetGroupARNs=[other])
    assert list(group.health(other).values()) == [UNUSED, UNUSED]


def _delete_listener(group: Behind) -> None:
    group.elbv2.delete_listener(ListenerArn=_listener(group))


def _forward_elsewhere(group: Behind) -> None:
    action = {"Type": "forward", "TargetGroupArn": group.another_target_group()}
    group.elbv2.modify_listener(ListenerArn=_listener(group), DefaultActions=[action])


def _answer_itself(group: Behind) -> None:
    action = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "503"}}
    group.elbv2.modify_listener(ListenerArn=_listener(group), DefaultActions=[action])


def _delete_balancer(group: Behind) -> None:
    balancer = group.elbv2.describe_load_balancers()["LoadBalancers"][0]
    group.elbv2.delete_load_balancer(LoadBalancerArn=balancer["LoadBalancerArn"])


@pytest.mark.parametrize("change", [_delete_listener, _forward_elsewhere, _answer_itself, _delete_balancer])
def test_targets_become_unused_when_the_listener_goes_or_points_elsewhere(group: Behind, change: object) -> None:
    assert callable(change)
    change(group)
    assert list(group.health().values()) == [UNUSED, UNUSED]
    (described,) = group.elbv2.describe_target_groups(TargetGroupArns=[group.target_group])["TargetGroups"]
    assert described["LoadBalancerArns"] == []


def test_a_rule_that_forwards_by_weight_uses_its_target_groups(group: Behind) -> None:
    other = group.another_target_group()
    group.api.attach_load_balancer_target_groups(AutoScalingGroupName=NAME, TargetGroupARNs=[other])
    forward = {"TargetGroups": [{"TargetGroupArn": other, "Weight": 1}]}
    group.elbv2.create_rule(
        ListenerArn=_listener(group),
        Priority=1,
        Conditions=[{"Field": "path-pattern", "Values": ["/a"]}],
        Actions=[{"Type": "forward", "ForwardConfig": forward}],
    )
    assert {health["State"] for health in group.health(other).values()} == {"healthy"}


def test_a_target_in_a_zone_that_the_load_balancer_has_not_is_unused(group: Behind) -> None:
    subnets = group.ec2.describe_subnets()["Subnets"]
    far = max(subnets, key=lambda subnet: subnet["AvailabilityZone"])["SubnetId"]
    image = {"ImageId": "ami-12c6146b", "MinCount": 1, "MaxCount": 1}
    instance = group.ec2.run_instances(**image, SubnetId=far)["Instances"][0]["InstanceId"]
    group.elbv2.register_targets(TargetGroupArn=group.target_group, Targets=[{"Id": instance}])
    health = group.health()[instance]
    assert (health["State"], health["Reason"]) == ("unused", "Target.NotInUse")
    assert health["Description"] == "Target is in an Availability Zone that is not enabled for the load balancer"


def _listener(group: Behind) -> str:
    balancer = group.elbv2.describe_load_balancers()["LoadBalancers"][0]["LoadBalancerArn"]
    return group.elbv2.describe_listeners(LoadBalancerArn=balancer)["Listeners"][0]["ListenerArn"]
