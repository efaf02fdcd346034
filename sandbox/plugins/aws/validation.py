"""What botocore's models say of a single value: type, length, range, pattern, vocabulary.

botocore itself checks types and minimums only; the rest it leaves to the service, which in a preview
nobody asks.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from botocore.model import Shape

_INTEGERS = ("integer", "long")
_NUMBERS = ("float", "double")
_SHOWN_CHOICES = 12

# Unicode classes, which Java's expressions know and Python's do not, as near as a class can come.
_UNICODE_CLASSES = {r"\p{L}": r"\w", r"\p{Z}": r"\s", r"\p{N}": r"\d", r"\p{M}": r"\w"}


def scalar_problem(value: Any, shape: Shape) -> tuple[Any, str | None]:
    """`value` as the API takes it, and what is wrong with it."""
    kind = shape.type_name
    if kind in _INTEGERS:
        return _number(value, shape, whole=True)
    if kind in _NUMBERS:
        return _number(value, shape, whole=False)
    if kind == "boolean":
        return value == "true" if value in ("true", "false") else value, boolean_problem(value)
    if kind == "string":
        return value, _text_problem(value, shape)
    return value, None


def size_problem(size: int, shape: Shape) -> str | None:
    """Too few or too many elements (or characters)."""
    minimum, maximum = shape.metadata.get("min"), shape.metadata.get("max")
    unit = "characters" if shape.type_name == "string" else "elements"
    if minimum is not None and size < minimum:
        return f"at least {minimum} {unit} are needed, found {size}"
    if maximum is not None and size > maximum:
        return f"at most {maximum} {unit} are allowed, found {size}"
    return None


def boolean_problem(value: Any) -> str | None:
    """Not a truth value, nor the text of one."""
    truth = isinstance(value, bool) or value in ("true", "false")
    return None if truth else f"true or false is expected, found {value!r}"


def _number(value: Any, shape: Shape, *, whole: bool) -> tuple[Any, str | None]:
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return value, f"a number is expected, found {value!r}"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value, f"a number is expected, found {value!r}"
    if whole and value != int(value):
        return value, f"a whole number is expected, found {value!r}"
    number = int(value) if value == int(value) else value
    minimum, maximum = shape.metadata.get("min"), shape.metadata.get("max")
    if minimum is not None and number < minimum:
        return number, f"at least {minimum} is allowed, found {number}"
    if maximum is not None and number > maximum:
        return number, f"at most {maximum} is allowed, found {number}"
    return number, None


def _text_problem(value: Any, shape: Shape) -> str | None:
    if not isinstance(value, str):
        return f"a string is expected, found {value!r}"
    choices = shape.metadata.get("enum")
    if choices:
        if value in choices:
            return None
        shown = ", ".join(sorted(choices)[:_SHOWN_CHOICES])
        return f"{value!r} is not one of {shown}{', …' if len(choices) > _SHOWN_CHOICES else ''}"
    pattern = shape.metadata.get("pattern")
    expression = _compiled(pattern) if pattern else None
    if expression is not None and not expression.fullmatch(value):
        return f"{value!r} does not match {pattern}"
    return size_problem(len(value), shape)


@cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    for java, python in _UNICODE_CLASSES.items():
        pattern = pattern.replace(java, python)
    try:
        return re.compile(pattern, re.DOTALL)
    except re.error:
        return None
