"""Policy documents: which of their statements concern a request."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.iam import conditions
from sandbox.iam.conditions import listed
from sandbox.iam.patterns import matches, resource_matches
from sandbox.iam.request import Grant, PolicyKind, Principal, Request, UnknownToSandboxError
from sandbox.iam.variables import substituted

_ELEMENTS = {"Sid", "Effect", "Principal", "Action", "NotAction", "Resource", "NotResource", "Condition"}


Statement = Mapping[str, Any]
Concerns = Callable[[Statement, Principal], bool]


def _everyone(*_: object) -> bool:
    return True


@dataclass(frozen=True)
class Policy:
    """One document. `name` is its ARN or, of one that is part of something, that with its name."""

    kind: PolicyKind
    name: str
    document: Mapping[str, Any]

    def applying(self, request: Request, effect: str, concerns: Concerns = _everyone) -> Iterator[Grant]:
        """The statements with this effect that apply to the request; of a resource's, those that it `concerns`.

        Raises:
            UnknownToSandboxError: one that would concern it says what is not known here.
        """
        variables = self.document.get("Version") == "2012-10-17"
        for number, statement in enumerate(listed(self.document.get("Statement", []))):
            if statement["Effect"] != effect:
                continue
            action = _matching_action(statement, request.action)
            if action is None or not concerns(statement, request.principal):
                continue
            unknown = sorted(statement.keys() - _ELEMENTS)
            if unknown:
                raise UnknownToSandboxError(f"the policy element {unknown[0]} in {self.name}")
            held = conditions.hold(statement.get("Condition", {}), request.keys, variables=variables)
            if held and _covers_resource(statement, request, variables):
                yield Grant(self.kind, self.name, statement.get("Sid") or str(number), action)


def names(statement: Statement, principal: Principal) -> bool:
    """Whether a resource's statement names the principal itself, or everyone."""
    if "NotPrincipal" in statement:
        raise UnknownToSandboxError("the policy element NotPrincipal")
    named = statement.get("Principal", {})
    if named == "*":
        return True
    if principal.is_service:
        return principal.name in listed(named.get("Service", [])) or "*" in listed(named.get("AWS", []))
    return any(each in ("*", principal.name, principal.role) for each in listed(named.get("AWS", [])))


def delegates(statement: Statement, principal: Principal) -> bool:
    """Whether a resource's statement leaves it to the principal's account: its root, or its number."""
    named = statement.get("Principal", {})
    if named == "*" or principal.is_service:
        return False
    return any(
        each == principal.account or each.endswith(f":iam::{principal.account}:root")
        for each in listed(named.get("AWS", []))
    )


def _matching_action(statement: Statement, action: str) -> str | None:
    """The entry that covers the action; with NotAction its whole list."""
    if "Action" in statement:
        return next((each for each in listed(statement["Action"]) if _covers(each, action)), None)
    excluded = listed(statement["NotAction"])
    return None if any(_covers(each, action) for each in excluded) else f"not {', '.join(excluded)}"


def _covers(pattern: str, action: str) -> bool:
    return matches(pattern.lower(), action.lower())


def _covers_resource(statement: Statement, request: Request, variables: bool) -> bool:
    element = "NotResource" if "NotResource" in statement else "Resource"
    patterns = listed(statement.get(element, "*"))  # a trust policy has none
    values = [substituted(each, request.keys) if variables else each for each in patterns]
    covered = any(resource_matches(each, request.resource) for each in values if each is not None)
    return covered is (element == "Resource")
