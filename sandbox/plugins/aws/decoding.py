"""API structure -> properties, seen through what the program set."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from sandbox.plugins.aws.mapping import COMPUTED, DocumentMapping, bare, below, pair_members
from sandbox.plugins.difference import in_order_of, same
from sandbox.plugins.values import Values

_ABSENT: Any = object()


def decode(mapping: DocumentMapping, live: Values, template: Values) -> Values:
    """The live structure as properties.

    What `template` has comes back in its spelling as long as it means the same. What it leaves out
    comes back only where the service has something else than it has of itself (`mapping.unset`).
    """
    return _Decoder(mapping).structure(live, mapping.shape, template, "")


class _Decoder:
    def __init__(self, mapping: DocumentMapping) -> None:
        self.mapping = mapping

    def structure(self, live: Values, shape: StructureShape, template: Values, key: str) -> Values:
        spelling = {name.rstrip("_").lower(): name for name in template}
        unseen = self.mapping.own | self.mapping.unread
        properties = {name: template[name] for name in template if below(key, name) in unseen}
        for known, steps in self.mapping.properties(shape, key):
            name = spelling.get(known.lower(), known)
            member = below(key, name)
            if member in unseen:
                continue
            found, kind = _fetch(live, shape, steps)
            if found is None:
                continue
            wanted = template.get(name, _ABSENT)
            value = self.value(found, kind, wanted, member)
            if wanted is not _ABSENT or not self.is_unset(member, value):
                properties[name] = value
        return properties

    def value(self, live: Any, shape: Shape | None, template: Any, key: str) -> Any:
        if isinstance(shape, StructureShape):
            return self.block(live, shape, template, key)
        if isinstance(shape, ListShape):
            return self.sequence(live, shape, template, key)
        if isinstance(shape, MapShape):
            return _aligned_map(live, template)
        if isinstance(live, list):
            aligned = [_aligned(item, _at(template, index)) for index, item in enumerate(live)]
            return self.ordered(aligned, template, key)
        return _aligned(live, template)

    def block(self, live: Values, shape: StructureShape, template: Any, key: str) -> Any:
        """A structure, as an object or as a list of one: as the program has it."""
        if isinstance(template, list):
            return [self.structure(live, shape, next(iter(template), {}), key)]
        return self.structure(live, shape, template if isinstance(template, dict) else {}, key)

    def sequence(self, live: list[Any], shape: ListShape, template: Any, key: str) -> Any:
        pair = pair_members(shape)
        if pair and not isinstance(template, list):
            return _aligned_map({item[pair[0]]: item.get(pair[1], "") for item in live}, template)
        folded = self.mapping.folded.get(key)
        if folded and isinstance(shape.member, ListShape):
            values = [self.fold(item, shape.member, _at(template, i), key, folded) for i, item in enumerate(live)]
        else:
            values = [self.value(item, shape.member, _at(template, i), key) for i, item in enumerate(live)]
        return self.ordered(values, template, key)

    def fold(self, live: list[Any], shape: ListShape, template: Any, key: str, name: str) -> Values:
        inner = template.get(name, _ABSENT) if isinstance(template, dict) else _ABSENT
        return {name: self.sequence(live, shape, inner, below(key, name))}

    def ordered(self, values: list[Any], template: Any, key: str) -> list[Any]:
        """In the order of `template`, where order means nothing."""
        return in_order_of(values, template) if key in self.mapping.unordered else values

    def is_unset(self, key: str, value: Any) -> bool:
        default = self.mapping.unset.get(key, _ABSENT)
        if default is _ABSENT:
            return value in (None, "", [], {}, False, 0)
        return default is COMPUTED or same(default, _aligned(value, default))


def _fetch(live: Values, shape: StructureShape, steps: list[str]) -> tuple[Any, Shape | None]:
    """What is kept at the end of the way, and its shape; None for texts of a map or of many elements."""
    step, rest = steps[0], steps[1:]
    value, member = live.get(bare(step)), shape.members[bare(step)]
    if value and isinstance(member, ListShape) and "[" in step:
        return _fetch_inside(value, member, step, rest)
    if not value or not rest:
        return value, member
    if isinstance(member, StructureShape):
        return _fetch(value, member, rest)
    return value.get(rest[0]), None


def _fetch_inside(live: list[Any], shape: ListShape, step: str, rest: list[str]) -> tuple[Any, Shape | None]:
    if step.endswith("[*]"):
        return [item.get(rest[0]) for item in live], None
    if rest and isinstance(shape.member, StructureShape):
        return _fetch(live[0], shape.member, rest)
    return live[0], shape.member


def _at(template: Any, index: int) -> Any:
    if not isinstance(template, list) or not template:
        return _ABSENT
    return template[index] if index < len(template) else _ABSENT


def _aligned_map(live: Mapping[str, Any], template: Any) -> Values:
    wanted = template if isinstance(template, dict) else {}
    return {name: _aligned(value, wanted.get(name, _ABSENT)) for name, value in live.items()}


def _aligned(live: Any, template: Any) -> Any:
    """`live`, or the program's own spelling of the same."""
    if isinstance(live, datetime):
        live = live.isoformat()
    elif isinstance(live, dict):
        live = json.dumps(live)  # botocore opens the policy documents of IAM
    if template is _ABSENT or live == template:
        return live
    if isinstance(template, str) != isinstance(live, str):
        return template if _text(template) == _text(live) else live
    return template if same(template, live) else live


def _text(value: Any) -> str:
    """A number or a truth value as a text; `"1"`, `1` and `1.0` alike."""
    if isinstance(value, bool):
        return str(value).lower()
    try:
        return repr(float(value))
    except (TypeError, ValueError):
        return str(value)
