"""Log deliveries: which resource's logs go to which log group.

A delivery of ALB_ACCESS_LOGS works: the workload asks for it and writes. Other sources have no logs here.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from moto.logs.models import logs_backends

from sandbox.aws.access import ACCESS
from sandbox.aws.service import AwsError, Params, Service, UnsupportedError
from sandbox.iam.calls import Ask
from sandbox.iam.request import Principal

if TYPE_CHECKING:
    from sandbox.core.account import Account

ALB_ACCESS_LOGS = "ALB_ACCESS_LOGS"
PRINCIPAL = "delivery.logs.amazonaws.com"
_WRITING = ("CreateLogStream", "PutLogEvents")
BALANCER = "elasticloadbalancing"
_OTHER_LOGS = ("ALB_CONNECTION_LOGS", "ALB_HEALTH_CHECK_LOGS", "NLB_ACCESS_LOGS")
# AWS delivers logs of these ("Enable logging from AWS services" in the CloudWatch Logs user guide)
_OTHER_SOURCES = (
    *("bedrock", "bedrock-agentcore", "cloudfront", "codewhisperer", "cognito-idp", "eks", "elasticache"),
    *("entityresolution", "events", "ivschat", "mediapackagev2", "mediatailor", "networkmanager", "pcs", "pipes"),
    *("qbusiness", "ses", "states", "transfer", "vpc-lattice", "wisdom", "workmail"),
)
_PAGE = 50


@dataclass(frozen=True)
class Delivery:
    """A delivery that is in force, as the one who writes sees it."""

    log_group: str
    output_format: str
    since: datetime


class Deliveries(Service):
    """The operations on delivery sources, destinations and deliveries."""

    name = "logs"
    constraint_codes = ("InvalidParameterException", "ValidationException")

    def __init__(self, account: Account) -> None:
        super().__init__(account)
        self._sources: dict[str, Params] = {}
        self._destinations: dict[str, Params] = {}
        self._deliveries: dict[str, Params] = {}
        self._since: dict[str, datetime] = {}
        self._decided: dict[str, tuple[tuple[str, ...], bool]] = {}  # by log group: on which policies, and how

    def deliveries_of(self, resource_arn: str, log_type: str) -> list[Delivery]:
        """Where a resource's logs go; where log delivery may not write, nothing arrives and nothing is said."""
        found: list[Delivery] = []
        for delivery in list(self._deliveries.values()):
            source = self._sources[delivery["deliverySourceName"]]
            if resource_arn in source["resourceArns"] and source["logType"] == log_type:
                destination = self._destination(delivery["deliveryDestinationArn"])
                group = log_group_name(destination["deliveryDestinationConfiguration"]["destinationResourceArn"])
                if self._may_write(group):
                    output_format = destination.get("outputFormat", "json")
                    found.append(Delivery(group, output_format, self._since[delivery["id"]]))
        return found

    def _may_write(self, group: str) -> bool:
        """Decided again once a resource policy is another: each minute of each load balancer asks."""
        kept = logs_backends[self.account.account_id][self.account.region].resource_policies.values()
        policies = tuple(each.policy_document for each in kept)
        decided_on, allowed = self._decided.get(group, (None, False))
        if decided_on != policies:
            allowed = self._decide(group)
            self._decided[group] = (policies, allowed)
        return allowed

    def _decide(self, group: str) -> bool:
        access, who = self.account.reach(ACCESS), Principal.of_service(PRINCIPAL)
        place = f"arn:aws:logs:{self.account.region}:{self.account.account_id}"
        asks = [Ask(f"logs:{action}", f"{place}:log-group:{group}:log-stream:*") for action in _WRITING]
        keys = access.source(f"{place}:*")
        return all(access.decide(who, ask, keys).allowed for ask in asks)

    def put_delivery_source(self, request: Params) -> Params:
        name, arn = request["name"], request["resourceArn"]
        service = _source_service(arn, request["logType"])
        known = self._sources.get(name)
        if known and known["resourceArns"] != [arn]:
            words = "Update to existing Delivery Source with new ResourceId is not allowed."
            raise AwsError("ConflictException", words)
        if known and known["logType"] != request["logType"]:
            raise AwsError("ConflictException", f"Delivery source {name} exists with another log type.")
        _check_tags(known, request)
        self._sources[name] = {
            "name": name,
            "arn": self._arn("delivery-source", name),
            "resourceArns": [arn],
            "service": service,
            "logType": request["logType"],
            "tags": request.get("tags", (known or {}).get("tags", {})),
        }
        return {"deliverySource": self._sources[name]}

    def get_delivery_source(self, request: Params) -> Params:
        return {"deliverySource": _told(self._get(self._sources, request["name"], "Delivery Source"))}

    def describe_delivery_sources(self, request: Params) -> Params:
        return _page(self._sources, request, "deliverySources")

    def delete_delivery_source(self, request: Params) -> None:
        self._get(self._sources, request["name"], "Delivery Source")
        self._check_unused("deliverySourceName", request["name"])
        del self._sources[request["name"]]

    def put_delivery_destination(self, request: Params) -> Params:
        name = request["name"]
        configuration = request.get("deliveryDestinationConfiguration")
        if not configuration:
            raise AwsError("ValidationException", "deliveryDestinationConfiguration is required.")
        if not configuration["destinationResourceArn"].startswith("arn:aws:logs:"):
            raise UnsupportedError("The sandbox delivers logs to CloudWatch Logs only; AWS does more.")
        if ":log-group:" not in configuration["destinationResourceArn"]:
            raise AwsError("ValidationException", "destinationResourceArn is not the ARN of a log group.")
        _check_tags(self._destinations.get(name), request)
        self._destinations[name] = {
            "name": name,
            "arn": self._arn("delivery-destination", name),
            "deliveryDestinationType": "CWL",
            "outputFormat": request.get("outputFormat", "json"),
            "deliveryDestinationConfiguration": configuration,
            "tags": request.get("tags", self._destinations.get(name, {}).get("tags", {})),
        }
        return {"deliveryDestination": self._destinations[name]}

    def get_delivery_destination(self, request: Params) -> Params:
        found = self._get(self._destinations, request["name"], "Delivery Destination")
        return {"deliveryDestination": _told(found)}

    def describe_delivery_destinations(self, request: Params) -> Params:
        return _page(self._destinations, request, "deliveryDestinations")

    def delete_delivery_destination(self, request: Params) -> None:
        destination = self._get(self._destinations, request["name"], "Delivery Destination")
        self._check_unused("deliveryDestinationArn", destination["arn"])
        del self._destinations[request["name"]]

    def create_delivery(self, request: Params) -> Params:
        source, arn = request["deliverySourceName"], request["deliveryDestinationArn"]
        self._get(self._sources, source, "Delivery Source")
        self._destination(arn)
        if any(
            each["deliverySourceName"] == source and each["deliveryDestinationArn"] == arn
            for each in self._deliveries.values()
        ):
            raise AwsError("ConflictException", f"A delivery from {source} to {arn} exists already.")
        identifier = uuid.uuid4().hex[:16]
        optional = ("recordFields", "fieldDelimiter", "s3DeliveryConfiguration")
        delivery = {
            "id": identifier,
            "arn": self._arn("delivery", identifier),
            "deliverySourceName": source,
            "deliveryDestinationArn": arn,
            "deliveryDestinationType": "CWL",
            "tags": request.get("tags", {}),
            **{key: request[key] for key in optional if key in request},
        }
        self._deliveries[identifier] = delivery
        self._since[identifier] = self.account.clock.now()
        return {"delivery": delivery}

    def get_delivery(self, request: Params) -> Params:
        return {"delivery": _told(self._get(self._deliveries, request["id"], "Delivery"))}

    def describe_deliveries(self, request: Params) -> Params:
        return _page(self._deliveries, request, "deliveries")

    def delete_delivery(self, request: Params) -> None:
        self._get(self._deliveries, request["id"], "Delivery")
        del self._deliveries[request["id"]]

    def list_tags_for_resource(self, request: Params) -> Params:
        tags = self._tags(request["resourceArn"])
        return self.call_moto("ListTagsForResource", request) if tags is None else {"tags": tags}

    def tag_resource(self, request: Params) -> Params | None:
        tags = self._tags(request["resourceArn"])
        if tags is None:
            return self.call_moto("TagResource", request)
        tags.update(request["tags"])
        return None

    def untag_resource(self, request: Params) -> Params | None:
        tags = self._tags(request["resourceArn"])
        if tags is None:
            return self.call_moto("UntagResource", request)
        for key in request["tagKeys"]:
            tags.pop(key, None)
        return None

    def _tags(self, arn: str) -> dict[str, str] | None:
        """The tags of one of ours; None for what moto has."""
        for kept in (self._sources, self._destinations, self._deliveries):
            for each in kept.values():
                if each["arn"] == arn:
                    return each["tags"]
        return None

    def _destination(self, arn: str) -> Params:
        for destination in self._destinations.values():
            if destination["arn"] == arn:
                return destination
        raise AwsError("ResourceNotFoundException", "Requested Delivery Destination does not exist in this account.")

    def _check_unused(self, key: str, value: str) -> None:
        if any(delivery[key] == value for delivery in self._deliveries.values()):
            raise AwsError("ConflictException", "It is part of a delivery; delete the delivery first.")

    def _arn(self, kind: str, name: str) -> str:
        return f"arn:aws:logs:{self.account.region}:{self.account.account_id}:{kind}:{name}"

    @staticmethod
    def _get(kept: dict[str, Params], key: str, kind: str) -> Params:
        if key not in kept:
            raise AwsError("ResourceNotFoundException", f"Requested {kind} does not exist in this account.")
        return kept[key]


