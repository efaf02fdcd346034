"""CloudWatch metrics as plain data, and the ones that a release is judged by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from components.workload import Workload
from sop.names import APPLICATION_ERRORS, Names

FIVE_MINUTES = 300  # seconds


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One series; `period` is in seconds."""

    namespace: str
    name: str
    dimensions: Mapping[str, str] = field(default_factory=dict[str, str])
    statistic: str
    period: int = FIVE_MINUTES


def failed_executions(names: Names) -> Metric:
    """Executions of the pipeline that failed."""
    return Metric(
        namespace="AWS/CodePipeline",
        name="FailedPipelineExecutions",
        dimensions={"PipelineName": names.pipeline},
        statistic="Sum",
    )


def failed_invocations(rule: str) -> Metric:
    """Events that a rule matched and EventBridge could not hand to its target."""
    return Metric(namespace="AWS/Events", name="FailedInvocations", dimensions={"RuleName": rule}, statistic="Sum")


def build_duration(project_name: str, period: int) -> Metric:
    """Seconds of one project's longest build that ended in a period of that many seconds."""
    return Metric(
        namespace="AWS/CodeBuild",
        name="Duration",
        dimensions={"ProjectName": project_name},
        statistic="Maximum",
        period=period,
    )


def load_balancer(workload: Workload, name: str, statistic: str) -> Metric:
    """A metric of the load balancer, by its full name `app/name/id`: a DNS name or an ARN would match nothing."""
    return Metric(
        namespace="AWS/ApplicationELB",
        name=name,
        dimensions={"LoadBalancer": workload.load_balancer_full_name},
        statistic=statistic,
    )


def target_group(workload: Workload, name: str, statistic: str) -> Metric:
    """A metric of the targets, which needs both dimensions."""
    return Metric(
        namespace="AWS/ApplicationELB",
        name=name,
        dimensions={
            "LoadBalancer": workload.load_balancer_full_name,
            "TargetGroup": workload.target_group_full_name,
        },
        statistic=statistic,
    )


def servers(group: str, name: str, statistic: str) -> Metric:
    """A metric of all web servers: by their Auto Scaling group, because instances come and go."""
    return Metric(
        namespace="AWS/EC2",
        name=name,
        dimensions={"AutoScalingGroupName": group},
        statistic=statistic,
    )


def application_errors(names: Names) -> Metric:
    """Error lines of the application, counted by this program's own metric filter."""
    return Metric(namespace=names.metric_namespace, name=APPLICATION_ERRORS, statistic="Sum")
