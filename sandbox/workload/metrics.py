"""A minute of a site as the metrics that AWS records of it, under AWS's dimensions.

The combinations with an Availability Zone are left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from sandbox.aws.cloudwatch.statistics import Samples, sample
from sandbox.aws.cloudwatch.store import Metric, MetricStore
from sandbox.workload.conditions import Conditions
from sandbox.workload.deployment import Deployment
from sandbox.workload.scene import Scene
from sandbox.workload.traffic import Visit, cpu_percent

_UNITS = {
    "CPUUtilization": "Percent",
    "StatusCheckFailed": "Count",
    "StatusCheckFailed_Instance": "Count",
    "StatusCheckFailed_System": "Count",
}
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
    answered = [visit for visit in visits if visit.target]
    of_all = _answers(answered, _Seconds(scene, record.minute))
    for name, samples, unit in of_all:
        record.all(name, itself, samples, unit)
    refused = len(visits) - len(answered)
    if refused:
        for name in ("HTTPCode_ELB_5XX_Count", "HTTPCode_ELB_503_Count"):
            record(f"{ALB} {name}", itself, 1, count=refused)
    serving = set(site.serving(balancer)) - {scene.conditions.unhealthy}
    for group in balancer.groups:
        dimensions = {"TargetGroup": group.name, **itself}
        among = [visit for visit in answered if visit.target in group.targets]
        alike = len(among) == len(answered)
        for name, samples, unit in of_all if alike else _answers(among, _Seconds(scene, record.minute, group.targets)):
            record.all(name, dimensions, samples, unit)
        if group.targets:
            healthy = len(serving.intersection(group.targets))
            record(f"{ALB} HealthyHostCount", dimensions, healthy)
            record(f"{ALB} UnHealthyHostCount", dimensions, len(group.targets) - healthy)


@dataclass(frozen=True)
class _Seconds:
    """How long the targets took in a minute, or some of them: worked out again whenever it is asked for."""

    scene: Scene
    minute: int
    targets: tuple[str, ...] | None = None

    def __call__(self) -> Counter[float]:
        answered = (visit for visit in self.scene.minute(self.minute) if visit.target)
        return Counter([v.seconds for v in answered if self.targets is None or v.target in self.targets])


def _answers(visits: Sequence[Visit], seconds: _Seconds) -> list[tuple[str, Samples, str]]:
    """What is reported of visits that targets answered: name, samples and unit."""
    if not visits:
        return []
    classes = Counter([visit.status // 100 for visit in visits])
    counts = {"RequestCount": len(visits)}
    counts |= {f"HTTPCode_Target_{each}XX_Count": classes[each] for each in (2, 3, 4, 5) if classes[each]}
    took = Samples.of(Counter([visit.seconds for visit in visits]), seconds)
    return [
        *((f"{ALB} {name}", sample(1, count), "Count") for name, count in counts.items()),
        (f"{ALB} TargetResponseTime", took, "Seconds"),
    ]


def instances_minute(record: Recorder, site: Deployment, conditions: Conditions) -> None:
    """What EC2 and the Auto Scaling groups report."""
    values: dict[str, dict[str, float]] = {}  # by instance, by metric
    for instance in site.instances:
        failed = float(instance == conditions.impaired)
        values[instance] = {
            "CPUUtilization": cpu_percent(site.environment, record.minute, instance, conditions),
            "StatusCheckFailed": failed,
            "StatusCheckFailed_Instance": failed,
            "StatusCheckFailed_System": 0.0,
        }
        for name, value in values[instance].items():
            record(f"{EC2} {name}", {"InstanceId": instance}, value, _UNITS[name])
    for group in site.auto_scaling_groups:
        dimensions = {"AutoScalingGroupName": group.name}
        for name, unit in _UNITS.items() if group.instances else ():
            record.all(f"{EC2} {name}", dimensions, _samples([values[each][name] for each in group.instances]), unit)
        for name in ("GroupInServiceInstances", "GroupDesiredCapacity"):
            record(f"{AUTO_SCALING} {name}", dimensions, len(group.instances), "None")


def _samples(values: list[float]) -> Samples:
    """Each value once; where they are all the same, as a minute before."""
    return sample(values[0], len(values)) if len({*values}) == 1 else Samples.of(Counter(values))


def is_of_site(metric: Metric, site: Deployment) -> bool:
    """Whether a metric is one that this module records of a site."""
    values = {value for _, value in metric.dimensions}
    names = {each.name for each in (*site.load_balancers, *site.auto_scaling_groups)}
    return bool(values & {*names, *site.instances, *site.targets})
