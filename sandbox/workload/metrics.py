"""A minute of a site as the metrics that AWS records of it, under AWS's dimensions.

The combinations with an Availability Zone are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sandbox.aws.cloudwatch.store import Metric, MetricStore
from sandbox.workload.conditions import Conditions
from sandbox.workload.deployment import Deployment
from sandbox.workload.traffic import Visit, cpu_percent

ALB, EC2, AUTO_SCALING = "AWS/ApplicationELB", "AWS/EC2", "AWS/AutoScaling"


@dataclass(frozen=True)
class Recorder:
    """Records samples of one minute."""

    store: MetricStore
    minute: int

    def __call__(
        self, name: str, dimensions: dict[str, str], value: float, unit: str = "Count", count: float = 1
    ) -> None:
        """`name` is namespace and metric, "AWS/EC2 CPUUtilization"."""
        namespace, _, metric = name.partition(" ")
        self.store.record(Metric.of(namespace, metric, dimensions), value, self.minute, unit, count)


def load_balancer_minute(
    store: MetricStore, site: Deployment, minute: int, conditions: Conditions, visits: Sequence[Visit]
) -> None:
    """What the load balancer reports. Counts that are 0 are not reported, as on AWS."""
    record = Recorder(store, minute)
    balancer = {"LoadBalancer": site.load_balancer}
    group = {"TargetGroup": site.target_group, **balancer}
    for dimensions in (balancer, group):
        for name, number in _counts(visits):
            if number:
                record(f"{ALB} {name}", dimensions, 1, count=number)
        for visit in visits:
            if visit.target:
                record(f"{ALB} TargetResponseTime", dimensions, visit.seconds, "Seconds")
    refused = sum(visit.target is None for visit in visits)
    if refused:
        for name in ("HTTPCode_ELB_5XX_Count", "HTTPCode_ELB_503_Count"):
            record(f"{ALB} {name}", balancer, 1, count=refused)
    if site.targets:
        healthy = len(set(site.serving) - {conditions.unhealthy})
        record(f"{ALB} HealthyHostCount", group, healthy)
        record(f"{ALB} UnHealthyHostCount", group, len(site.targets) - healthy)


def instances_minute(store: MetricStore, site: Deployment, minute: int, conditions: Conditions) -> None:
    """What EC2 and the Auto Scaling group report."""
    record = Recorder(store, minute)
    group = {"AutoScalingGroupName": site.auto_scaling_group}
    for instance in site.instances:
        cpu = cpu_percent(site.environment, minute, instance, conditions)
        for dimensions in ({"InstanceId": instance}, group):
            record(f"{EC2} CPUUtilization", dimensions, cpu, "Percent")
        failed = float(instance == conditions.impaired)
        for name, value in (
            ("StatusCheckFailed", failed),
            ("StatusCheckFailed_Instance", failed),
            ("StatusCheckFailed_System", 0.0),
        ):
            for dimensions in ({"InstanceId": instance}, group):
                record(f"{EC2} {name}", dimensions, value)
    for name in ("GroupInServiceInstances", "GroupDesiredCapacity"):
        record(f"{AUTO_SCALING} {name}", group, len(site.instances), "None")


def is_of_site(metric: Metric, site: Deployment) -> bool:
    """Whether a metric is one that this module records of a site."""
    values = {value for _, value in metric.dimensions}
    return bool(values & {site.load_balancer, site.auto_scaling_group, *site.instances, *site.targets})


def _counts(visits: Iterable[Visit]) -> list[tuple[str, int]]:
    answered = [visit.status // 100 for visit in visits if visit.target]
    classes = [(f"HTTPCode_Target_{each}XX_Count", answered.count(each)) for each in (2, 3, 4, 5)]
    return [("RequestCount", len(answered)), *classes]
