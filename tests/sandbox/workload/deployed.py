"""A deployed site without CloudFormation's engine: moto's resources and a stack that says so."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from moto.ec2.models import ec2_backends
from moto.elbv2.models import elbv2_backends
from moto.logs.models import logs_backends

from sandbox.aws.autoscaling import AutoScaling
from sandbox.aws.cloudwatch import CloudWatch
from sandbox.aws.ec2 import Ec2
from sandbox.aws.elbv2 import Elbv2
from sandbox.aws.logs import Logs
from sandbox.aws.service import Service
from sandbox.aws.sns import Sns
from sandbox.core.clock import Clock
from sandbox.workload.deployment import GROUP, LOAD_BALANCER, LOG_GROUP
from sandbox.workload.workload import Workload
from sandbox.world import World
from sop.names import Environment, Names
from tests.clock import now
from tests.sandbox.conftest import MakeWorld

HALF_AN_HOUR = 1_800
IMAGE = "ami-12c6146b"
TARGET_GROUP = "AWS::ElasticLoadBalancingV2::TargetGroup"
DNS_NAME = "web-prod-1234567890.ap-southeast-2.elb.amazonaws.com"


@dataclass
class FakeResource:
    type: str
    physical_id: str
    properties: dict[str, Any] = field(default_factory=dict)
    status: str = "CREATE_COMPLETE"


@dataclass
class FakeStack:
    status: str
    resources: dict[str, FakeResource]
    created: datetime
    updated: datetime | None = None
    tags: dict[str, str] = field(default_factory=dict)

    def of(self, type_: str) -> str:
        """The physical id of the first resource of that type."""
        return next(each.physical_id for each in self.resources.values() if each.type == type_)


class FakeCloudFormation(Service):
    """Only what the workload asks of CloudFormation."""

    name = "cloudformation"

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.known: dict[str, FakeStack] = {}

    def stack(self, name: str) -> FakeStack | None:
        return self.known.get(name)

    def stacks(self) -> list[FakeStack]:
        return list(self.known.values())


@dataclass
class Moment:
    """A clock to be set."""

    now: datetime = field(default_factory=now)

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Deployed:
    """A world with production deployed, and its clock."""

    world: World
    moment: Moment
    stack: FakeStack
    instances: list[str]

    @property
    def log_group(self) -> str:
        return self.stack.of(LOG_GROUP)

    @property
    def target_group_arn(self) -> str:
        return self.stack.of(TARGET_GROUP)

    @property
    def load_balancer(self) -> dict[str, str]:
        return {"LoadBalancer": self.stack.of(LOAD_BALANCER).partition(":loadbalancer/")[2]}

    @property
    def target_group(self) -> dict[str, str]:
        return {"TargetGroup": self.target_group_arn.split(":")[-1], **self.load_balancer}

    def pass_time(self, **span: float) -> None:
        self.moment.now += timedelta(**span)
        self.world.workload.advance()

    def series(self, metric: str, dimensions: dict[str, str], statistic: str = "Sum", minutes: int = 60) -> list[float]:
        """A metric's values by the minute, the newest last."""
        namespace, _, name = metric.rpartition("/")
        shape = {
            "Namespace": namespace,
            "MetricName": name,
            "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
        }
        query = {"Id": "q", "MetricStat": {"Metric": shape, "Period": 60, "Stat": statistic}}
        answer = self.world.service("cloudwatch").get_metric_data(
            {
                "MetricDataQueries": [query],
                "StartTime": self.moment.now - timedelta(minutes=minutes),
                "EndTime": self.moment.now,
                "ScanBy": "TimestampAscending",
            }
        )
        return answer["MetricDataResults"][0]["Values"]

    def lines(self, group: str | None = None, pattern: str = "") -> list[str]:
        request = {"logGroupName": group or self.log_group, "filterPattern": pattern}
        found: list[str] = []
        while True:
            page = self.world.service("logs").filter_log_events(request)
            found += [event["message"] for event in page["events"]]
            if "nextToken" not in page:
                return found
            request["nextToken"] = page["nextToken"]

    def deliver_access_logs(self) -> str:
        """As the program does once it knows the load balancer; the group's name."""
        group = Names(Environment.PROD).access_log_group
        world = self.world
        logs: Any = world.client("logs")
        logs.create_log_group(logGroupName=group)
        logs.put_delivery_source(
            name="s",
            resourceArn=self.stack.of(LOAD_BALANCER),
            logType="ALB_ACCESS_LOGS",
        )
        arn = f"arn:aws:logs:{world.region}:{world.account_id}:log-group:{group}"
        writing = {
            "Effect": "Allow",
            "Principal": {"Service": "delivery.logs.amazonaws.com"},
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": f"{arn}:*",
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [writing]})
        logs.put_resource_policy(policyName="d", policyDocument=policy)
        destination = logs.put_delivery_destination(
            name="d", deliveryDestinationConfiguration={"destinationResourceArn": arn}
        )
        logs.create_delivery(deliverySourceName="s", deliveryDestinationArn=destination["deliveryDestination"]["arn"])
        return group


