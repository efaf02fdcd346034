"""AWS's calls of one run, and what of them was made one after another."""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Call:
    """One API call; `started` and `ended` by the machine's monotonic clock, which all processes share."""

    service: str
    operation: str
    parameters: dict[str, Any]
    started: float
    ended: float


def read(file: Path) -> list[Call]:
    """What a recorder wrote, in the order in which the calls began."""
    calls: list[Call] = pickle.loads(file.read_bytes())  # noqa: S301 - written by a process of our own
    return sorted(calls, key=lambda call: call.started)


def longest_sequence(calls: Iterable[Call]) -> list[Call]:
    """The most calls of which each began after the one before it had ended: no chain of dependent calls is longer."""
    found: list[Call] = []
    for call in sorted(calls, key=lambda one: one.ended):
        if not found or call.started >= found[-1].ended:
            found.append(call)
    return found


def has_sequence(calls: Iterable[Call], operations: Sequence[str]) -> bool:
    """Whether calls of these operations, in this order, each began after the one before it had ended."""
    wanted = list(operations)
    free_from = 0.0
    for call in sorted(calls, key=lambda one: one.ended):
        if wanted and call.operation == wanted[0] and call.started >= free_from:
            free_from = call.ended
            wanted.pop(0)
    return not wanted
