"""An alarm for each indicator, and one over all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.monitoring.indicators import Indicator
from components.monitoring.metrics import Metric
from sop.names import Names

FIGURE = "figure"  # the id of an expression's result


@dataclass(frozen=True, kw_only=True)
class AlarmsArgs:
    """`runbooks` is the web address of the folder that they are in."""

    names: Names
    indicators: Sequence[Indicator]
    topic_arn: pulumi.Input[str]
    runbooks: str


class Alarms(pulumi.ComponentResource):
    """Says when an indicator is beyond its limit, and when it is back.

    Creates a metric alarm each, and the composite `{env}-release-health`, which is in alarm as soon as one is.
    """

    alarm_names: pulumi.Output[list[str]]
    composite_name: pulumi.Output[str]

    def __init__(self, name: str, args: AlarmsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("release:index:Alarms", name, None, opts)

        alarms = [self._alarm(name, indicator, args) for indicator in args.indicators]
        self.alarm_names = pulumi.Output.all(*(alarm.name for alarm in alarms)).apply(list)
        composite = aws.cloudwatch.CompositeAlarm(
            f"{name}-release-health",
            alarm_name=args.names.composite_alarm,
            alarm_description="One of this environment's alarms is in alarm."
            f" Runbook: {args.runbooks}/incident-response.md",
            alarm_rule=self.alarm_names.apply(_any_in_alarm),
            alarm_actions=[args.topic_arn],
            ok_actions=[args.topic_arn],
            # Actions that somebody switched off replace it: a new one of the same name would go with the old one
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
        )
        self.composite_name = composite.alarm_name
        self.register_outputs({"alarm_names": self.alarm_names, "composite_name": self.composite_name})

    def _alarm(self, name: str, indicator: Indicator, args: AlarmsArgs) -> aws.cloudwatch.MetricAlarm:
        return aws.cloudwatch.MetricAlarm(
            f"{name}-{indicator.subject}",
            name=args.names.alarm(indicator.subject),
            alarm_description=f"{indicator.explanation}. Runbook: {args.runbooks}/{indicator.runbook}",
            comparison_operator=indicator.bad,
            threshold=indicator.threshold,
            evaluation_periods=indicator.periods,
            datapoints_to_alarm=indicator.periods,
            treat_missing_data=indicator.silence,
            alarm_actions=[args.topic_arn],
            ok_actions=[args.topic_arn],
            **_figure(indicator),
            # CloudWatch deletes no alarm that the composite names: under another name the new one comes first
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=False),
        )


def _figure(indicator: Indicator) -> dict[str, Any]:
    """What the alarm looks at: one metric, or queries of which exactly one returns the figure."""
    if indicator.expression is None:
        (metric,) = indicator.series.values()
        return {"statistic": metric.statistic, **_metric(metric)}
    series = [
        aws.cloudwatch.MetricAlarmMetricQueryArgs(
            id=series_id,
            metric=aws.cloudwatch.MetricAlarmMetricQueryMetricArgs(stat=metric.statistic, **_metric(metric)),
            return_data=False,
        )
        for series_id, metric in indicator.series.items()
    ]
    result = aws.cloudwatch.MetricAlarmMetricQueryArgs(
        id=FIGURE, expression=indicator.expression, label=indicator.title, return_data=True
    )
    return {"metric_queries": [*series, result]}


def _metric(metric: Metric) -> dict[str, Any]:
    return {
        "namespace": metric.namespace,
        "metric_name": metric.name,
        "dimensions": dict(metric.dimensions),
        "period": metric.period,
    }


def _any_in_alarm(alarm_names: list[str]) -> str:
    return " OR ".join(f'ALARM("{name}")' for name in alarm_names)
