"""AWS::CloudWatch alarms, AWS::Logs metric filters and AWS::Events rules."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from sandbox.aws.cloudformation.errors import ResourceError
from sandbox.aws.cloudformation.resources.base import (
    Context,
    Handler,
    Properties,
    already_exists,
    changed_tags,
    handles,
)


@handles
class Alarm(Handler):
    """A metric alarm; its physical id is its name."""

    type_name = "AWS::CloudWatch::Alarm"
    attributes = ("Arn",)
    _PARAMETERS = (
        "ActionsEnabled",
        "AlarmActions",
        "AlarmDescription",
        "ComparisonOperator",
        "DatapointsToAlarm",
        "Dimensions",
        "EvaluateLowSampleCountPercentile",
        "EvaluationPeriods",
        "ExtendedStatistic",
        "InsufficientDataActions",
        "MetricName",
        "Metrics",
        "Namespace",
        "OKActions",
        "Period",
        "Statistic",
        "Threshold",
        "ThresholdMetricId",
        "TreatMissingData",
        "Unit",
    )
    updaters: ClassVar = {**dict.fromkeys(_PARAMETERS, "put"), "Tags": "set_tags"}

    def create(self, context: Context, properties: Properties) -> str:
        cloudwatch = context.client("cloudwatch")
        name: str = properties.pop("AlarmName", None) or context.name(255)
        configured = {key: properties.pop(key) for key in self._PARAMETERS if key in properties}
        tags = properties.pop("Tags", [])
        self.refuse_rest(properties)
        if cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]:
            raise already_exists(self.type_name, name)
        cloudwatch.put_metric_alarm(AlarmName=name, **configured, **({"Tags": tags} if tags else {}))
        return name

    def put(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        configured = {key: new[key] for key in self._PARAMETERS if key in new}
        context.client("cloudwatch").put_metric_alarm(AlarmName=physical_id, **configured)

    def set_tags(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        _set_tags(context.client("cloudwatch"), self.attribute(context, physical_id, "Arn"), old, new)

    def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        context.client("cloudwatch").delete_alarms(AlarmNames=[physical_id])

    def attribute(self, context: Context, physical_id: str, name: str) -> Any:
        return f"arn:aws:cloudwatch:{context.region}:{context.account_id}:alarm:{physical_id}"


@handles
class MetricFilter(Handler):
    """Its physical id is its name, which is one of its log group's."""

    type_name = "AWS::Logs::MetricFilter"
    updaters: ClassVar = dict.fromkeys(("FilterPattern", "MetricTransformations"), "put")

    def create(self, context: Context, properties: Properties) -> str:
        name: str = properties.pop("FilterName", None) or context.name(512)
        group = properties["LogGroupName"]
        self.refuse_rest({key: properties[key] for key in properties if key not in (*self.updaters, "LogGroupName")})
        described = context.client("logs").describe_metric_filters(logGroupName=group, filterNamePrefix=name)
        if any(each["filterName"] == name for each in described["metricFilters"]):
            raise already_exists(self.type_name, f"{group}|{name}")
        self.put(context, name, {}, properties)
        return name

    def put(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        context.client("logs").put_metric_filter(
            logGroupName=new["LogGroupName"],
            filterName=physical_id,
            filterPattern=new["FilterPattern"],
            metricTransformations=[_transformation(each) for each in new["MetricTransformations"]],
        )

    def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        context.client("logs").delete_metric_filter(logGroupName=properties["LogGroupName"], filterName=physical_id)


def _transformation(properties: Properties) -> dict[str, Any]:
    """As Logs' API names it; its dimensions are a map there."""
    made = {f"{name[0].lower()}{name[1:]}": value for name, value in properties.items()}
    if "dimensions" in made:
        made["dimensions"] = {each["Key"]: each["Value"] for each in made["dimensions"]}
    return made


@handles
class Rule(Handler):
    """Its physical id is its name. The sandbox has the default bus only; Events says so of another."""

    type_name = "AWS::Events::Rule"
    attributes = ("Arn", "RuleName")
    replaces_on = frozenset({"EventBusName"})
    _PARAMETERS = ("Description", "EventPattern", "RoleArn", "ScheduleExpression", "State")
    updaters: ClassVar = {**dict.fromkeys(_PARAMETERS, "put"), "Targets": "set_targets", "Tags": "set_tags"}

    def create(self, context: Context, properties: Properties) -> str:
        name: str = properties.get("Name") or context.name(64)
        listed = context.client("events").list_rules(NamePrefix=name)["Rules"]
        if any(rule["Name"] == name for rule in listed):
            raise already_exists(self.type_name, name)
        tags = properties.get("Tags", [])
        self._put(context, name, properties, **({"Tags": tags} if tags else {}))
        context.exists(name)
        self.set_targets(context, name, {}, properties)
        return name

    def put(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        self._put(context, physical_id, new)

    def _put(self, context: Context, physical_id: str, properties: Properties, **more: Any) -> None:
        wanted = {key: properties[key] for key in self._PARAMETERS if key in properties}
        if "EventPattern" in wanted:
            wanted["EventPattern"] = _as_json(wanted["EventPattern"])
        bus = {key: properties[key] for key in ("EventBusName",) if key in properties}
        context.client("events").put_rule(Name=physical_id, **bus, **wanted, **more)

    def set_targets(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        events = context.client("events")
        targets = new.get("Targets", [])
        ids = {target["Id"] for target in targets}
        gone = [target["Id"] for target in old.get("Targets", []) if target["Id"] not in ids]
        if gone:
            events.remove_targets(Rule=physical_id, Ids=gone)
        if targets:
            failed = events.put_targets(Rule=physical_id, Targets=targets)["FailedEntries"]
            if failed:
                raise ResourceError("; ".join(f"{each['TargetId']}: {each['ErrorMessage']}" for each in failed))

    def set_tags(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        _set_tags(context.client("events"), self.attribute(context, physical_id, "Arn"), old, new)

    def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        events = context.client("events")
        targets = [target["Id"] for target in events.list_targets_by_rule(Rule=physical_id)["Targets"]]
        if targets:
            events.remove_targets(Rule=physical_id, Ids=targets)
        events.delete_rule(Name=physical_id)

    def attribute(self, context: Context, physical_id: str, name: str) -> Any:
        if name == "RuleName":
            return physical_id
        return f"arn:aws:events:{context.region}:{context.account_id}:rule/{physical_id}"


def _as_json(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _set_tags(client: Any, arn: str, old: Properties, new: Properties) -> None:
    """CloudWatch's and EventBridge's tagging are one shape."""
    wanted, gone = changed_tags(old, new)
    if gone:
        client.untag_resource(ResourceARN=arn, TagKeys=gone)
    if wanted:
        client.tag_resource(ResourceARN=arn, Tags=wanted)