def _check_tags(known: Params | None, request: Params) -> None:
    if known and request.get("tags"):
        words = "Tags can only be provided when a resource is being created, not updated."
        raise AwsError("ConflictException", words)


def log_group_name(arn: str) -> str:
    """The name in a log group's ARN, with or without the `:*` at its end."""
    return arn.split(":log-group:", 1)[1].removesuffix(":*")


def _source_service(arn: str, log_type: str) -> str:
    """The service whose logs are delivered. Raises AwsError; SandboxUnsupported for one that has none here."""
    service = (arn.split(":") + [""] * 3)[2]
    if not arn.startswith("arn:") or not service:
        raise AwsError("ValidationException", f"{arn} is not an ARN.")
    if service in _OTHER_SOURCES or (service == BALANCER and log_type in _OTHER_LOGS):
        raise UnsupportedError(f"The sandbox has no {log_type} of {service} to deliver; AWS does.")
    if service != BALANCER:
        raise AwsError("ResourceNotFoundException", "Cannot access provided service.")
    if log_type != ALB_ACCESS_LOGS:
        raise AwsError("ValidationException", f"{log_type} is not a log type of {service}.")
    return service


def _told(kept: Params) -> Params:
    """As the operations that read tell it: without tags where it has none."""
    return kept if kept["tags"] else {key: value for key, value in kept.items() if key != "tags"}


def _page(kept: dict[str, Params], request: Params, key: str) -> dict[str, Any]:
    token, size = request.get("nextToken", "0"), request.get("limit", _PAGE)
    if not token.isdecimal():
        raise AwsError("ValidationException", "The specified nextToken is invalid.")
    start = int(token)
    items = [_told(each) for each in kept.values()]
    more = {"nextToken": str(start + size)} if start + size < len(items) else {}
    return {key: items[start : start + size], **more}
