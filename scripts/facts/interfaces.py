"""Network interfaces: what an address in a VPC belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import FilterTypeDef

# A filter takes so many values.
VALUES = 200


@dataclass(frozen=True)
class Interface:
    """A network interface, its addresses and the security groups that it carries."""

    id: str
    addresses: frozenset[str]
    security_groups: frozenset[str]
    in_use: bool


def read_interfaces(client: EC2Client, security_groups: Sequence[str]) -> tuple[Interface, ...]:
    """Every interface that carries any of these security groups, each once."""
    found: dict[str, Interface] = {}
    for start in range(0, len(security_groups), VALUES):
        carrying: FilterTypeDef = {"Name": "group-id", "Values": list(security_groups[start : start + VALUES])}
        for page in client.get_paginator("describe_network_interfaces").paginate(Filters=[carrying]):
            for one in page.get("NetworkInterfaces", []):
                addresses = [each.get("PrivateIpAddress", "") for each in one.get("PrivateIpAddresses", [])]
                addresses += [each.get("Ipv6Address", "") for each in one.get("Ipv6Addresses", [])]
                interface = Interface(
                    id=one.get("NetworkInterfaceId", ""),
                    addresses=frozenset(filter(None, [one.get("PrivateIpAddress", ""), *addresses])),
                    security_groups=frozenset(each.get("GroupId", "") for each in one.get("Groups", [])),
                    in_use=one.get("Status") == "in-use",
                )
                found[interface.id] = interface
    return tuple(found[each] for each in sorted(found))
