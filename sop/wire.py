"""How a contract's dataclasses are told as plain JSON, in camelCase, and read again."""

from __future__ import annotations

import math
import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from reprlib import repr as shown
from typing import Any, Union, cast, get_args, get_origin, get_type_hints

# What Pulumi prints in the place of a secret, and the key under which a stack's state has it encrypted.
MASK = "[secret]"
SIGNATURE = "4dabf18193072939515e22adb298388d"
HIDDEN = "a secret"  # how the problem of such an output ends


def camel_case(name: str) -> str:
    """`pipeline_name` -> `pipelineName`: how a field is called on the wire."""
    head, *tail = name.split("_")
    return head + "".join(part.capitalize() for part in tail)


def wire_names(contract: type) -> set[str]:
    """The keys that `contract`, one of the dataclasses of sop.outputs, has on the wire."""
    return {camel_case(field.name) for field in fields(contract)}


def to_wire(value: Any) -> Any:
    """A contract object as plain camelCase data; anything else (an Output, say) is left as it is."""
    if is_dataclass(value) and not isinstance(value, type):
        return {camel_case(field.name): to_wire(getattr(value, field.name)) for field in fields(value)}
    return value


def decode(expected: Any, value: Any, path: str, problems: list[str]) -> Any:
    """`value` as the type `expected`; what is not of it adds a line to the problems, which begins with its path."""
    options = get_args(expected) if get_origin(expected) in (Union, types.UnionType) else (expected,)
    if Any in options or (value is None and types.NoneType in options):
        return value
    expected = next(option for option in options if option is not types.NoneType)
    if is_secret(value):
        problems.append(f"{path}: expected {described(expected)}, found {HIDDEN}")
        return None
    if is_dataclass(expected):
        return _decode_object(cast("type", expected), value, path, problems)
    if get_origin(expected) in (list, dict):
        return _decode_collection(expected, value, path, problems)
    if not _is_scalar(expected, value):
        problems.append(f"{path}: expected {described(expected)}, found {shown(value)}")
        return None
    # Pulumi keeps every number as a float, so a whole one may arrive as 2.0
    return expected(value)


def _decode_collection(expected: Any, value: Any, path: str, problems: list[str]) -> Any:
    item = get_args(expected)[-1]
    if get_origin(expected) is list and isinstance(value, list):
        entries = cast("list[Any]", value)
        return [decode(item, entry, f"{path}[{i}]", problems) for i, entry in enumerate(entries)]
    if get_origin(expected) is dict and isinstance(value, Mapping):
        named = cast("Mapping[str, Any]", value)
        return {key: decode(item, entry, f"{path}.{key}", problems) for key, entry in named.items()}
    problems.append(f"{path}: expected {described(expected)}, found {shown(value)}")
    return None


def _is_scalar(expected: type, value: Any) -> bool:
    if expected not in (int, float):
        return isinstance(value, expected)
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    try:
        # JSON has neither NaN nor Infinity, but Python reads them
        return math.isfinite(value) and (expected is float or value == int(value))
    except OverflowError:
        return False


def is_secret(value: Any) -> bool:
    """Whether Pulumi has hidden the value, or encrypted it."""
    return value == MASK or (isinstance(value, Mapping) and SIGNATURE in value)


def _decode_object(expected: type, value: Any, path: str, problems: list[str]) -> Any:
    if not isinstance(value, Mapping):
        problems.append(f"{path}: expected {described(expected)}, found {shown(value)}")
        return None
    given = cast("Mapping[str, Any]", value)
    decoded: dict[str, Any] = {}
    for name, key, hint in _members(expected):
        at = f"{path}.{key}" if path else key
        if key not in given:
            if types.NoneType not in get_args(hint):
                problems.append(f"{at}: missing")
            decoded[name] = None
            continue
        decoded[name] = decode(hint, given[key], at, problems)
    return None if problems else expected(**decoded)


@cache
def _members(contract: type) -> list[tuple[str, str, Any]]:
    """The name, the key and the type of each field: telling the types takes most of the time of reading."""
    hints = get_type_hints(contract)
    return [(field.name, camel_case(field.name), hints[field.name]) for field in fields(contract)]


def described(expected: Any) -> str:
    """A type in words, as JSON has it."""
    if is_dataclass(expected) or get_origin(expected) is dict:
        return "an object"
    if get_origin(expected) is list:
        return f"a list of {described(get_args(expected)[0])}"
    return {str: "a string", int: "a whole number", float: "a number", bool: "true or false"}.get(
        expected, str(expected)
    )
