"""Where two values differ: member by member, and inside JSON that stands in a string."""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Final, cast


@dataclass(frozen=True)
class Marker:
    """Stands where there is no value to show."""

    text: str


ABSENT: Final = Marker("absent")
UNKNOWN: Final = Marker("known after the update")
SECRET: Final = Marker("a secret")

# By what a member of a list is known, whatever its place: statements, metric queries, rules, tags, widgets.
IDENTITIES = ("Sid", "id", "Id", "name", "Name", "key", "title")


@dataclass(frozen=True)
class Difference:
    """One place, `policy.Statement[Sid=Publish].Action[0]` say, and what stands there before and after."""

    path: str
    before: Any
    after: Any


def differences(before: Any, after: Any, path: str = "") -> Iterator[Difference]:
    """Every place in which they differ; nothing if they are the same."""
    before, after = _opened(before, after)
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        yield from _in_mappings(cast("Mapping[str, Any]", before), cast("Mapping[str, Any]", after), path)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _in_lists(cast("list[Any]", before), cast("list[Any]", after), path)
    elif (type(before) is not type(after) and not _are_numbers(before, after)) or before != after:
        yield Difference(path, before, after)


def parsed(text: Any) -> Any:
    """What a string of JSON holds, if that is a mapping or a list; anything else as it is."""
    if not isinstance(text, str) or not text.lstrip().startswith(("{", "[")):
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def _opened(before: Any, after: Any) -> tuple[Any, Any]:
    if isinstance(before, str) and isinstance(after, str) and before != after:
        inside = parsed(before), parsed(after)
        if type(inside[0]) is type(inside[1]):
            return inside
    return before, after


def _are_numbers(*values: Any) -> bool:
    return all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)


def _in_mappings(before: Mapping[str, Any], after: Mapping[str, Any], path: str) -> Iterator[Difference]:
    for key in dict.fromkeys((*before, *after)):
        there = f"{path}.{key}" if path else key
        yield from differences(before.get(key, ABSENT), after.get(key, ABSENT), there)


def _in_lists(before: Sequence[Any], after: Sequence[Any], path: str) -> Iterator[Difference]:
    old, new = _by_identity(before), _by_identity(after)
    if old is None or new is None:
        yield from _by_place(before, after, path)
        return
    for known in dict.fromkeys((*old, *new)):
        yield from differences(old.get(known, ABSENT), new.get(known, ABSENT), f"{path}[{known[0]}={known[1]}]")
    stayed_before = [known for known in old if known in new]
    stayed_after = [known for known in new if known in old]
    if stayed_before != stayed_after:
        yield Difference(f"{path} in order", [name for _, name in stayed_before], [name for _, name in stayed_after])


def _by_identity(items: Sequence[Any]) -> dict[tuple[str, Hashable], Any] | None:
    """The members by what each is known by; None if not each has something of its own."""
    known: dict[tuple[str, Hashable], Any] = {}
    for item in items:
        identity = _identity(item)
        if identity is None or identity in known:
            return None
        known[identity] = item
    return known


def _identity(item: Any) -> tuple[str, Hashable] | None:
    if not isinstance(item, Mapping):
        return None
    members = cast("Mapping[str, Any]", item)
    for place in (members, members.get("properties")):  # a widget has its title there
        if not isinstance(place, Mapping):
            continue
        for key in IDENTITIES:
            if isinstance(value := cast("Mapping[str, Any]", place).get(key), str | int):
                return key, value
    return None


def _by_place(before: Sequence[Any], after: Sequence[Any], path: str) -> Iterator[Difference]:
    old, new = [_key(item) for item in before], [_key(item) for item in after]
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        pairs = min(i2 - i1, j2 - j1)
        for offset in range(pairs):
            item = after[j1 + offset]
            yield from differences(before[i1 + offset], item, f"{path}[{_place(j1 + offset, item)}]")
        yield from (Difference(f"{path}[{_place(at, before[at])}]", before[at], ABSENT) for at in range(i1 + pairs, i2))
        yield from (Difference(f"{path}[{_place(at, after[at])}]", ABSENT, after[at]) for at in range(j1 + pairs, j2))


def _place(at: int, item: Any) -> str:
    """Where a member stands, and what it is known by, if by anything."""
    identity = _identity(item)
    return f"{at}: {identity[1]}" if identity else str(at)


def _key(item: Any) -> str:
    return json.dumps(item, sort_keys=True, default=str)
