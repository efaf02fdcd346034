"""A minute of a site as the metrics that AWS records of it, under AWS's dimensions.

The combinations with an Availability Zone are left out.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

from sandbox.aws.cloudwatch.statistics import Samples, sample
from sandbox.aws.cloudwatch.store import Metric, MetricStore
from sandbox.workload.conditions import Conditions
from sandbox.workload.deployment import Deployment
from sandbox.workload.scene import Scene
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
        self.all(name, dimensions, sample(value, count), unit)

    def all(self, name: str, dimensions: dict[str, str], samples: Samples, unit: str) -> None:
        self.store.add(_metric(name, *dimensions.items()), samples, self.minute, unit)


@lru_cache(maxsize=4_096)
def _metric(name: str, *dimensions: tuple[str, str]) -> Metric:
    namespace, _, metric = name.partition(" ")
    return Metric.of(namespace, metric, dict(dimensions))


def load_balancer_minute(record: Recorder, site: Deployment, scene: Scene) -> None:
    """What a load balancer reports. Counts that are 0 are not reported, as on AWS."""
    balancer, visits = scene.balancer, scene.minute(record.minute)
    itself = {"LoadBalancer": balancer.name}
    _answers(record, itself, _Answers(scene, record.minute))
    refused = sum(visit.target is None for visit in visits)
    if refused:
        for name in ("HTTPCode_ELB_5XX_Count", "HTTPCode_ELB_503_Count"):
            record(f"{ALB} {name}", itself, 1, count=refused)
    serving = set(site.serving(balancer)) - {scene.conditions.unhealthy}
    for group in balancer.groups:
        dimensions = {"TargetGroup": group.name, **itself}
        _answers(record, dimensions, _Answers(scene, record.minute, group.targets))
        if group.targets:
            healthy = len(serving.intersection(group.targets))
            record(f"{ALB} HealthyHostCount", dimensions, healthy)
            record(f"{ALB} UnHealthyHostCount", dimensions, len(group.targets) - healthy)


@dataclass(frozen=True)
class _Answers:
    """The visits of a minute that were answered by a target, or by one of these. Kept is how to find them again."""

    scene: Scene
    minute: int
    targets: tuple[str, ...] | None = None

    def visits(self) -> list[Visit]:
        among = self.targets
        return [v for v in self.scene.minute(self.minute) if v.target and (among is None or v.target in among)]

    def seconds(self) -> Counter[float]:
        return Counter([visit.seconds for visit in self.visits()])


def _answers(record: Recorder, dimensions: dict[str, str], answers: _Answers) -> None:
    visits = answers.visits()
    if not visits:
        return
    classes = Counter([visit.status // 100 for visit in visits])
    record(f"{ALB} RequestCount", dimensions, 1, count=len(visits))
    for each in (2, 3, 4, 5):
        if classes[each]:
            record(f"{ALB} HTTPCode_Target_{each}XX_Count", dimensions, 1, count=classes[each])
    seconds = Samples.of(Counter([visit.seconds for visit in visits]), answers.seconds)
    record.all(f"{ALB} TargetResponseTime", dimensions, seconds, "Seconds")


def instances_minute(record: Recorder, site: Deployment, conditions: Conditions) -> None:
    """What EC2 and the Auto Scaling groups report."""
    for instance in site.instances:
        groups = [group.name for group in site.auto_scaling_groups if instance in group.instances]
        dimensioned = [{"InstanceId": instance}, *({"AutoScalingGroupName": name} for name in groups)]
        cpu = cpu_percent(site.environment, record.minute, instance, conditions)
        for dimensions in dimensioned:
            record(f"{EC2} CPUUtilization", dimensions, cpu, "Percent")
        failed = float(instance == conditions.impaired)
        for name, value in (
            ("StatusCheckFailed", failed),
            ("StatusCheckFailed_Instance", failed),
            ("StatusCheckFailed_System", 0.0),
        ):
            for dimensions in dimensioned:
                record(f"{EC2} {name}", dimensions, value)
    for group in site.auto_scaling_groups:
        for name in ("GroupInServiceInstances", "GroupDesiredCapacity"):
            record(f"{AUTO_SCALING} {name}", {"AutoScalingGroupName": group.name}, len(group.instances), "None")


def is_of_site(metric: Metric, site: Deployment) -> bool:
    """Whether a metric is one that this module records of a site."""
    values = {value for _, value in metric.dimensions}
    names = {each.name for each in (*site.load_balancers, *site.auto_scaling_groups)}
    return bool(values & {*names, *site.instances, *site.targets})
