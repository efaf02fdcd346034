"""Everything that watches one environment, put together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.account import Account
from components.configuration.settings import Settings
from components.contract import Contract
from components.monitoring.alarms import Alarms, AlarmsArgs
from components.monitoring.application_errors import ErrorLines, ErrorLinesArgs
from components.monitoring.dashboard import Dashboard, DashboardArgs
from components.monitoring.indicators import pipeline_indicators, workload_indicators
from components.workload import Workload


@dataclass(frozen=True, kw_only=True)
class MonitoringArgs:
    """Without a `workload` only the pipeline is watched."""

    account: Account
    settings: Settings
    workload: Workload | None
    topic_arns: Sequence[pulumi.Input[str]]


class Monitoring(pulumi.ComponentResource):
    """Watches the pipeline, and the web infrastructure once it is deployed.

    Creates the alarms and their composite (Alarms), the dashboard (Dashboard), and the metric of the
    application's error lines (ErrorLines).
    """

    contract: Contract

    def __init__(self, name: str, args: MonitoringArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("release:index:Monitoring", name, None, opts)

        settings, names, workload = args.settings, args.settings.names, args.workload
        of_pipeline = pipeline_indicators(names, settings.thresholds)
        of_workload = workload_indicators(names, workload, settings.thresholds) if workload else []
        alarms = Alarms(
            f"{name}-alarms",
            AlarmsArgs(
                names=names,
                indicators=[*of_pipeline, *of_workload],
                topic_arns=args.topic_arns,
                runbooks=settings.runbooks,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        dashboard = Dashboard(
            f"{name}-overview",
            DashboardArgs(
                account=args.account,
                names=names,
                pipeline_indicators=of_pipeline,
                workload_indicators=of_workload,
                workload=workload,
                access_log_group=names.access_log_group if settings.access_log_delivery else None,
                runbooks=settings.runbooks,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        if workload is not None:
            ErrorLines(
                f"{name}-errors",
                ErrorLinesArgs(
                    names=names,
                    log_group_name=workload.log_group_name,
                    pattern=settings.application_error_pattern,
                ),
                pulumi.ResourceOptions(parent=self),
            )
        self.contract = {
            "alarms": alarms.definitions,
            "composite_alarm_name": alarms.composite_name,
            "dashboard_name": dashboard.dashboard_name,
            "dashboard_digest": dashboard.digest,
            "metric_namespace": names.metric_namespace,
        }
        self.register_outputs(self.contract)
