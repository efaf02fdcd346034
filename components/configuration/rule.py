"""What one value must be, and the kinds of rules that there are."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, kw_only=True)
class Rule(Generic[T_co]):
    """What is `allowed`, in words; `parse` raises ValueError for everything else.

    The `example` stands in the command that mends a value. A `placeholder` only says in capitals what belongs there:
    pasted as it stands, it is no value.
    """

    allowed: str
    example: str
    parse: Callable[[Any], T_co]
    placeholder: bool = False

    def read(self, value: Any) -> T_co:
        """What `value` means.

        Raises:
            ValueError: it is not what is allowed.
        """
        if self.placeholder and value == self.example:
            raise ValueError(value)
        return self.parse(value)


def text(allowed: str, example: str, parse: Callable[[str], T_co], *, placeholder: bool = False) -> Rule[T_co]:
    """Text that `parse` can read."""

    def read(value: Any) -> T_co:
        if not isinstance(value, str):
            raise ValueError(value)  # noqa: TRY004 - a rule says no in one way
        return parse(value)

    return Rule(allowed=allowed, example=example, parse=read, placeholder=placeholder)


def matching(pattern: str | re.Pattern[str], allowed: str, placeholder: str) -> Rule[str]:
    """Text that `pattern` matches as a whole."""

    def parse(value: str) -> str:
        if re.fullmatch(pattern, value) is None:
            raise ValueError(value)
        return value

    return text(allowed, placeholder, parse, placeholder=True)


def listed(item: Rule[T_co], allowed: str) -> Rule[tuple[T_co, ...]]:
    """Values of one rule, separated by commas, none twice."""

    def parse(value: str) -> tuple[T_co, ...]:
        items = tuple(item.read(part.strip()) for part in value.split(","))
        if len(set(items)) < len(items):
            raise ValueError(value)
        return items

    return text(f"{allowed}, separated by commas", item.example, parse, placeholder=item.placeholder)


def whole(lowest: int, highest: int) -> Rule[int]:
    """A whole number within bounds, both allowed."""

    def parse(value: Any) -> int:
        number = _number(value)
        if number != int(number) or not lowest <= number <= highest:
            raise ValueError(value)
        return int(number)

    return Rule(allowed=f"a whole number from {lowest} to {highest}", example="NUMBER", parse=parse, placeholder=True)


def positive(unit: str, at_most: float | None = None) -> Rule[float]:
    """A number of `unit` above 0."""

    def parse(value: Any) -> float:
        number = _number(value)
        if number <= 0 or (at_most is not None and number > at_most):
            raise ValueError(value)
        return number

    bound = "" if at_most is None else f", at most {at_most:g}"
    return Rule(allowed=f"a number of {unit} above 0{bound}", example=_capitals(unit), parse=parse, placeholder=True)


def positive_whole(unit: str) -> Rule[int]:
    """A whole number of `unit`, at least 1."""

    def parse(value: Any) -> int:
        number = _number(value)
        if number < 1 or number != int(number):
            raise ValueError(value)
        return int(number)

    return Rule(allowed=f"a whole number of {unit}, at least 1", example=_capitals(unit), parse=parse, placeholder=True)


def flag(example: str) -> Rule[bool]:
    """True or false; `pulumi config set` outside of a group writes them as text."""

    def parse(value: Any) -> bool:
        if not isinstance(value, bool) and value not in ("true", "false"):
            raise ValueError(value)
        return value in (True, "true")

    return Rule(allowed="true or false", example=example, parse=parse)


def _number(value: Any) -> float:
    # `pulumi config set --path` writes 0.5 as the text "0.5"
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(value)  # noqa: TRY004 - a rule says no in one way
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(value)
    return number


def _capitals(unit: str) -> str:
    """`requests in 5 minutes` as the placeholder REQUESTS."""
    return unit.partition(" ")[0].upper()
