"""Whether an answer fits AWS's own model: every key known, every required key there, enums, lengths, patterns."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape
from moto.core.utils import get_service_model

# Required by the model, and in no answer of AWS for a connection's source that others published
_LEFT_OUT_BY_AWS = {("ActionRevision", "created"), ("ActionRevision", "revisionChangeId")}
_TYPES: dict[str, Any] = {
    "string": str,
    "integer": int,
    "long": int,
    "boolean": bool,
    "timestamp": datetime,
    "double": float,
}


def assert_fits_model(service: str, operation: str, answer: dict[str, Any]) -> None:
    shape = get_service_model(service).operation_model(operation).output_shape
    assert shape is not None
    problems = list(_problems(shape, answer, operation))
    assert not problems, "\n".join(problems)


def _problems(shape: Shape, value: Any, path: str) -> Any:
    if isinstance(shape, StructureShape):
        for name in sorted(set(value) - set(shape.members)):
            yield f"{path}.{name} is not in the model"
        for name in shape.required_members:
            if name not in value and (shape.name, name) not in _LEFT_OUT_BY_AWS:
                yield f"{path}.{name} is required"
        for name, member in shape.members.items():
            if name in value:
                yield from _problems(member, value[name], f"{path}.{name}")
    elif isinstance(shape, ListShape):
        for number, entry in enumerate(value):
            yield from _problems(shape.member, entry, f"{path}[{number}]")
    elif isinstance(shape, MapShape):
        for key, entry in value.items():
            yield from _problems(shape.value, entry, f"{path}.{key}")
    elif not isinstance(value, _TYPES[shape.type_name]):
        yield f"{path}: {value!r} is no {shape.type_name}"
    elif isinstance(shape, StringShape):
        yield from _string_problems(shape, value, path)


def _string_problems(shape: StringShape, value: str, path: str) -> Any:
    low, high = shape.metadata.get("min", 0), shape.metadata.get("max", 10**6)
    if not low <= len(value) <= high:
        yield f"{path}: {value!r} is not between {low} and {high} long"
    if shape.enum and value not in shape.enum:
        yield f"{path}: {value!r} is not one of {shape.enum}"
    pattern = shape.metadata.get("pattern")
    if pattern and r"\p{" not in pattern and not re.fullmatch(pattern, value, re.DOTALL):
        yield f"{path}: {value!r} does not match {pattern}"
