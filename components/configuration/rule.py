"""What one value must be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Rule(Generic[T]):
    """What one value must be: `parse` raises ValueError for what is not `allowed`, `example` stands in the mend."""

    allowed: str
    example: str
    parse: Callable[[Any], T]
