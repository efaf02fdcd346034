"""How the properties of a resource type correspond to the AWS API structure that holds them.

Names correspond when they differ in upper and lower case only; any other correspondence is a rename.
A rename's target is a path in the API structure: `a.b` goes into a member, `a[]` makes a list of one,
`a[*].b` goes into each element of a list. A step may also lead into a map of texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.model import ListShape, Shape, StructureShape

from sandbox.plugins.values import Values

COMPUTED = object()
"""In `DocumentMapping.unset`: the service chooses a value of its own."""

_PAIRS = (["key", "value"], ["tagkey", "tagvalue"], ["name", "value"])


@dataclass(frozen=True)
class DocumentMapping:
    """The correspondence for one resource type; every key is a property path without indexes."""

    shape: StructureShape
    renames: Mapping[str, str] = field(default_factory=dict)
    own: frozenset[str] = frozenset()
    """Properties that the provider keeps to itself."""
    unread: frozenset[str] = frozenset()
    """Properties that the provider sends and never reads back, so nobody sees them change."""
    constant: Mapping[str, Any] = field(default_factory=dict)
    """Members of the API structure that are the same for every resource of the type."""
    unordered: frozenset[str] = frozenset()
    """Lists whose order means nothing."""
    folded: Mapping[str, str] = field(default_factory=dict)
    """Lists of lists, whose inner lists Pulumi writes as objects with this one member."""
    unset: Mapping[str, Any] = field(default_factory=dict)
    """What the service has where the program says nothing; any other value is drift."""

    def steps(self, shape: StructureShape, key: str, name: str) -> list[str] | None:
        """The way from `shape` to where the property is kept; None when the API has no such place."""
        if key in self.renames:
            return self.renames[key].split(".")
        wanted = name.rstrip("_").lower()
        member = next((member for member in shape.members if member.lower() == wanted), None)
        return None if member is None else [member]

    def properties(self, shape: StructureShape, key: str) -> Iterator[tuple[str, list[str]]]:
        """Each property that can be kept in `shape`, with the way there."""
        renamed: set[str] = set()
        for path, target in self.renames.items():
            parent, _, name = path.rpartition(".")
            if parent == key:
                steps = target.split(".")
                renamed.add(bare(steps[0]))
                yield name, steps
        for member in shape.members:
            if member not in renamed:
                yield _camel_case(member), [member]

    def defaults(self) -> Values:
        """What the service has for top-level properties that the program leaves out."""
        return {key: value for key, value in self.unset.items() if "." not in key and value is not COMPUTED}


def bare(step: str) -> str:
    """The member that a step leads to."""
    return step.split("[", maxsplit=1)[0]


def below(key: str, name: str) -> str:
    return f"{key}.{name}" if key else name


def pair_members(shape: Shape) -> tuple[str, str] | None:
    """The names of key and value, where AWS writes a map as a list of pairs."""
    if not isinstance(shape, ListShape) or not isinstance(shape.member, StructureShape):
        return None
    names = list(shape.member.members)
    if [name.lower() for name in names] in _PAIRS:
        return names[0], names[1]
    return None


def _camel_case(member: str) -> str:
    """`AlarmActions` -> `alarmActions`, `SSEAlgorithm` -> `sseAlgorithm`."""
    return re.sub(r"^[A-Z]+(?=[A-Z][a-z])|^[A-Z]+", lambda head: head.group().lower(), member)
