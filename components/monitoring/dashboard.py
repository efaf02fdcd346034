"""The environment's dashboard (SOP 4.4)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.account import Account
from components.monitoring import metrics, widgets
from components.monitoring.indicators import Indicator
from components.monitoring.widgets import Widget
from components.workload import Workload
from sop.digest import json_digest
from sop.names import Names


@dataclass(frozen=True, kw_only=True)
class DashboardArgs:
    """What the dashboard shows; `access_log_group` only where access logs are delivered."""

    account: Account
    names: Names
    pipeline_indicators: Sequence[Indicator]
    workload_indicators: Sequence[Indicator]
    workload: Workload | None
    access_log_group: str | None
    runbooks: str


class Dashboard(pulumi.ComponentResource):
    """What an engineer looks at during and after a release.

    Creates one CloudWatch dashboard: alarms, pipeline, and once it is deployed the load balancer, the servers
    and the logs. Each alarm's limit is drawn on its graph.
    """

    dashboard_name: pulumi.Output[str]
    digest: pulumi.Output[str]

    def __init__(self, name: str, args: DashboardArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("release:index:Dashboard", name, None, opts)

        dashboard = aws.cloudwatch.Dashboard(
            f"{name}-dashboard",
            dashboard_name=args.names.dashboard,
            dashboard_body=json.dumps(dashboard_body(args), sort_keys=True),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.dashboard_name = dashboard.dashboard_name
        self.digest = dashboard.dashboard_body.apply(json_digest)
        self.register_outputs({"dashboard_name": self.dashboard_name, "digest": self.digest})


def dashboard_body(args: DashboardArgs) -> dict[str, Any]:
    """The dashboard as CloudWatch reads it; the same arguments always give the same body."""
    rows = [
        [widgets.text(_heading(args))],
        [widgets.alarm_states("Alarms", _alarm_arns(args))],
        [widgets.limit_graph(indicator, args.account.region) for indicator in args.pipeline_indicators],
    ]
    if args.workload is not None:
        rows += _workload_rows(args, args.workload)
    return {"widgets": widgets.placed(rows)}


def _heading(args: DashboardArgs) -> str:
    names = args.names
    watched = "" if args.workload else " Not deployed yet: the web servers are not watched."
    return f"## {names.cloudformation_stack}\nReleased by {names.pipeline}. [Runbooks]({args.runbooks}){watched}"


def _alarm_arns(args: DashboardArgs) -> list[str]:
    subjects = [indicator.subject for indicator in (*args.pipeline_indicators, *args.workload_indicators)]
    alarms = [args.names.composite_alarm, *map(args.names.alarm, subjects)]
    return [args.account.arn("cloudwatch", f"alarm:{alarm}") for alarm in alarms]


def _workload_rows(args: DashboardArgs, workload: Workload) -> list[list[Widget]]:
    region = args.account.region
    limits = [widgets.limit_graph(indicator, region) for indicator in args.workload_indicators]
    traffic = widgets.graph(
        "Requests",
        "requests",
        {
            "requests": metrics.load_balancer(workload, "RequestCount", "Sum"),
            "answered 5xx": metrics.load_balancer(workload, "HTTPCode_Target_5XX_Count", "Sum"),
            "answered 5xx by the load balancer": metrics.load_balancer(workload, "HTTPCode_ELB_5XX_Count", "Sum"),
        },
        region,
    )
    healthy = widgets.graph(
        "Healthy hosts",
        "hosts",
        {"healthy": metrics.target_group(workload, "HealthyHostCount", "Minimum")},
        region,
    )
    graphs = [*limits, traffic, healthy]
    if group := workload.auto_scaling_group_name:
        failed = {"failed": metrics.servers(group, "StatusCheckFailed", "Maximum")}
        graphs.append(widgets.graph("Failed status checks", "checks", failed, region))
    logs = [[widgets.log_lines("Application log", workload.log_group_name, region)]]
    if args.access_log_group is not None:
        logs.append([widgets.log_lines("Access log", args.access_log_group, region)])
    return [*(graphs[start : start + 3] for start in range(0, len(graphs), 3)), *logs]
