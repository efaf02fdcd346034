"""Whether a resource policy lets an AWS service in: what silently stops an alarm's message on AWS."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

Policy = Mapping[str, Any]


def allows(policy: Policy, service: str, action: str, context: Mapping[str, str]) -> bool:
    """Whether `policy` allows `service` ("cloudwatch.amazonaws.com") the action on its resource.

    `context` holds the condition keys in lower case. An unknown condition never allows and always denies.
    """
    applying = [s for s in _statements(policy) if _concerns(s, service, action)]
    if any(s["Effect"] == "Deny" and _conditions_hold(s, context, unknown=True) for s in applying):
        return False
    return any(s["Effect"] == "Allow" and _conditions_hold(s, context, unknown=False) for s in applying)


def _statements(policy: Policy) -> Iterable[Mapping[str, Any]]:
    statements = policy.get("Statement", [])
    return [statements] if isinstance(statements, Mapping) else statements


def _concerns(statement: Mapping[str, Any], service: str, action: str) -> bool:
    return _is_principal(statement.get("Principal"), service) and any(
        fnmatchcase(action.lower(), pattern.lower()) for pattern in _listed(statement.get("Action", []))
    )


def _is_principal(principal: Any, service: str) -> bool:
    if isinstance(principal, Mapping):
        return service in _listed(principal.get("Service", [])) or "*" in _listed(principal.get("AWS", []))
    return principal == "*"


def _conditions_hold(statement: Mapping[str, Any], context: Mapping[str, str], *, unknown: bool) -> bool:
    for operator, tests in statement.get("Condition", {}).items():
        for key, expected in tests.items():
            holds = _holds(operator, context.get(key.lower()), [str(each) for each in _listed(expected)])
            if not (unknown if holds is None else holds):
                return False
    return True


def _holds(operator: str, actual: str | None, expected: list[str]) -> bool | None:
    """Whether one condition holds; None where its operator is not known here."""
    if operator.endswith("IfExists"):
        return True if actual is None else _holds(operator.removesuffix("IfExists"), actual, expected)
    negated = "Not" in operator
    matched = _matched(operator.replace("Not", ""), actual, expected)
    return matched if matched is None or not negated else not matched


def _matched(operator: str, actual: str | None, expected: list[str]) -> bool | None:
    if operator in ("StringEquals", "Bool"):
        return actual is not None and any(
            actual == each or (operator == "Bool" and actual.lower() == each.lower()) for each in expected
        )
    if operator in ("StringLike", "ArnLike", "ArnEquals"):
        return actual is not None and any(fnmatchcase(actual, each) for each in expected)
    return None


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
