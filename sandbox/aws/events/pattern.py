"""Event patterns: which events a rule picks, and which patterns EventBridge refuses.

The language is Event Ruler's (github.com/aws/event-ruler), which EventBridge runs on.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.aws.events.expression import ABSENT, EventPatternError, Test, read_test

Fields = dict[str, tuple[Test, ...]]  # dotted path -> one of these must hold
_OR = "$or"
_AT_LEAST = 2  # of $or


@dataclass(frozen=True)
class EventPattern:
    """A pattern ready to be matched: one of its alternatives must hold, in all of its fields."""

    alternatives: tuple[Fields, ...]

    @classmethod
    def parse(cls, text: str) -> EventPattern:
        """Raises EventPatternError, with AWS's reason."""
        try:
            content = json.loads(text)
        except ValueError as error:
            raise EventPatternError(f"Not valid JSON: {error}") from None
        if not isinstance(content, dict):
            raise EventPatternError("Filter is not an object")
        return cls(tuple(_read_object(content, "", [{}])))

    def matches(self, event: Mapping[str, Any]) -> bool:
        present = set(_paths(event, ""))
        for fields in self.alternatives:
            matched = _matched(event, "", fields)
            if all(path in matched or (path not in present and _holds(fields[path], ABSENT)) for path in fields):
                return True
        return False


def _matched(node: Mapping[str, Any], prefix: str, fields: Fields) -> set[str]:
    """The fields that hold in an object. Below an array, those that hold together in one of its objects."""
    matched: set[str] = set()
    for name, value in node.items():
        path = f"{prefix}{name}"
        if path in fields and any(_holds(fields[path], each) for each in _values(value)):
            matched.add(path)
        below = {other: tests for other, tests in fields.items() if other.startswith(f"{path}.")}
        if below:
            found = (_matched(each, f"{path}.", below) for each in _objects(value))
            matched |= max(found, key=len, default=set())
    return matched


def _holds(tests: Sequence[Test], value: Any) -> bool:
    return any(test(value) for test in tests)


def _values(value: Any) -> Iterator[Any]:
    """What a field is tested as: its value, or each of an array's."""
    if isinstance(value, list):
        for each in value:
            yield from _values(each)
    elif not isinstance(value, Mapping):
        yield value


def _objects(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, list):
        for each in value:
            yield from _objects(each)
    elif isinstance(value, Mapping):
        yield value


def _paths(node: Mapping[str, Any], prefix: str) -> Iterator[str]:
    """The dotted path of every field that has a value."""
    for name, value in node.items():
        if any(True for _ in _values(value)):
            yield f"{prefix}{name}"
        for each in _objects(value):
            yield from _paths(each, f"{prefix}{name}.")


def _read_object(content: Mapping[str, Any], path: str, before: list[Fields]) -> list[Fields]:
    if not content:
        raise EventPatternError("Empty objects are not allowed")
    alternatives = before
    for name, value in content.items():
        if name == _OR:
            alternatives = _read_or(value, path, alternatives)
        elif isinstance(value, Mapping):
            alternatives = _read_object(value, f"{path}{name}.", alternatives)
        elif isinstance(value, list):
            tests = tuple(read_test(each) for each in value)
            if not tests:
                raise EventPatternError("Empty arrays are not allowed")
            alternatives = [fields | {f"{path}{name}": tests} for fields in alternatives]
        else:
            raise EventPatternError(f'"{name}" must be an object or an array')
    return alternatives


def _read_or(branches: Any, path: str, before: list[Fields]) -> list[Fields]:
    if not isinstance(branches, list):
        raise EventPatternError(f"It must be an Array followed with {_OR}.")
    if not all(isinstance(branch, Mapping) for branch in branches):
        raise EventPatternError(f"Only JSON object is allowed in array of {_OR} relationship.")
    if len(branches) < _AT_LEAST:
        raise EventPatternError(f"There must have at least 2 Objects in {_OR} relationship.")
    return [fields for branch in branches for fields in _read_object(branch, path, before)]
