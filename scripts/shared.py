"""A property whose value several threads need and only one fetches."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from typing import Any, Generic, TypeVar, overload

from scripts.evidence.calls import Calls, note, noted_in

T = TypeVar("T")


class _Fetched(Generic[T]):
    """The value to be, and the calls that it takes."""

    def __init__(self) -> None:
        self.future: Future[T] = Future()
        self.calls = Calls()

    def give_up(self, cause: BaseException) -> None:
        with suppress(InvalidStateError):
            self.future.set_exception(cause)

    def settle(self, value: T) -> None:
        with suppress(InvalidStateError):  # nobody waits any more
            self.future.set_result(value)


class shared(Generic[T]):  # noqa: N801 - reads as a decorator
    """Compute the property once, in the first thread that asks; the others wait for that one's value or error.

    The calls behind it are noted for everyone who asks.
    """

    def __init__(self, fetch: Callable[[Any], T]) -> None:
        self._fetch = fetch
        self._lock = threading.Lock()
        self.__doc__ = fetch.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._slot = f"_shared_{name}"

    @overload
    def __get__(self, instance: None, owner: type) -> shared[T]: ...
    @overload
    def __get__(self, instance: object, owner: type) -> T: ...
    def __get__(self, instance: object | None, owner: type) -> shared[T] | T:
        if instance is None:
            return self
        with self._lock:
            fetched: _Fetched[T] | None = getattr(instance, self._slot, None)
            first = fetched is None
            if fetched is None:
                fetched = _Fetched()
                setattr(instance, self._slot, fetched)
        if first:
            try:
                with noted_in(fetched.calls):
                    fetched.settle(self._fetch(instance))
            except BaseException as problem:  # it is for every thread that asks
                fetched.give_up(problem)
        try:
            return fetched.future.result()
        finally:
            note(fetched.calls)


def known(instance: object, name: str) -> Any:
    """The shared property's value if it has been fetched already, or else None."""
    fetched: _Fetched[Any] | None = getattr(instance, f"_shared_{name}", None)
    if fetched is None or not fetched.future.done() or fetched.future.exception():
        return None
    return fetched.future.result()


def give_up(instance: object, cause: Exception) -> None:
    """Answer with `cause` whoever waits, or comes to wait, for what is being fetched of the instance just now."""
    for fetched in list(vars(instance).values()):
        if isinstance(fetched, _Fetched):
            fetched.give_up(cause)
