"""The constraints of botocore's models that botocore itself does not enforce: patterns, enums, lengths."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape
from moto.core.utils import get_service_model

from sandbox.aws.service import AwsError


@cache
def _input_shape(service: str, operation: str) -> Shape | None:
    return get_service_model(service).operation_model(operation).input_shape


def check(service: str, operation: str, request: dict[str, Any], code: str = "ValidationException") -> None:
    """Refuse a request as AWS does, every violation at once.

    Raises:
        AwsError: `code`, listing the values and the constraints they fail.
    """
    shape = _input_shape(service, operation)
    problems = list(_problems(shape, request, "")) if shape is not None else []
    if problems:
        noun = "error" if len(problems) == 1 else "errors"
        raise AwsError(code, f"{len(problems)} validation {noun} detected: {'; '.join(problems)}")


def _problems(shape: Shape, value: Any, path: str) -> Iterator[str]:
    if isinstance(shape, StructureShape):
        for name, member in shape.members.items():
            if value.get(name) is not None:
                told = name[0].lower() + name[1:]  # as AWS writes it, whatever the model's case
                yield from _problems(member, value[name], f"{path}.{told}" if path else told)
    elif isinstance(shape, ListShape):
        yield from _size_problems(shape, len(value), path, value)
        for number, entry in enumerate(value, start=1):
            yield from _problems(shape.member, entry, f"{path}.{number}.member")
    elif isinstance(shape, MapShape):
        for key, entry in value.items():
            yield from _problems(shape.key, key, f"{path}.{key}.key")
            yield from _problems(shape.value, entry, f"{path}.{key}.member")
    elif isinstance(shape, StringShape):
        yield from _size_problems(shape, len(value), path, value)
        yield from _string_problems(shape, value, path)
    elif shape.type_name in ("integer", "long"):
        yield from _size_problems(shape, value, path, value, unit="value")


def _string_problems(shape: StringShape, value: str, path: str) -> Iterator[str]:
    if shape.enum and value not in shape.enum:
        yield _problem(value, path, f"Member must satisfy enum value set: [{', '.join(shape.enum)}]")
    pattern = _compiled(shape.metadata.get("pattern", ""))
    if pattern is not None and not pattern.fullmatch(value):
        yield _problem(value, path, f"Member must satisfy regular expression pattern: {pattern.pattern}")


@cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """None where there is no pattern, or one of Java's own classes such as \\p{L}."""
    if not pattern or r"\p{" in pattern:
        return None
    return re.compile(pattern, re.DOTALL)


def _size_problems(shape: Shape, size: int, path: str, value: Any, unit: str = "length") -> Iterator[str]:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and size < low:
        yield _problem(value, path, f"Member must have {unit} greater than or equal to {low}")
    if high is not None and size > high:
        yield _problem(value, path, f"Member must have {unit} less than or equal to {high}")


def _problem(value: Any, path: str, constraint: str) -> str:
    return f"Value '{value}' at '{path}' failed to satisfy constraint: {constraint}"
