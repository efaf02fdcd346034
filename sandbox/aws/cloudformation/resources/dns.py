"""AWS::Route53 record sets."""

from __future__ import annotations

from typing import Any, ClassVar

from sandbox.aws.cloudformation.errors import ResourceError
from sandbox.aws.cloudformation.resources.base import Context, Handler, Properties, api_error, handles

_APART = ("Comment", "HostedZoneId", "HostedZoneName")
_IDENTITY = ("Type", "SetIdentifier")  # beside the name, which a replacement changes


@handles
class RecordSet(Handler):
    """A record of a hosted zone that is there; its physical id is its name."""

    type_name = "AWS::Route53::RecordSet"
    replaces_on = frozenset({"Name"})
    updaters: ClassVar = dict.fromkeys(
        (
            "AliasTarget",
            "CidrRoutingConfig",
            "Comment",
            "Failover",
            "GeoLocation",
            "GeoProximityLocation",
            "HealthCheckId",
            "MultiValueAnswer",
            "Region",
            "ResourceRecords",
            "SetIdentifier",
            "TTL",
            "Type",
            "Weight",
        ),
        "change",
    )

    def create(self, context: Context, properties: Properties) -> str:
        zone = _zone(context, properties)
        if _found(context, zone, properties):
            raise api_error(
                "ChangeResourceRecordSets",
                "InvalidChangeBatch",
                f"[Tried to create resource record set [name='{_dotted(properties['Name'])}', "
                f"type='{properties['Type']}'] but it already exists]",
            )
        _send(context, zone, properties, ("CREATE", properties))
        return properties["Name"]

    def change(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        zone = _zone(context, new)
        same = all(old.get(name) == new.get(name) for name in _IDENTITY)
        _send(context, zone, new, *([] if same else [("DELETE", old)]), ("UPSERT" if same else "CREATE", new))

    def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        zone = _zone(context, properties)
        if _found(context, zone, properties):
            _send(context, zone, properties, ("DELETE", properties))


def _zone(context: Context, properties: Properties) -> str:
    if "HostedZoneId" in properties:
        return properties["HostedZoneId"]
    name = _dotted(properties.get("HostedZoneName", ""))
    zones = context.client("route53").list_hosted_zones_by_name(DNSName=name)["HostedZones"]
    named = [zone["Id"].rsplit("/", 1)[-1] for zone in zones if zone["Name"] == name]
    if len(named) != 1:
        raise ResourceError(f"{'Multiple' if named else 'No'} hosted zones named {name} found")
    return named[0]


def _found(context: Context, zone: str, properties: Properties) -> bool:
    """Whether the zone has a record of that name, type and set."""
    name, kind = _dotted(properties["Name"]), properties["Type"]
    pages = context.client("route53").get_paginator("list_resource_record_sets").paginate(HostedZoneId=zone)
    return any(
        (record["Name"], record["Type"], record.get("SetIdentifier")) == (name, kind, properties.get("SetIdentifier"))
        for page in pages
        for record in page["ResourceRecordSets"]
    )


def _send(context: Context, zone: str, properties: Properties, *changes: tuple[str, Properties]) -> None:
    batch: dict[str, Any] = {
        "Changes": [{"Action": action, "ResourceRecordSet": _record(record)} for action, record in changes]
    }
    if "Comment" in properties:
        batch["Comment"] = properties["Comment"]
    context.client("route53").change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)


def _record(properties: Properties) -> dict[str, Any]:
    """As Route 53's API has it: numbers are numbers, each value stands in a structure, names end with a dot."""
    made = {name: value for name, value in properties.items() if name not in _APART}
    made["Name"] = _dotted(made["Name"])
    if "TTL" in made:
        made["TTL"] = int(made["TTL"])
    if "ResourceRecords" in made:
        made["ResourceRecords"] = [{"Value": value} for value in made["ResourceRecords"]]
    if "AliasTarget" in made:
        made["AliasTarget"] = {"EvaluateTargetHealth": False, **made["AliasTarget"]}
    return made


def _dotted(name: str) -> str:
    return f"{name.rstrip('.')}."
