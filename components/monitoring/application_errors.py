"""Counts the application's error lines, so that an alarm can look at them."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.monitoring.metrics import application_errors
from sop.names import Names


@dataclass(frozen=True, kw_only=True)
class ErrorLinesArgs:
    """`pattern` is a CloudWatch Logs filter pattern."""

    names: Names
    log_group_name: str
    pattern: str


class ErrorLines(pulumi.ComponentResource):
    """Makes a metric of the error lines in the application's log.

    Creates a metric filter on the log group, which is CloudFormation's. It reports 0 for lines that are none.
    """

    def __init__(self, name: str, args: ErrorLinesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("release:index:ErrorLines", name, None, opts)

        metric = application_errors(args.names)
        aws.cloudwatch.LogMetricFilter(
            f"{name}-filter",
            name=args.names.alarm("application-errors"),
            log_group_name=args.log_group_name,
            pattern=args.pattern,
            metric_transformation=aws.cloudwatch.LogMetricFilterMetricTransformationArgs(
                namespace=metric.namespace, name=metric.name, value="1", default_value="0"
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})
