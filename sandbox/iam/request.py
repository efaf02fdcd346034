"""What is asked of IAM, and its answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

Value = str | tuple[str, ...]


class UnknownToSandboxError(Exception):
    """A policy says something that AWS evaluates and this engine does not: never taken for true or false."""


@dataclass(frozen=True)
class Principal:
    """Who calls. `name` is what a denial names: an ARN, or a service such as events.amazonaws.com."""

    name: str
    account: str = ""  # empty for a service
    role: str = ""  # the role's ARN, of a session

    @classmethod
    def of_service(cls, service: str) -> Principal:
        return cls(service)

    @classmethod
    def of_session(cls, role_arn: str, session: str) -> Principal:
        """A session of a role, as sts:AssumeRole names it."""
        partition, account = role_arn.split(":")[1], role_arn.split(":")[4]
        role = role_arn.rpartition("/")[2]
        return cls(f"arn:{partition}:sts::{account}:assumed-role/{role}/{session}", account, role_arn)

    @property
    def is_service(self) -> bool:
        return not self.account


class Keys:
    """The condition keys of one request. Names compare without case.

    `is_known` says of a key without a value whether AWS supplies none for this request either; of any other
    key nothing is known here.
    """

    def __init__(self, values: Mapping[str, Value], is_known: Callable[[str], bool]) -> None:
        self._values = {name.lower(): value for name, value in values.items()}
        self._is_known = is_known

    def get(self, name: str) -> Value | None:
        """The value; None where the request has no such key.

        Raises:
            UnknownToSandboxError: a key of which the sandbox cannot say whether AWS supplies it.
        """
        value = self._values.get(name.lower())
        if value is None and not self._is_known(name):
            raise UnknownToSandboxError(f"the condition key {name}")
        return value


@dataclass(frozen=True)
class Request:
    """One action on one resource."""

    principal: Principal
    action: str  # service:Action
    resource: str  # an ARN, or *
    keys: Keys = field(compare=False)


class PolicyKind(StrEnum):
    """As AWS's denials name them."""

    IDENTITY = "identity-based policy"
    RESOURCE = "resource-based policy"
    BOUNDARY = "permissions boundary"
    TRUST = "role trust policy"


@dataclass(frozen=True)
class Grant:
    """What in a policy matched: a statement by its Sid or number, and one entry of its Action."""

    kind: PolicyKind
    policy: str
    statement: str
    action: str


@dataclass(frozen=True)
class Decision:
    """IAM's answer. `grants` are all the statements that allow it, or those that deny it."""

    request: Request
    allowed: bool
    grants: Sequence[Grant] = ()
    reason: str = ""

    @property
    def message(self) -> str:
        """A denial in AWS's words."""
        request = self.request
        # Each service writes it itself: S3 puts the resource in quotes, SNS its own name in capitals
        resource = f'"{request.resource}"' if request.action.startswith("s3:") else request.resource
        action = re.sub("^sns:", "SNS:", request.action)
        reason = self.reason.replace(request.action, action)
        return f"User: {request.principal.name} is not authorized to perform: {action} on resource: {resource} {reason}"
