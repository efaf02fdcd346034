"""Properties -> API structure, with every reason for which the service would refuse them."""

from __future__ import annotations

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
    return encoder.structure(properties, mapping.shape, "", ""), encoder.failures


class _Encoder:
    """`path` is where a value stands, as Pulumi says it; `key` is the same without indexes."""

    def __init__(self, mapping: DocumentMapping) -> None:
        self.mapping = mapping
        self.failures: list[Failure] = []

    def fail(self, path: str, reason: str) -> Any:
        self.failures.append(Failure(path, f"{path}: {reason}"))
        return UNKNOWN

    def value(self, value: Any, shape: Shape, path: str, key: str) -> Any:
        if value is UNKNOWN:
            return UNKNOWN
        if isinstance(shape, StructureShape):
            return self.block(value, shape, path, key)
        if isinstance(shape, ListShape):
            return self.sequence(value, shape, path, key)
        if isinstance(shape, MapShape):
            return self.map(value, shape, path, key)
        plain, problem = scalar_problem(value, shape)
        return self.fail(path, problem) if problem else plain

    def block(self, value: Any, shape: StructureShape, path: str, key: str) -> Any:
        """A structure, which Pulumi writes as an object or as a list of one."""
        if isinstance(value, list):
            if len(value) != 1:
                return self.fail(path, f"exactly one element is allowed, found {len(value)}")
            return self.value(value[0], shape, f"{path}[0]", key)
        if not isinstance(value, dict):
            return self.fail(path, f"an object is expected, found {value!r}")
        return self.structure(value, shape, path, key)

    def structure(self, value: Values, shape: StructureShape, path: str, key: str) -> Values:
        document: Values = {} if key else dict(self.mapping.constant)
        for name, item in value.items():
            member, here = below(key, name), join(path, name)
            if member in self.mapping.own:
                continue
            steps = self.mapping.steps(shape, member, name)
            if steps is None:
                self.fail(here, self.unknown(shape, key, name))
            else:
                self.place(document, shape, steps, item, here, member)
        names = {tuple(map(bare, steps)): name for name, steps in self.mapping.properties(shape, key)}
        self.require(document, shape, path, names)
        return document

    def unknown(self, shape: StructureShape, key: str, name: str) -> str:
        known = sorted(known for known, _ in self.mapping.properties(shape, key))
        close = get_close_matches(name, known, 1)
        hint = f"did you mean {close[0]}?" if close else f"known are {', '.join(known)}"
        return f"{shape.name} of the AWS API has no such property; {hint}"

    def place(self, document: Values, shape: StructureShape, steps: list[str], value: Any, path: str, key: str) -> None:
        """Put the encoded value where `steps` lead, making the structures on the way."""
        step, rest = steps[0], steps[1:]
        name, member = bare(step), shape.members[bare(step)]
        if isinstance(member, StructureShape) and rest:
            self.place(document.setdefault(name, {}), member, rest, value, path, key)
        elif value is UNKNOWN:
            document[name] = UNKNOWN
        elif isinstance(member, ListShape) and step.endswith("[*]"):
            document[name] = self.elements(member, rest, value, path, key)
        elif isinstance(member, ListShape) and step.endswith("[]"):
            self.only_element(document, member, step, rest, value, path, key)
        elif isinstance(member, MapShape) and rest:
            document.setdefault(name, {})[rest[0]] = _text(value)
        else:
            document[name] = self.value(value, member, path, key)

    def only_element(
        self, document: Values, shape: ListShape, step: str, rest: list[str], value: Any, path: str, key: str
    ) -> None:
        name, member = bare(step), shape.member
        if rest and isinstance(member, StructureShape):
            (element,) = document.setdefault(name, [{}])
            self.place(element, member, rest, value, path, key)
        else:
            document[name] = [self.value(value, member, path, key)]

    def elements(self, shape: ListShape, steps: list[str], value: Any, path: str, key: str) -> Any:
        """A list of plain values that the API wants as a list of structures."""
        if not isinstance(value, list) or not isinstance(shape.member, StructureShape):
            return self.fail(path, f"a list is expected, found {value!r}")
        self.size(value, shape, path)
        elements: list[Values] = [{} for _ in value]
        for index, item in enumerate(value):
            self.place(elements[index], shape.member, steps, item, f"{path}[{index}]", key)
        return elements

    def sequence(self, value: Any, shape: ListShape, path: str, key: str) -> Any:
        pair = pair_members(shape)
        if pair and isinstance(value, dict):
            return self.pairs(value, shape, pair, path)
        folded = self.mapping.folded.get(key)
        if folded and isinstance(value, dict):
            return self.sequence(value.get(folded, []), shape, join(path, folded), below(key, folded))
        if not isinstance(value, list):
            return self.fail(path, f"a list is expected, found {value!r}")
        self.size(value, shape, path)
        return [self.value(item, shape.member, f"{path}[{i}]", key) for i, item in enumerate(value)]

    def pairs(self, value: Values, shape: ListShape, pair: tuple[str, str], path: str) -> Any:
        self.size(value, shape, path)
        members: Any = shape.member
        for name in value:
            self.name(name, members.members[pair[0]], path)
        return [
            {pair[0]: name, pair[1]: self.value(item, members.members[pair[1]], join(path, name), "")}
            for name, item in value.items()
        ]

    def map(self, value: Any, shape: MapShape, path: str, key: str) -> Any:
        if not isinstance(value, dict):
            return self.fail(path, f"a map is expected, found {value!r}")
        self.size(value, shape, path)
        for name in value:
            self.name(name, shape.key, path)
        return {name: self.value(item, shape.value, join(path, name), key) for name, item in value.items()}

    def name(self, name: str, shape: Shape, path: str) -> None:
        _, problem = scalar_problem(name, shape)
        if problem:
            self.fail(join(path, name), f"its name: {problem}")

    def size(self, value: Any, shape: Shape, path: str) -> None:
        problem = size_problem(len(value), shape)
        if problem:
            self.fail(path, problem)

    def require(
        self,
        document: Values,
        shape: StructureShape,
        path: str,
        names: dict[tuple[str, ...], str],
        way: tuple[str, ...] = (),
    ) -> None:
        """Name the required properties that are missing; `names` tells which property leads where."""
        depth = len(way)
        for member in shape.required_members:
            if member not in document:
                there = (*way, member)
                name = next((name for steps, name in names.items() if steps[: depth + 1] == there), member)
                self.fail(join(path, name), "is required")
        for through in {steps[depth] for steps in names if steps[:depth] == way and len(steps) > depth + 1}:
            inner, member = document.get(through), shape.members[through]
            if isinstance(inner, dict) and isinstance(member, StructureShape):
                self.require(inner, member, path, names, (*way, through))


def _text(value: Any) -> Any:
    """How AWS writes numbers and truth values in maps of texts."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value
