"""Condition blocks. Every operator and every key of a block must hold; of a key's values, one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from ipaddress import ip_address, ip_network
from typing import Any

from sandbox.iam.patterns import arn_matches, matches
from sandbox.iam.request import Keys, UnknownToSandboxError
from sandbox.iam.variables import substituted

_Test = Callable[[str, str], bool]  # the policy's value, the request's value
_SETS = ("ForAnyValue:", "ForAllValues:")
_NEGATED = (
    "StringNotEquals",
    "StringNotEqualsIgnoreCase",
    "StringNotLike",
    "ArnNotEquals",
    "ArnNotLike",
    "NumericNotEquals",
    "DateNotEquals",
    "NotIpAddress",
)


def hold(block: Mapping[str, Any], keys: Keys, *, variables: bool) -> bool:
    """Whether a statement's conditions hold; `variables` where its policy's version has them.

    Raises:
        UnknownToSandboxError: an operator or a key that is not known here.
    """
    # All are looked at, so that what is unknown is refused wherever it stands
    held = [_holds(op, key, listed(value), keys, variables) for op, key, value in _tests(block)]
    return all(held)


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _tests(block: Mapping[str, Any]) -> list[tuple[str, str, Any]]:
    return [(operator, key, value) for operator, tests in block.items() for key, value in tests.items()]


def _holds(operator: str, key: str, wanted: Sequence[Any], keys: Keys, variables: bool) -> bool:
    set_operator = next((prefix for prefix in _SETS if operator.startswith(prefix)), "")
    name = operator.removeprefix(set_operator)
    optional = name.endswith("IfExists")
    name = name.removesuffix("IfExists")
    if set_operator and optional:
        raise UnknownToSandboxError(f"the condition operator {operator}")
    actual = keys.get(key)
    if name == "Null":
        return (actual is None) in [str(each).lower() == "true" for each in wanted]
    negated, test = _operator(name)
    if actual is None:
        return optional or set_operator == "ForAllValues:" or (negated and not set_operator)
    texts = [_text(each) for each in wanted]
    patterns = [substituted(each, keys) if variables and _knows_variables(name) else each for each in texts]

    def one(value: str) -> bool:
        return any(test(pattern, value) for pattern in patterns if pattern is not None) is not negated

    if set_operator:
        values = (actual,) if isinstance(actual, str) else actual
        return any(map(one, values)) if set_operator == "ForAnyValue:" else all(map(one, values))
    if not isinstance(actual, str):
        raise UnknownToSandboxError(f"the operator {operator} on {key}, which has several values")
    return one(actual)


def _operator(name: str) -> tuple[bool, _Test]:
    """Whether the operator says "not", and what it says about one value."""
    negated = name in _NEGATED
    try:
        return negated, _TESTS[name.replace("Not", "") if negated else name]
    except KeyError:
        raise UnknownToSandboxError(f"the condition operator {name}") from None


def _knows_variables(operator: str) -> bool:
    return operator.startswith(("String", "Arn"))


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _equal(wanted: str, actual: str) -> bool:
    return _plain(wanted) == actual


def _plain(pattern: str) -> str:
    """The text that a pattern without wildcards stands for."""
    for character in "*?$":
        pattern = pattern.replace(f"${{{character}}}", character)
    return pattern


def _same_without_case(wanted: str, actual: str) -> bool:
    return _plain(wanted).lower() == actual.lower()


def _number(compare: Callable[[float, float], bool]) -> _Test:
    return lambda wanted, actual: compare(float(actual), float(wanted))


def _date(compare: Callable[[float, float], bool]) -> _Test:
    return lambda wanted, actual: compare(_epoch(actual), _epoch(wanted))


def _epoch(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _in_range(wanted: str, actual: str) -> bool:
    return ip_address(actual) in ip_network(wanted, strict=False)


_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "Equals": lambda actual, wanted: actual == wanted,
    "LessThan": lambda actual, wanted: actual < wanted,
    "LessThanEquals": lambda actual, wanted: actual <= wanted,
    "GreaterThan": lambda actual, wanted: actual > wanted,
    "GreaterThanEquals": lambda actual, wanted: actual >= wanted,
}
_TESTS: Mapping[str, _Test] = {
    "StringEquals": _equal,
    "StringEqualsIgnoreCase": _same_without_case,
    "StringLike": matches,
    "ArnEquals": arn_matches,
    "ArnLike": arn_matches,
    "Bool": _same_without_case,
    "IpAddress": _in_range,
    **{f"Numeric{name}": _number(compare) for name, compare in _COMPARISONS.items()},
    **{f"Date{name}": _date(compare) for name, compare in _COMPARISONS.items()},
}
