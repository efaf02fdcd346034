"""A group behind a load balancer, over AWS's API."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from moto.moto_api._internal.models import moto_api_backend

from sandbox.aws.autoscaling import AutoScaling
from sandbox.aws.ec2 import Ec2
from sandbox.aws.elbv2 import Elbv2
from sandbox.world import World
from tests.sandbox.served import served

IMAGE = "ami-12c6146b"
NAME = "web"


@dataclass
class Behind:
    """The group, and what one sees of it."""

    world: World
    target_group: str

    @property
    def api(self) -> Any:
        return self.world.client("autoscaling")

    @property
    def ec2(self) -> Any:
        return self.world.client("ec2")

    @property
    def elbv2(self) -> Any:
        return self.world.client("elbv2")

    @property
    def described(self) -> dict[str, Any]:
        return self.api.describe_auto_scaling_groups(AutoScalingGroupNames=[NAME])["AutoScalingGroups"][0]

    @property
    def members(self) -> list[str]:
        """The members' ids, those in standby too."""
        return sorted(member["InstanceId"] for member in self.described["Instances"])

    @property
    def targets(self) -> list[str]:
        return sorted(self.health())

    def health(self, target_group: str = "") -> dict[str, dict[str, str]]:
        """Each target's TargetHealth."""
        answer = self.elbv2.describe_target_health(TargetGroupArn=target_group or self.target_group)
        return {each["Target"]["Id"]: each["TargetHealth"] for each in answer["TargetHealthDescriptions"]}

    def state(self, instance: str) -> str:
        answer = self.ec2.describe_instances(InstanceIds=[instance])
        return answer["Reservations"][0]["Instances"][0]["State"]["Name"]

    def member(self, instance: str) -> dict[str, Any]:
        return next(each for each in self.described["Instances"] if each["InstanceId"] == instance)

    def versions(self) -> set[str]:
        return {member["LaunchTemplate"]["Version"] for member in self.described["Instances"]}

    def another_target_group(self, name: str = "other") -> str:
        return self.elbv2.create_target_group(Name=name, Protocol="HTTP", Port=80, VpcId=self.vpc)["TargetGroups"][0][
            "TargetGroupArn"
        ]

    @property
    def vpc(self) -> str:
        return self.ec2.describe_vpcs()["Vpcs"][0]["VpcId"]

    def launch_another_version(self) -> None:
        self.ec2.create_launch_template_version(
            LaunchTemplateName=NAME,
            LaunchTemplateData={"ImageId": IMAGE, "InstanceType": "t3.small", "UserData": "ZWNobw=="},
        )


@pytest.fixture(scope="session")
def shared_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One server for all tests here: what takes time is a client of a new endpoint."""
    with served(tmp_path_factory.mktemp("sandbox"), AutoScaling, Ec2, Elbv2) as world:
        yield world


@pytest.fixture
def group(shared_world: World) -> Behind:
    """Two members of one to three, in two zones, registered with a target group that a listener forwards to."""
    world = shared_world
    moto_api_backend.reset()
    ec2, elbv2 = world.client("ec2"), world.client("elbv2")
    subnets = sorted(ec2.describe_subnets()["Subnets"], key=lambda subnet: subnet["AvailabilityZone"])[:2]
    names = [subnet["SubnetId"] for subnet in subnets]
    target_group = elbv2.create_target_group(Name=NAME, Protocol="HTTP", Port=80, VpcId=subnets[0]["VpcId"])
    arn = target_group["TargetGroups"][0]["TargetGroupArn"]
    balancer = elbv2.create_load_balancer(Name=NAME, Subnets=names)["LoadBalancers"][0]["LoadBalancerArn"]
    elbv2.create_listener(
        LoadBalancerArn=balancer,
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": arn}],
    )
    ec2.create_launch_template(
        LaunchTemplateName=NAME, LaunchTemplateData={"ImageId": IMAGE, "InstanceType": "t3.micro"}
    )
    world.client("autoscaling").create_auto_scaling_group(
        AutoScalingGroupName=NAME,
        LaunchTemplate={"LaunchTemplateName": NAME, "Version": "$Latest"},
        MinSize=1,
        MaxSize=3,
        DesiredCapacity=2,
        VPCZoneIdentifier=",".join(names),
        TargetGroupARNs=[arn],
    )
    return Behind(world, arn)
