"""One condition of an event pattern: a plain value or `{"prefix": "web-"}`, read as AWS's Event Ruler reads it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from ipaddress import ip_address, ip_network
from typing import Any

ABSENT = object()  # what a field without a value is tested as
Test = Callable[[Any], bool]
_RANGE: dict[str, Callable[[float, float], bool]] = {
    "=": lambda value, bound: value == bound,
    "<": lambda value, bound: value < bound,
    "<=": lambda value, bound: value <= bound,
    ">": lambda value, bound: value > bound,
    ">=": lambda value, bound: value >= bound,
}
_LARGEST = 5e9  # Event Ruler compares numbers up to five billion
_MOST_BITS = 128


class EventPatternError(ValueError):
    """A pattern that EventBridge refuses, and why."""


def read_test(condition: Any) -> Test:
    """The test that a condition stands for. Raises EventPatternError."""
    if isinstance(condition, list):
        raise EventPatternError("Match value must be String, number, true, false, or null")
    if not isinstance(condition, Mapping):
        return lambda value: _same(value, condition)
    if not condition:
        raise EventPatternError("Match expression name not found")
    name, operand = next(iter(condition.items()))
    if name not in _READERS:
        raise EventPatternError(f"Unrecognized match type {name}")
    test = _READERS[name](operand)
    if len(condition) > 1:
        raise EventPatternError("Only one key allowed in match expression")
    return test


def _same(value: Any, wanted: Any) -> bool:
    if isinstance(wanted, bool) or isinstance(value, bool) or wanted is None:
        return value is wanted
    return value == wanted


def _text(operand: Any, name: str) -> str:
    if not isinstance(operand, str):
        raise EventPatternError(f"{name} match pattern must be a string")
    return operand


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _exact(operand: Any) -> Test:
    text = _text(operand, "exact")
    return lambda value: value == text


def _prefix(operand: Any) -> Test:
    return _affix(operand, "prefix", str.startswith)


def _suffix(operand: Any) -> Test:
    return _affix(operand, "suffix", str.endswith)


def _affix(operand: Any, name: str, has: Callable[[str, str], bool]) -> Test:
    if isinstance(operand, Mapping) and list(operand) == ["equals-ignore-case"]:
        folded = _text(operand["equals-ignore-case"], "equals-ignore-case").lower()
        return lambda value: isinstance(value, str) and has(value.lower(), folded)
    text = _text(operand, name)
    return lambda value: isinstance(value, str) and has(value, text)


def _ignore_case(operand: Any) -> Test:
    text = _text(operand, "equals-ignore-case").lower()
    return lambda value: isinstance(value, str) and value.lower() == text


def _exists(operand: Any) -> Test:
    if not isinstance(operand, bool):
        raise EventPatternError("exists match pattern must be either true or false.")
    return lambda value: (value is not ABSENT) is operand


def _wildcard(operand: Any) -> Test:
    text = _text(operand, "wildcard")
    expression, position = "", 0
    while position < len(text):
        letter = text[position]
        if letter == "\\":
            position += 1
            if text[position : position + 1] not in ("*", "\\"):
                raise EventPatternError(f"Invalid escape character at pos {position}")
            expression += re.escape(text[position])
        elif letter == "*":
            if text[position + 1 : position + 2] == "*":
                raise EventPatternError(f"Consecutive wildcard characters at pos {position + 1}")
            expression += ".*"
        else:
            expression += re.escape(letter)
        position += 1
    _check_complexity(text)
    compiled = re.compile(expression, re.DOTALL)
    return lambda value: isinstance(value, str) and compiled.fullmatch(value) is not None


def _check_complexity(text: str) -> None:
    """AWS's measure is its machine's size. Known of it: what follows a wildcard must not come again and again."""
    after = [part[:1] for part in re.split(r"(?<!\\)\*", text)[1:] if part]
    if max((after.count(each) for each in after), default=0) > 3:  # noqa: PLR2004 - five are refused, two are not
        raise EventPatternError(
            "Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after "
            "a wildcard character"
        )


def _numeric(operand: Any) -> Test:
    if not isinstance(operand, list):
        raise EventPatternError("Value of numeric must be an array.")
    bounds: list[tuple[str, float]] = []
    left: list[Any] = list(operand)
    while left:
        operator = left.pop(0)
        if not isinstance(operator, str):
            raise EventPatternError(f"Invalid member in numeric match: {operator}")
        if operator not in _RANGE:
            raise EventPatternError(f"Unrecognized numeric range operator: {operator}")
        if bounds and operator not in ("<", "<="):
            raise EventPatternError(f"Bad numeric range operator: {operator}")
        bound = left.pop(0) if left else math.nan
        if not _is_number(bound) or math.isnan(bound):
            raise EventPatternError(f"Value of {'equals' if operator == '=' else operator} must be numeric")
        if not -_LARGEST <= bound <= _LARGEST:
            raise EventPatternError("Value must be between -5.0E9 and 5.0E9, inclusive")
        bounds.append((operator, bound))
        if left and (len(bounds) > 1 or bounds[0][0] not in (">", ">=")):
            raise EventPatternError("Too many elements in numeric expression")
    if not bounds:
        raise EventPatternError("Invalid member in numeric match: ]")
    if len(bounds) > 1 and bounds[0][1] >= bounds[1][1]:
        raise EventPatternError("Bottom must be less than top")
    return lambda value: _is_number(value) and all(_RANGE[operator](value, bound) for operator, bound in bounds)


def _cidr(operand: Any) -> Test:
    text = _text(operand, "prefix")  # the word that AWS uses here
    if text.count("/") != 1:
        raise EventPatternError("Malformed CIDR, one '/' required")
    address, bits = text.split("/")
    if not bits.isdigit():
        raise EventPatternError("Malformed CIDR, mask bits must be an integer")
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        if int(bits) > _MOST_BITS or _is_address(address):
            raise EventPatternError("Malformed CIDR, mask bits must not exceed the address's") from None
        raise EventPatternError(f"Nonstandard IP address: {address}") from None
    return lambda value: isinstance(value, str) and _is_address(value) and ip_address(value) in network


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _anything_but(operand: Any) -> Test:
    if isinstance(operand, Mapping):
        return _anything_but_like(operand)
    if not isinstance(operand, list):
        if not isinstance(operand, str) and not _is_number(operand):
            raise _not_for_anything_but()
        return lambda value: value is not ABSENT and not _same(value, operand)
    values: Sequence[Any] = operand
    if not all(isinstance(each, str) or _is_number(each) for each in values):
        raise EventPatternError("Inside anything but list, start|null|boolean is not supported.")
    if len({isinstance(each, str) for each in values}) != 1:
        raise EventPatternError(
            "Inside anything but list, either all values are number or string, mixed type is not supported"
        )
    return lambda value: value is not ABSENT and not any(_same(value, each) for each in values)


def _anything_but_like(operand: Mapping[str, Any]) -> Test:
    name = next(iter(operand), None)
    if name is None:
        raise EventPatternError("Anything-But expression name not found")
    if name not in ("prefix", "suffix", "equals-ignore-case", "wildcard"):
        raise EventPatternError(f"Unsupported anything-but pattern: {name}")
    values = operand[name] if isinstance(operand[name], list) else [operand[name]]
    if isinstance(operand[name], Mapping) and name in ("prefix", "suffix"):
        raise _not_for_anything_but()
    if not all(isinstance(each, str) for each in values):
        raise EventPatternError(
            {
                "wildcard": "wildcard match pattern must be a string",
                "equals-ignore-case": "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not "
                "supported.",
            }.get(name, "prefix/suffix match pattern must be a string")
        )
    if name in ("prefix", "suffix") and "" in values:
        raise EventPatternError("Null prefix/suffix not allowed")
    if not values:
        raise EventPatternError("Empty arrays are not allowed")
    if len(operand) > 1:
        raise EventPatternError("Only one key allowed in match expression")
    tests = [_READERS[name](each) for each in values]
    return lambda value: value is not ABSENT and not any(test(value) for test in tests)


def _not_for_anything_but() -> EventPatternError:
    return EventPatternError("Value of anything-but must be an array or single string/number value.")


_READERS: dict[str, Callable[[Any], Test]] = {
    "exact": _exact,
    "prefix": _prefix,
    "suffix": _suffix,
    "equals-ignore-case": _ignore_case,
    "wildcard": _wildcard,
    "exists": _exists,
    "numeric": _numeric,
    "cidr": _cidr,
    "anything-but": _anything_but,
}
