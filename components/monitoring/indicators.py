"""What a release is held to: each indicator is a figure, its limit, and what to do about it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from components.monitoring import metrics
from components.monitoring.metrics import Metric
from components.workload import Workload
from sop.names import EVENT_SUBJECTS, Names
from sop.thresholds import Thresholds


class Bad(StrEnum):
    """When a figure is bad, in CloudWatch's words."""

    ABOVE = "GreaterThanThreshold"
    FROM = "GreaterThanOrEqualToThreshold"


class Silence(StrEnum):
    """What missing data means, in CloudWatch's words."""

    IS_GOOD = "notBreaching"  # of what reports only when something goes wrong
    IS_BAD = "breaching"
    IS_UNKNOWN = "missing"


@dataclass(frozen=True, kw_only=True)
class Indicator:
    """A figure with a limit.

    The figure is the one metric of `series`, or `expression` over them by their ids; `periods` in a row must be
    bad before it counts.
    """

    subject: str
    title: str
    unit: str
    series: Mapping[str, Metric]
    expression: str | None = None
    bad: Bad
    threshold: float
    periods: int = 1
    silence: Silence
    runbook: str = "incident-response.md"
    explanation: str

    @property
    def period(self) -> int:
        """Seconds of one period, the same for all its series."""
        (period,) = {metric.period for metric in self.series.values()}
        return period

    @property
    def limit_label(self) -> str:
        """The limit in words, for the line on the graph."""
        word = "above" if self.bad is Bad.ABOVE else "from"
        return f"alarm {word} {self.threshold:g} {self.unit}"


def pipeline_indicators(names: Names, thresholds: Thresholds) -> list[Indicator]:
    """What can be watched before anything has been deployed."""
    return [
        Indicator(
            subject="pipeline-failed",
            title="Failed executions",
            unit="executions",
            series={"failed": metrics.failed_executions(names)},
            bad=Bad.FROM,
            threshold=1,
            silence=Silence.IS_GOOD,
            runbook="rollback.md",
            explanation=f"An execution of {names.pipeline} failed (SOP 4.1)",
        ),
        _pipeline_duration(names, thresholds),
        _undelivered_alerts(names),
    ]


def workload_indicators(names: Names, workload: Workload, thresholds: Thresholds) -> list[Indicator]:
    """What is watched once the web infrastructure is there."""
    return [
        Indicator(
            subject="response-time",
            title="Response time",
            unit="seconds",
            series={"response": metrics.load_balancer(workload, "TargetResponseTime", "Average")},
            bad=Bad.FROM,
            threshold=thresholds.response_time_seconds,
            periods=3,
            silence=Silence.IS_UNKNOWN,
            explanation="The web servers answer too slowly on average (SOP 4.6)",
        ),
        _error_rate(workload, thresholds),
        Indicator(
            subject="unhealthy-hosts",
            title="Unhealthy hosts",
            unit="hosts",
            series={"unhealthy": metrics.target_group(workload, "UnHealthyHostCount", "Maximum")},
            bad=Bad.FROM,
            threshold=thresholds.unhealthy_hosts,
            periods=2,
            silence=Silence.IS_BAD,
            explanation="Targets of the load balancer fail their health check (SOP 4.3)",
        ),
        *_cpu(workload.auto_scaling_group_name, thresholds),
        Indicator(
            subject="application-errors",
            title="Application errors",
            unit="lines in 5 minutes",
            series={"errors": metrics.application_errors(names)},
            bad=Bad.FROM,
            threshold=thresholds.application_errors,
            silence=Silence.IS_GOOD,
            explanation=f"The application writes errors to {workload.log_group_name} (SOP 4.5)",
        ),
    ]


def _cpu(group: str | None, thresholds: Thresholds) -> list[Indicator]:
    """Of the servers of an Auto Scaling group; elsewhere whose CPU it is depends on what runs the containers."""
    if group is None:
        return []
    return [
        Indicator(
            subject="cpu",
            title="CPU",
            unit="percent",
            series={"cpu": metrics.servers(group, "CPUUtilization", "Average")},
            bad=Bad.FROM,
            threshold=thresholds.cpu_percent,
            periods=3,
            silence=Silence.IS_UNKNOWN,
            explanation="The web servers are short of CPU on average (SOP 4.6)",
        )
    ]


def _pipeline_duration(names: Names, thresholds: Thresholds) -> Indicator:
    limit = thresholds.pipeline_alert_minutes
    # One execution's builds must meet in one period: Deploy ends within the limit after Build, or is beyond it alone.
    # No longer than that takes: a release is not good before this alarm can have fired.
    period = metrics.FIVE_MINUTES * (math.ceil(limit / 5) + 1)
    return Indicator(
        subject="pipeline-duration",
        title="Build and deployment time",
        unit="minutes",
        series={
            "build": metrics.build_duration(names.build_project, period),
            "deploy": metrics.build_duration(names.deploy_project, period),
        },
        # Not the pipeline's own duration: that includes waiting for the release window
        expression="(FILL(build, 0) + FILL(deploy, 0)) / 60",
        bad=Bad.ABOVE,
        threshold=limit,
        silence=Silence.IS_GOOD,
        runbook="deployment.md",
        explanation="Build and deployment together took too long (SOP 4.1); waiting for a window is not counted",
    )


def _undelivered_alerts(names: Names) -> Indicator:
    """Whether EventBridge could publish what it has to tell: where it may not, nothing else says so."""
    series = {subject: metrics.failed_invocations(names.event_rule(subject)) for subject in EVENT_SUBJECTS}
    return Indicator(
        subject="undelivered-alerts",
        title="Undelivered alerts",
        unit="events",
        series=series,
        expression=" + ".join(f"FILL({subject}, 0)" for subject in series),
        bad=Bad.FROM,
        threshold=1,
        silence=Silence.IS_GOOD,
        explanation="EventBridge could not publish to an alerts topic: look at the policies of topic and key (SOP 4.4)",
    )


def _error_rate(workload: Workload, thresholds: Thresholds) -> Indicator:
    """As `release observe` counts it: requests that the load balancer refused reached no target, and were asked."""
    enough = thresholds.error_rate_minimum_requests
    asked = "FILL(requests, 0) + FILL(refused, 0)"
    return Indicator(
        subject="error-rate",
        title="Error rate",
        unit="percent",
        series={
            "requests": metrics.load_balancer(workload, "RequestCount", "Sum"),
            "errors": metrics.load_balancer(workload, "HTTPCode_Target_5XX_Count", "Sum"),
            "unanswered": metrics.load_balancer(workload, "HTTPCode_ELB_5XX_Count", "Sum"),
            "refused": metrics.load_balancer(workload, "HTTPCode_ELB_503_Count", "Sum"),
        },
        # 5xx is reported only when there are any; of a few requests one error is no rate
        expression=f"IF({asked} >= {enough}, 100 * (FILL(errors, 0) + FILL(unanswered, 0)) / ({asked}), 0)",
        bad=Bad.FROM,
        threshold=thresholds.error_rate_percent,
        periods=2,
        silence=Silence.IS_GOOD,
        explanation=f"Too many requests are answered 5xx (SOP 4.6), judged from {enough} requests in 5 minutes on",
    )
