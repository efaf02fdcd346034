"""An alarm for each indicator, and one over all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.monitoring.definitions import actions, composite_alarm, metric_alarm
from components.monitoring.indicators import Indicator
from sop.alarms import canonical
from sop.names import Names


@dataclass(frozen=True, kw_only=True)
class AlarmsArgs:
    """`runbooks` is the web address of the folder that they are in."""

    names: Names
    indicators: Sequence[Indicator]
    topic_arns: Sequence[pulumi.Input[str]]
    runbooks: str


class Alarms(pulumi.ComponentResource):
    """Says when an indicator is beyond its limit, and when it is back.

    Creates a metric alarm each, and the composite `{env}-release-health`, which is in alarm as soon as one is.
    `definitions` has them all by name, in the form that they can be held to later.
    """

    definitions: pulumi.Output[dict[str, dict[str, Any]]]
    composite_name: pulumi.Output[str]

    def __init__(self, name: str, args: AlarmsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("release:index:Alarms", name, None, opts)

        names = args.names
        asked = {names.alarm(one.subject): metric_alarm(one, args.runbooks) for one in args.indicators}
        over_all = composite_alarm(list(asked), args.runbooks)
        alarms = [
            _metric_alarm(f"{name}-{one.subject}", names.alarm(one.subject), asked, args, self)
            for one in args.indicators
        ]
        composite = aws.cloudwatch.CompositeAlarm(
            f"{name}-release-health",
            alarm_name=names.composite_alarm,
            alarm_description=over_all["AlarmDescription"],
            alarm_rule=over_all["AlarmRule"],
            alarm_actions=args.topic_arns,
            ok_actions=args.topic_arns,
            # Actions that somebody switched off replace it: a new one of the same name would go with the old one
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True, depends_on=alarms),
        )
        every = {**asked, names.composite_alarm: over_all}
        self.definitions = pulumi.Output.all(*args.topic_arns).apply(
            lambda topics: {alarm: canonical({**definition, **actions(topics)}) for alarm, definition in every.items()}
        )
        self.composite_name = composite.alarm_name
        self.register_outputs({"definitions": self.definitions, "composite_name": self.composite_name})


def _metric_alarm(
    name: str, alarm_name: str, asked: Mapping[str, Mapping[str, Any]], args: AlarmsArgs, parent: pulumi.Resource
) -> aws.cloudwatch.MetricAlarm:
    definition = asked[alarm_name]
    return aws.cloudwatch.MetricAlarm(
        name,
        name=alarm_name,
        alarm_description=definition["AlarmDescription"],
        comparison_operator=definition["ComparisonOperator"],
        threshold=definition["Threshold"],
        evaluation_periods=definition["EvaluationPeriods"],
        datapoints_to_alarm=definition["DatapointsToAlarm"],
        treat_missing_data=definition["TreatMissingData"],
        alarm_actions=args.topic_arns,
        ok_actions=args.topic_arns,
        **_figure(definition),
        # CloudWatch deletes no alarm that the composite names: under another name the new one comes first
        opts=pulumi.ResourceOptions(parent=parent, delete_before_replace=False),
    )


def _figure(definition: Mapping[str, Any]) -> dict[str, Any]:
    if "Metrics" not in definition:
        return {"statistic": definition["Statistic"], "period": definition["Period"], **_metric(definition)}
    return {"metric_queries": [_query(query) for query in definition["Metrics"]]}


def _query(query: Mapping[str, Any]) -> aws.cloudwatch.MetricAlarmMetricQueryArgs:
    found = query.get("MetricStat")
    return aws.cloudwatch.MetricAlarmMetricQueryArgs(
        id=query["Id"],
        expression=query.get("Expression"),
        label=query.get("Label"),
        metric=aws.cloudwatch.MetricAlarmMetricQueryMetricArgs(
            stat=found["Stat"], period=found["Period"], **_metric(found["Metric"])
        )
        if found
        else None,
        return_data=query["ReturnData"],
    )


def _metric(metric: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "namespace": metric["Namespace"],
        "metric_name": metric["MetricName"],
        "dimensions": {one["Name"]: one["Value"] for one in metric["Dimensions"]},
    }
