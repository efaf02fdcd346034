"""The global condition keys: those that AWS supplies with every call, by who makes it and how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sandbox.iam.calls import Ask
from sandbox.iam.request import Keys, Principal, Request, Value

# What AWS supplies only to principals, networks and organisations that the sandbox doesn't have
_ABSENT = frozenset(
    {
        "aws:assumedroot",
        "aws:calledvia",
        "aws:calledviafirst",
        "aws:calledvialast",
        "aws:ec2instancesourceprivateipv4",
        "aws:ec2instancesourcevpc",
        "aws:federatedprovider",
        "aws:multifactorauthage",
        "aws:multifactorauthpresent",
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:principalservicename",
        "aws:principalservicenameslist",
        "aws:principaltype",
        "aws:referer",
        "aws:resourceorgid",
        "aws:resourceorgpaths",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceidentity",
        "aws:sourceowner",
        "aws:sourceorgid",
        "aws:sourceorgpaths",
        "aws:sourcevpc",
        "aws:sourcevpcarn",
        "aws:sourcevpce",
        "aws:userid",
        "aws:username",
        "aws:vpcsourceip",
    }
)


@dataclass(frozen=True)
class Circumstances:
    """How a call is made. `keys` are those that the calling service adds: aws:SourceArn, kms:ViaService, ….

    `tags` are the role's own; `role_id` is its unique id.
    """

    at: datetime
    region: str
    account_id: str
    tags: Mapping[str, str] = field(default_factory=dict)
    role_id: str = ""
    keys: Mapping[str, Value] = field(default_factory=dict)


def request(principal: Principal, ask: Ask, how: Circumstances) -> Request:
    """One ask of a call as IAM gets it, with the condition keys that AWS supplies for it and no others."""
    keys: dict[str, Value] = {
        "aws:CurrentTime": how.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "aws:EpochTime": str(int(how.at.timestamp())),
        "aws:SecureTransport": "true",  # requests to the sandbox stand for requests over TLS
        "aws:RequestedRegion": how.region,
        "aws:ResourceAccount": how.account_id,
        "aws:PrincipalIsAWSService": str(principal.is_service).lower(),
        "aws:ViaAWSService": "false",
    }
    if principal.is_service:
        keys["aws:PrincipalServiceName"] = principal.name
    else:
        keys |= {"aws:PrincipalArn": principal.role or principal.name, "aws:PrincipalAccount": principal.account}
        if ask.action.startswith("sns:"):
            keys["aws:SourceOwner"] = principal.account  # by which a topic's default policy lets its owner in
    if principal.role:
        session = principal.name.rpartition("/")[2]
        keys |= {"aws:PrincipalType": "AssumedRole", "aws:userid": f"{how.role_id}:{session}"}
        keys |= {f"aws:PrincipalTag/{name}": value for name, value in how.tags.items()}

    def is_known(key: str) -> bool:
        lowered = key.lower()
        return lowered in _ABSENT or lowered.startswith("aws:principaltag/") or ask.is_known(key)

    return Request(principal, ask.action, ask.resource, Keys({**keys, **ask.keys, **how.keys}, is_known))
