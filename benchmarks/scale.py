"""`release verify` of a large stack against one with ten of each, on a sandbox each.

All is made through AWS's own API. The sandbox is one Python process, which AWS is not: what the same calls take by
themselves is shown, too.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

from botocore import xform_name

from benchmarks.calls import Call
from benchmarks.site import Site, verify
from benchmarks.slow_api import recorded_run
from benchmarks.table import Table, in_seconds
from benchmarks.timing import taking_turns
from sop.alarms import canonical

SETTLED_SECONDS = 60


@dataclass(frozen=True)
class Size:
    """How many of each the stack is to have."""

    alarms: int
    targets: int
    instances: int

    def __str__(self) -> str:
        return f"{self.alarms:,} alarms, {self.targets:,} targets, {self.instances:,} instances"


SMALL, LARGE = Size(10, 10, 10), Size(1000, 1000, 200)


def grow(site: Site, size: Size) -> None:
    """Make the site that large, and its outputs name every alarm."""
    _add_instances(site, size)
    outputs = site.outputs
    names = [f"prod-cpu-{number:04}" for number in range(size.alarms - len(outputs["alarms"]))]
    definitions: dict[str, dict[str, Any]] = {}
    cloudwatch = site.client("cloudwatch")
    for number, name in enumerate(names):
        asked: dict[str, Any] = {
            "Namespace": "AWS/EC2",
            "MetricName": "CPUUtilization",
            "Dimensions": [{"Name": "AutoScalingGroupName", "Value": outputs["workload"]["autoScalingGroupName"]}],
            "Statistic": "Average",
            "Period": 300,
            "EvaluationPeriods": 1,
            "Threshold": 98 + number / size.alarms,
            "ComparisonOperator": "GreaterThanThreshold",
            "TreatMissingData": "notBreaching",
        }
        cloudwatch.put_metric_alarm(AlarmName=name, **asked)
        definitions[name] = canonical(asked)
    site.outputs_file.write_text(json.dumps(outputs | {"alarms": {**outputs["alarms"], **definitions}}))
    _wait_for_states(site)


def measure(small: Site, large: Site, folder: Path) -> list[Table]:
    """Of both, taking turns; the sites grow by it."""
    sites = {SMALL: small, LARGE: large}
    for size, site in sites.items():
        grow(site, size)
    timed = taking_turns({str(size): partial(site.run, verify(site.outputs_file)) for size, site in sites.items()})
    calls = {size: recorded_run(site, folder, verify(site.outputs_file)).calls for size, site in sites.items()}
    alone = taking_turns({str(size): partial(_ask_again, sites[size], made) for size, made in calls.items()})
    sizes = [str(size) for size in sites]
    header = ("measured", *sizes, "ratio")
    rows = [
        _compared("`release verify --stack prod --outputs FILE`", timed, sizes),
        _compared("the same calls by themselves, one after another", alone, sizes),
    ]
    counted = {size: Counter(call.operation for call in made) for size, made in calls.items()}
    operations = sorted(counted[SMALL] | counted[LARGE])
    total = [str(len(made)) for made in calls.values()]
    return [
        Table("Scale", header, rows),
        Table(
            "API calls of one verification",
            header[:-1],
            [("all", *total), *((one, *(str(counted[size][one]) for size in sites)) for one in operations)],
        ),
    ]


def _compared(name: str, timed: Mapping[str, float], sizes: Sequence[str]) -> tuple[str, ...]:
    small, large = (timed[size] for size in sizes)
    return (name, in_seconds(small), in_seconds(large), f"{large / small:.2f}")


def _ask_again(site: Site, calls: Iterable[Call]) -> None:
    for call in calls:
        operation = xform_name(call.operation)
        getattr(site.client(call.service), operation)(**call.parameters)


def _add_instances(site: Site, size: Size) -> None:
    """The group takes in as many as there are to be; what is left of the targets are instances outside it."""
    workload = site.outputs["workload"]
    site.client("autoscaling").update_auto_scaling_group(
        AutoScalingGroupName=workload["autoScalingGroupName"],
        MinSize=size.instances,
        MaxSize=size.instances,
        DesiredCapacity=size.instances,
    )
    outside = size.targets - size.instances
    if not outside:
        return
    ec2, balancers = site.client("ec2"), site.client("elbv2")
    (known,) = ec2.describe_instances(InstanceIds=site.instances()[:1])["Reservations"][0]["Instances"]
    subnet = ec2.create_subnet(VpcId=known["VpcId"], CidrBlock=_last_block(ec2, known["VpcId"]))["Subnet"]
    started = ec2.run_instances(
        ImageId=known["ImageId"],
        InstanceType=known["InstanceType"],
        SubnetId=subnet["SubnetId"],
        MinCount=outside,
        MaxCount=outside,
    )
    targets = [{"Id": one["InstanceId"]} for one in started["Instances"]]
    balancers.register_targets(TargetGroupArn=workload["targetGroupArn"], Targets=targets)


def _last_block(ec2: Any, vpc: str) -> str:
    """The last 4,096 addresses of the VPC."""
    (found,) = ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"]
    *_, last = IPv4Network(found["CidrBlock"]).subnets(new_prefix=20)
    return str(last)


def _wait_for_states(site: Site) -> None:
    """CloudWatch evaluates new alarms within a minute."""
    cloudwatch = site.client("cloudwatch")
    given_up = time.monotonic() + SETTLED_SECONDS
    while cloudwatch.describe_alarms(StateValue="INSUFFICIENT_DATA", MaxRecords=1)["MetricAlarms"]:
        if time.monotonic() > given_up:
            raise SystemExit(f"After {SETTLED_SECONDS} s there are still alarms without a state.")
        time.sleep(0.5)