def deploy(make_world: MakeWorld, *, first: bool = True, past: int = HALF_AN_HOUR) -> Deployed:
    """Production with two instances, deployed a minute ago; `first` False leaves the stack undeployed."""
    moment = Moment()
    world = make_world(FakeCloudFormation, CloudWatch, Sns, Logs, Elbv2, Ec2, AutoScaling, clock=Clock(moment))
    world.workload = Workload(world, past)
    log_group = Names(Environment.PROD).application_log_group
    logs_backends[world.account_id][world.region].create_log_group(log_group, {})
    balancer, group, instances = load_balanced(world)
    resources = {
        "Balancer": FakeResource(LOAD_BALANCER, balancer),
        "Targets": FakeResource(TARGET_GROUP, group),
        "Servers": FakeResource(GROUP, "web-prod"),
        "Logs": FakeResource(LOG_GROUP, log_group),
    }
    stack = FakeStack("CREATE_COMPLETE", resources, moment.now - timedelta(minutes=1))
    if first:
        world.service("cloudformation").known["web-infrastructure-prod"] = stack
        world.workload.advance()
    return Deployed(world, moment, stack, sorted(instances))


def load_balanced(world: World, name: str = "web-prod", dns_name: str = DNS_NAME) -> tuple[str, str, list[str]]:
    """A load balancer, its target group and the two instances of the Auto Scaling group: ARNs and ids."""
    elbv2 = elbv2_backends[world.account_id][world.region]
    vpc = ec2_backends[world.account_id][world.region].get_default_vpc()
    assert vpc is not None
    group = elbv2.create_target_group(name, protocol="HTTP", port="80", vpc_id=vpc.id, target_type="instance")
    subnets = [subnet["SubnetId"] for subnet in world.client("ec2").describe_subnets()["Subnets"]]
    client = world.client("elbv2")
    balancer = client.create_load_balancer(Name=name, Subnets=subnets)["LoadBalancers"][0]["LoadBalancerArn"]
    elbv2.load_balancers[balancer].dns_name = dns_name
    forward = {"Type": "forward", "TargetGroupArn": group.arn}
    client.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=80, DefaultActions=[forward])
    scaling = world.client("autoscaling")
    data = {"ImageId": IMAGE, "InstanceType": "t3.micro"}
    world.client("ec2").create_launch_template(LaunchTemplateName=name, LaunchTemplateData=data)
    scaling.create_auto_scaling_group(
        AutoScalingGroupName=name,
        LaunchTemplate={"LaunchTemplateName": name, "Version": "1"},
        MinSize=2,
        MaxSize=2,
        AvailabilityZones=[f"{world.region}a"],
        TargetGroupARNs=[group.arn],
    )
    return balancer, group.arn, list(group.targets)
