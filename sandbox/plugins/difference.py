"""What differs between two sets of properties, said the way Pulumi shows it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

from sandbox.plugins.values import UNKNOWN, Values

_MISSING = object()
_PLAIN = re.compile(r"[A-Za-z_$][\w$]*")


class Change(Enum):
    ADD = "add"
    DELETE = "delete"
    UPDATE = "update"


@dataclass(frozen=True)
class Difference:
    """One place where the properties differ, as a Pulumi property path."""

    path: str
    change: Change

    @property
    def property(self) -> str:
        """The top-level property it lies in."""
        return re.split(r"[.\[]", self.path, maxsplit=1)[0]


def differences(old: Values, new: Values, unordered: frozenset[str] = frozenset()) -> list[Difference]:
    """Every leaf that was added, deleted or changed.

    JSON documents count as equal when they say the same, and so do the lists named in `unordered`
    (property paths without indexes) when they hold the same.
    """
    return list(_compare(old, new, "", "", unordered))


def lasting(new: Values, unsent: frozenset[str]) -> list[Difference]:
    """What differs however often it is applied, because it is never sent (`unsent`: paths without indexes)."""
    return [Difference(path, Change.ADD) for path, key in _leaves(new, "", "") if key in unsent]


def same(old: Any, new: Any) -> bool:
    """Equal, or two JSON texts of the same document."""
    if isinstance(old, str) and isinstance(new, str):
        return old == new or (is_json(old) and canonical(old) == canonical(new))
    if isinstance(old, bool) != isinstance(new, bool):
        return False
    return old == new


def is_json(text: str) -> bool:
    return text.lstrip()[:1] in ("{", "[")


def canonical(text: str) -> str:
    """The JSON document in one spelling; what is no JSON as it is."""
    try:
        return json.dumps(json.loads(text), sort_keys=True)
    except ValueError:
        return text


def sort_key(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=repr)


def in_order_of(values: list[Any], wanted: Any) -> list[Any]:
    """`values` in the order in which `wanted`, a list if anything, has them; new ones last."""
    places = {sort_key(item): index for index, item in enumerate(wanted if isinstance(wanted, list) else [])}
    return sorted(values, key=lambda value: places.get(sort_key(value), len(places)))


def join(path: str, name: str) -> str:
    """A property path and the name of a member in it."""
    if _PLAIN.fullmatch(name):
        return f"{path}.{name}" if path else name
    return f"{path}[{json.dumps(name)}]"


def _leaves(value: Any, path: str, key: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _leaves(item, join(path, name), f"{key}.{name}" if key else name)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _leaves(item, f"{path}[{index}]", key)
    else:
        yield path, key


def _compare(old: Any, new: Any, path: str, key: str, unordered: frozenset[str]) -> Iterator[Difference]:
    if old is _MISSING:
        yield Difference(path, Change.ADD)
    elif new is _MISSING:
        yield Difference(path, Change.DELETE)
    elif isinstance(old, dict) and isinstance(new, dict):
        for name in sorted(old.keys() | new.keys()):
            member = f"{key}.{name}" if key else name
            yield from _compare(old.get(name, _MISSING), new.get(name, _MISSING), join(path, name), member, unordered)
    elif isinstance(old, list) and isinstance(new, list):
        if key in unordered:
            old, new = sorted(old, key=sort_key), sorted(new, key=sort_key)
        for index in range(max(len(old), len(new))):
            before = old[index] if index < len(old) else _MISSING
            after = new[index] if index < len(new) else _MISSING
            yield from _compare(before, after, f"{path}[{index}]", key, unordered)
    elif new is UNKNOWN or not same(old, new):
        yield Difference(path, Change.UPDATE)
