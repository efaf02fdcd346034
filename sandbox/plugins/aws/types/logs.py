# ruff: noqa: RUF012 -- the base class declares these tables
"""CloudWatch Logs: groups, metric filters, resource policies and deliveries."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.plugins.aws.api import Api, Params
from sandbox.plugins.aws.declared import Call, Declared
from sandbox.plugins.aws.mapping import COMPUTED
from sandbox.plugins.aws.resource import Setting
from sandbox.plugins.aws.tags import TagOperations
from sandbox.plugins.resource import Failure
from sandbox.plugins.values import UNKNOWN, Values

_RETENTIONS = (
    0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
)  # fmt: skip


class LogGroup(Declared):
    token = "aws:cloudwatch/logGroup:LogGroup"
    service = "logs"
    request = "CreateLogGroup"
    renames = {"name": "logGroupName"}
    unset = {"logGroupClass": "STANDARD"}
    settings = {"retentionInDays": Setting(default=0, member=("PutRetentionPolicy", "retentionInDays"))}
    own = frozenset({"skipDestroy"})
    not_emulated = frozenset({"namePrefix"})
    reads = Call("DescribeLogGroups", {"logGroupNamePrefix": "{id}"}, "logGroups[?logGroupName=='{id}'] | [0]")
    deletes = Call("DeleteLogGroup", {"logGroupName": "{id}"})
    computed = {"arn": "group_arn"}
    replaces = frozenset({"name", "logGroupClass", "region"})
    autoname = "name"
    kept = frozenset({"logGroupClass"})
    tagging = TagOperations()

    def rules(self, inputs: Values) -> Iterator[Failure]:
        days = inputs.get("retentionInDays", UNKNOWN)
        if days is not UNKNOWN and days not in _RETENTIONS:
            allowed = ", ".join(str(days) for days in _RETENTIONS)
            yield Failure("retentionInDays", f"retentionInDays: {days} is not one of {allowed}")

    def find(self, api: Api, identifier: str, inputs: Values) -> Params | None:
        group = super().find(api, identifier, inputs)
        if group is None:
            return None
        settings = {"retentionInDays": group.get("retentionInDays", 0)}
        return group | {"group_arn": group["arn"].removesuffix(":*"), "settings": settings}

    def settle(self, api: Api, identifier: str, old: Values, new: Values) -> None:
        days, group = new.get("retentionInDays", 0), {"logGroupName": identifier}
        if days == old.get("retentionInDays", 0):
            return
        if days:
            api.call("logs", "PutRetentionPolicy", {**group, "retentionInDays": days})
        else:
            api.call("logs", "DeleteRetentionPolicy", group)

    def change(self, api: Api, identifier: str, document: Params, old: Values, new: Values) -> None:
        if new.get("kmsKeyId") == old.get("kmsKeyId"):
            return
        if "kmsKeyId" in new:
            api.call("logs", "AssociateKmsKey", {"logGroupName": identifier, "kmsKeyId": new["kmsKeyId"]})
        else:
            api.call("logs", "DisassociateKmsKey", {"logGroupName": identifier})

    def remove(self, api: Api, identifier: str, inputs: Values) -> None:
        if not inputs.get("skipDestroy"):
            super().remove(api, identifier, inputs)


class LogMetricFilter(Declared):
    token = "aws:cloudwatch/logMetricFilter:LogMetricFilter"
    service = "logs"
    request = "PutMetricFilter"
    renames = {
        "name": "filterName",
        "pattern": "filterPattern",
        "metricTransformation": "metricTransformations[]",
        "metricTransformation.name": "metricName",
        "metricTransformation.namespace": "metricNamespace",
        "metricTransformation.value": "metricValue",
    }
    unset = {"metricTransformation.unit": "None"}
    reads = Call(
        "DescribeMetricFilters",
        {"logGroupName": "{logGroupName}", "filterNamePrefix": "{id}"},
        "metricFilters[?filterName=='{id}'] | [0]",
    )
    deletes = Call("DeleteMetricFilter", {"logGroupName": "{logGroupName}", "filterName": "{id}"})
    replaces = frozenset({"name", "logGroupName", "region"})
    autoname = "name"

    def imported(self, given: str) -> tuple[str, Values]:
        group, _, name = given.rpartition(":")
        return name, {"logGroupName": group, "name": name}


class LogResourcePolicy(Declared):
    token = "aws:cloudwatch/logResourcePolicy:LogResourcePolicy"
    service = "logs"
    request = "PutResourcePolicy"
    not_emulated = frozenset({"resourceArn"})
    documents = frozenset({"policyDocument"})
    identifier = "{policyName}"
    reads = Call("DescribeResourcePolicies", result="resourcePolicies[?policyName=='{id}'] | [0]")
    deletes = Call("DeleteResourcePolicy", {"policyName": "{id}"})
    replaces = frozenset({"policyName", "region"})


class LogDeliverySource(Declared):
    token = "aws:cloudwatch/logDeliverySource:LogDeliverySource"
    service = "logs"
    request = "PutDeliverySource"
    reads = Call("GetDeliverySource", {"name": "{id}"}, "deliverySource")
    deletes = Call("DeleteDeliverySource", {"name": "{id}"})
    computed = {"arn": "arn", "service": "service"}
    replaces = frozenset({"name", "logType", "resourceArn", "region"})
    tagging = TagOperations()

    def find(self, api: Api, identifier: str, inputs: Values) -> Params | None:
        source = super().find(api, identifier, inputs)
        return source and source | {"resourceArn": source["resourceArns"][0]}


class LogDeliveryDestination(Declared):
    token = "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination"
    service = "logs"
    request = "PutDeliveryDestination"
    unset = {"deliveryDestinationType": COMPUTED, "outputFormat": COMPUTED}
    reads = Call("GetDeliveryDestination", {"name": "{id}"}, "deliveryDestination")
    deletes = Call("DeleteDeliveryDestination", {"name": "{id}"})
    computed = {"arn": "arn"}
    replaces = frozenset({"name", "outputFormat", "region"})
    tagging = TagOperations()


class LogDelivery(Declared):
    token = "aws:cloudwatch/logDelivery:LogDelivery"
    service = "logs"
    request = "CreateDelivery"
    renames = {"s3DeliveryConfigurations": "s3DeliveryConfiguration"}
    unset = {
        "fieldDelimiter": COMPUTED,
        "recordFields": COMPUTED,
        "s3DeliveryConfigurations": COMPUTED,
    }
    identifier_in = "delivery.id"
    reads = Call("GetDelivery", {"id": "{id}"}, "delivery")
    deletes = Call("DeleteDelivery", {"id": "{id}"})
    computed = {"arn": "arn"}
    replaces = frozenset({"deliveryDestinationArn", "deliverySourceName", "region"})
    tagging = TagOperations()

    def change(self, api: Api, identifier: str, document: Params, old: Values, new: Values) -> None:
        kept = ("recordFields", "fieldDelimiter", "s3DeliveryConfiguration")
        changes = {name: document[name] for name in kept if name in document}
        if changes:
            api.call("logs", "UpdateDeliveryConfiguration", {"id": identifier, **changes})


TYPES = (
    LogGroup,
    LogMetricFilter,
    LogResourcePolicy,
    LogDeliverySource,
    LogDeliveryDestination,
    LogDelivery,
)
