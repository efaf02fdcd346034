"""Properties -> API structure, with every reason for which the service would refuse them."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from sandbox.plugins.aws.mapping import DocumentMapping, bare, below, pair_members
from sandbox.plugins.aws.validation import scalar_problem, size_problem
from sandbox.plugins.difference import join
from sandbox.plugins.resource import Failure
from sandbox.plugins.values import UNKNOWN, Values


def encode(mapping: DocumentMapping, properties: Values) -> tuple[Values, list[Failure]]:
    """The API structure; a property that has no place in it is a failure, never dropped."""
    encoder = _Encoder(mapping)
    document = encoder.structure(properties, mapping.shape, _Place("", ""))
    return document, encoder.failures


@dataclass(frozen=True)
class _Place:
    """Where a value stands: `path` as Pulumi says it, `key` the same without indexes."""

    path: str
    key: str

    def member(self, name: str) -> _Place:
        return _Place(join(self.path, name), below(self.key, name))

    def item(self, index: int) -> _Place:
        return _Place(f"{self.path}[{index}]", self.key)


class _Encoder:
    def __init__(self, mapping: DocumentMapping) -> None:
        self.mapping = mapping
        self.failures: list[Failure] = []

    def fail(self, place: _Place, reason: str) -> Any:
        self.failures.append(Failure(place.path, f"{place.path}: {reason}"))
        return UNKNOWN

    def value(self, value: Any, shape: Shape, place: _Place) -> Any:
        if value is UNKNOWN:
            return UNKNOWN
        if isinstance(shape, StructureShape):
            return self.block(value, shape, place)
        if isinstance(shape, ListShape):
            return self.sequence(value, shape, place)
        if isinstance(shape, MapShape):
            return self.map(value, shape, place)
        plain, problem = scalar_problem(value, shape)
        return self.fail(place, problem) if problem else plain

    def block(self, value: Any, shape: StructureShape, place: _Place) -> Any:
        """A structure, which Pulumi writes as an object or as a list of one."""
        if isinstance(value, list):
            if len(value) != 1:
                return self.fail(place, f"exactly one element is allowed, found {len(value)}")
            return self.value(value[0], shape, place.item(0))
        if not isinstance(value, dict):
            return self.fail(place, f"an object is expected, found {value!r}")
        return self.structure(value, shape, place)

    def structure(self, value: Values, shape: StructureShape, place: _Place) -> Values:
        document: Values = {} if place.key else dict(self.mapping.constant)
        for name, item in value.items():
            here = place.member(name)
            if here.key in self.mapping.own:
                continue
            steps = self.mapping.steps(shape, here.key, name)
            if steps is None:
                self.fail(here, self.unknown(shape, place.key, name))
            else:
                self.put(document, shape, steps, item, here)
        names = {tuple(map(bare, steps)): name for name, steps in self.mapping.properties(shape, place.key)}
        self.require(document, shape, place, names)
        return document

    def unknown(self, shape: StructureShape, key: str, name: str) -> str:
        kept = self.mapping.own if not key else frozenset[str]()
        known = sorted(kept.union(known for known, _ in self.mapping.properties(shape, key)))
        close = get_close_matches(name, known, 1)
        hint = f"did you mean {close[0]}?" if close else f"known are {', '.join(known)}"
        return f"{shape.name} of the AWS API has no such property; {hint}"

    def put(self, document: Values, shape: StructureShape, steps: list[str], value: Any, place: _Place) -> None:
        """Put the encoded value where `steps` lead, making the structures on the way."""
        step, rest = steps[0], steps[1:]
        name, member = bare(step), shape.members[bare(step)]
        if isinstance(member, StructureShape) and rest:
            self.put(document.setdefault(name, {}), member, rest, value, place)
        elif isinstance(member, ListShape) and isinstance(member.member, StructureShape) and rest:
            if step.endswith("[*]"):
                document[name] = self.elements(member, rest, value, place)
            else:
                (element,) = document.setdefault(name, [{}])
                self.put(element, member.member, rest, value, place)
        elif isinstance(member, ListShape) and step.endswith("[]"):
            document[name] = [self.value(value, member.member, place)]
        elif isinstance(member, MapShape) and rest:
            document.setdefault(name, {})[rest[0]] = _text(value)
        else:
            document[name] = self.value(value, member, place)

    def elements(self, shape: ListShape, steps: list[str], value: Any, place: _Place) -> Any:
        """A list of plain values that the API wants as a list of structures."""
        if value is UNKNOWN:
            return UNKNOWN
        if not isinstance(value, list) or not isinstance(shape.member, StructureShape):
            return self.fail(place, f"a list is expected, found {value!r}")
        self.size(value, shape, place)
        elements: list[Values] = [{} for _ in value]
        for index, item in enumerate(value):
            self.put(elements[index], shape.member, steps, item, place.item(index))
        return elements

    def sequence(self, value: Any, shape: ListShape, place: _Place) -> Any:
        pair = pair_members(shape)
        if pair and isinstance(value, dict):
            return self.pairs(value, shape, pair, place)
        folded = self.mapping.folded.get(place.key)
        if folded and isinstance(value, dict):
            return self.value(value.get(folded, []), shape, place.member(folded))
        if not isinstance(value, list):
            return self.fail(place, f"a list is expected, found {value!r}")
        self.size(value, shape, place)
        return [self.value(item, shape.member, place.item(index)) for index, item in enumerate(value)]

    def pairs(self, value: Values, shape: ListShape, pair: tuple[str, str], place: _Place) -> Any:
        self.size(value, shape, place)
        members: Any = shape.member
        encoded = []
        for name, item in value.items():
            self.name(name, members.members[pair[0]], place)
            encoded.append({pair[0]: name, pair[1]: self.value(item, members.members[pair[1]], place.member(name))})
        return encoded

    def map(self, value: Any, shape: MapShape, place: _Place) -> Any:
        if not isinstance(value, dict):
            return self.fail(place, f"a map is expected, found {value!r}")
        self.size(value, shape, place)
        for name in value:
            self.name(name, shape.key, place)
        return {name: self.value(item, shape.value, place.member(name)) for name, item in value.items()}

    def name(self, name: str, shape: Shape, place: _Place) -> None:
        _, problem = scalar_problem(name, shape)
        if problem:
            self.fail(place.member(name), f"its name: {problem}")

    def size(self, value: Any, shape: Shape, place: _Place) -> None:
        problem = size_problem(len(value), shape)
        if problem:
            self.fail(place, problem)

    def require(
        self,
        document: Values,
        shape: StructureShape,
        place: _Place,
        names: dict[tuple[str, ...], str],
        way: tuple[str, ...] = (),
    ) -> None:
        """Name the required properties that are missing; `names` tells which property leads where."""
        depth = len(way)
        for member in shape.required_members:
            if member not in document:
                there = (*way, member)
                name = next((name for steps, name in names.items() if steps[: depth + 1] == there), member)
                self.fail(place.member(name), "is required")
        for through in {steps[depth] for steps in names if steps[:depth] == way and len(steps) > depth + 1}:
            inner, member = document.get(through), shape.members[through]
            if isinstance(inner, dict) and isinstance(member, StructureShape):
                self.require(inner, member, place, names, (*way, through))


def _text(value: Any) -> Any:
    """How AWS writes numbers and truth values in maps of texts."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value
