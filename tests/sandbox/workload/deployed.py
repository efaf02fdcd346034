"""A deployed site without CloudFormation's engine: moto's resources and a stack that says so."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from moto.ec2.models import ec2_backends
from moto.elbv2.models import elbv2_backends
from moto.logs.models import logs_backends

from sandbox.aws.cloudwatch import CloudWatch
from sandbox.aws.ec2 import Ec2
from sandbox.aws.elbv2 import Elbv2
from sandbox.aws.logs import Logs
from sandbox.aws.service import Service
from sandbox.aws.sns import Sns
from sandbox.core.clock import Clock
from sandbox.workload.workload import Workload
from sandbox.world import World
from sop.names import Environment, Names
from tests.sandbox.conftest import MakeWorld

NOW = datetime.now(UTC).replace(second=30, microsecond=0)
HALF_AN_HOUR = 1_800
IMAGE = "ami-12c6146b"
LOAD_BALANCER = "app/web-prod/50dc6c495c0c9188"
DNS_NAME = "web-prod-1234567890.ap-southeast-2.elb.amazonaws.com"


@dataclass
class FakeStack:
    status: str
    outputs: dict[str, str]
    created: datetime
    updated: datetime | None = None


class FakeCloudFormation(Service):
    """Only what the workload asks of CloudFormation."""

    name = "cloudformation"

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.stacks: dict[str, FakeStack] = {}

    def stack(self, name: str) -> FakeStack | None:
        return self.stacks.get(name)


@dataclass
class Moment:
    """A clock to be set."""

    now: datetime = field(default_factory=lambda: NOW)

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
        return self.stack.outputs["ApplicationLogGroupName"]

    @property
    def target_group_arn(self) -> str:
        return self.stack.outputs["TargetGroupArn"]

    @property
    def load_balancer(self) -> dict[str, str]:
        return {"LoadBalancer": LOAD_BALANCER}

    @property
    def target_group(self) -> dict[str, str]:
        return {"TargetGroup": self.stack.outputs["TargetGroupFullName"], **self.load_balancer}

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
            resourceArn=f"arn:aws:elasticloadbalancing:{world.region}:{world.account_id}:loadbalancer/{LOAD_BALANCER}",
            logType="ALB_ACCESS_LOGS",
        )
        arn = f"arn:aws:logs:{world.region}:{world.account_id}:log-group:{group}"
        destination = logs.put_delivery_destination(
            name="d", deliveryDestinationConfiguration={"destinationResourceArn": arn}
        )
        logs.create_delivery(deliverySourceName="s", deliveryDestinationArn=destination["deliveryDestination"]["arn"])
        return group


def deploy(make_world: MakeWorld, *, first: bool = True, past: int = HALF_AN_HOUR) -> Deployed:
    """Production with two instances, deployed a minute ago; `first` False leaves the stack undeployed."""
    moment = Moment()
    world = make_world(FakeCloudFormation, CloudWatch, Sns, Logs, Elbv2, Ec2, clock=Clock(moment))
    world.workload = Workload(world, past)
    vpc, instances, group_arn = _infrastructure(world)
    log_group = Names(Environment.PROD).application_log_group
    logs_backends[world.account_id][world.region].create_log_group(log_group, {})
    outputs = {
        "VpcId": vpc,
        "LoadBalancerDnsName": DNS_NAME,
        "LoadBalancerFullName": LOAD_BALANCER,
        "TargetGroupArn": group_arn,
        "TargetGroupFullName": group_arn.split(":")[-1],
        "AutoScalingGroupName": "web-prod",
        "ApplicationLogGroupName": log_group,
    }
    stack = FakeStack("CREATE_COMPLETE", outputs, moment.now - timedelta(minutes=1))
    if first:
        world.service("cloudformation").stacks["web-infrastructure-prod"] = stack
        world.workload.advance()
    return Deployed(world, moment, stack, sorted(instances))


def _infrastructure(world: World) -> tuple[str, list[str], str]:
    """The VPC, the group's two running instances and the target group that they are registered with."""
    elbv2 = elbv2_backends[world.account_id][world.region]
    vpc = ec2_backends[world.account_id][world.region].get_default_vpc()
    assert vpc is not None
    group = elbv2.create_target_group("web-prod", protocol="HTTP", port="80", vpc_id=vpc.id, target_type="instance")
    client = world.client("autoscaling")
    client.create_launch_configuration(LaunchConfigurationName="web", ImageId=IMAGE, InstanceType="t3.micro")
    client.create_auto_scaling_group(
        AutoScalingGroupName="web-prod",
        LaunchConfigurationName="web",
        MinSize=2,
        MaxSize=2,
        AvailabilityZones=[f"{world.region}a"],
        TargetGroupARNs=[group.arn],
    )
    return vpc.id, list(group.targets), group.arn
