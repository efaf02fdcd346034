"""Which calls were made for whom: whoever looks opens a scope, and every call made in it is noted there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any, TypeVar

A = TypeVar("A")
B = TypeVar("B")

_numbers = count()


@dataclass(eq=False)
class Call:
    """One call of an API: what was asked, and once it has ended what was answered or what went wrong.

    `seconds` includes retries. `response` is what the API answered, errors included; None where there was no answer.
    """

    service: str
    operation: str
    request: Mapping[str, Any]
    at: datetime
    endpoint: str = ""
    seconds: float | None = None
    http_status: int | None = None
    response: Mapping[str, Any] | None = None
    problem: str = ""
    number: int = field(default_factory=lambda: next(_numbers))


class Calls:
    """Calls, each once, in the order in which they began. Safe to use from several threads."""

    def __init__(self) -> None:
        self._calls: dict[int, Call] = {}

    def add(self, calls: Iterable[Call]) -> None:
        for call in calls:
            self._calls.setdefault(call.number, call)

    def __iter__(self) -> Iterator[Call]:
        return iter(sorted(self._calls.copy().values(), key=lambda call: call.number))


_scope: ContextVar[Calls | None] = ContextVar("calls", default=None)


@contextmanager
def noted_in(calls: Calls) -> Iterator[Calls]:
    """Calls made in this scope are noted in `calls`, and not in the scope around it."""
    token = _scope.set(calls)
    try:
        yield calls
    finally:
        _scope.reset(token)


def note(calls: Iterable[Call]) -> None:
    """Note them for whoever asks now; without a scope nobody does."""
    scope = _scope.get()
    if scope is not None:
        scope.add(calls)


def carried(function: Callable[[A], B]) -> Callable[[A], B]:
    """`function` for the threads of a pool, which do not know on their own for whom they work."""
    context = copy_context()
    return lambda argument: context.copy().run(function, argument)
