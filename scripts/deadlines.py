"""Work in threads that nobody waits for longer than until a deadline, nor at the program's end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future, wait
from contextvars import copy_context
from datetime import timedelta
from threading import Thread
from time import monotonic
from typing import Any, TypeVar
from weakref import WeakSet

from scripts.errors import UnreachableError
from scripts.text import span

T = TypeVar("T")

# How long a check may take; looking first and asking who asks may take a third of it, a whole run half as much again.
DEADLINE = timedelta(minutes=1)
PROGRESS = 10.0  # seconds between two lines about what is still out

_begun: WeakSet[Future[Any]] = WeakSet()


def start(work: Callable[[], T]) -> Future[T]:
    """Begin the work in a thread of its own, for whoever asks now (`scripts.evidence.calls`)."""
    future: Future[T] = Future()
    context = copy_context()

    def run() -> None:
        try:
            future.set_result(context.run(work))
        except BaseException as problem:  # it is for who asks for the result
            future.set_exception(problem)

    _begun.add(future)
    Thread(target=run, daemon=True).start()
    return future


def within(allowed: timedelta, work: Callable[[], T], what: str) -> T:
    """The result of the work.

    Args:
        allowed: how long it may take; it is not ended then, but nobody waits for it any more.
        work: what to do.
        what: what has no answer then: `AWS has not answered sts:GetCallerIdentity`, say.

    Raises:
        UnreachableError: it took longer.
    """
    return answered(start(work), allowed, what)


def answered(future: Future[T], allowed: timedelta, what: str) -> T:
    """The same of work that has begun; the time is counted from now on."""
    wait([future], allowed.total_seconds())
    if not future.done():
        raise unanswered(what, allowed)
    return future.result()


def unanswered(what: str, allowed: timedelta) -> UnreachableError:
    """The error of what took longer than `allowed`."""
    return UnreachableError(
        f"{what} for {span(allowed)}.",
        "Check the network, the proxy (HTTPS_PROXY) and AWS_ENDPOINT_URL, then run the same command again; "
        "`--deadline 5m` gives it longer.",
    )


def wait_for(work: Mapping[str, Future[Any]], allowed: timedelta, say: Callable[[str], None]) -> None:
    """Return when all of it is done, or the time is up; every ten seconds `say` takes what is still out."""
    began = monotonic()
    while out := [name for name, future in work.items() if not future.done()]:
        passed = monotonic() - began
        if passed >= PROGRESS:
            say(f"Still out after {span(timedelta(seconds=passed))}: {', '.join(out)}")
        left = allowed.total_seconds() - passed
        if left <= 0:
            return
        wait([work[name] for name in out], min(left, PROGRESS))


def left_hanging() -> bool:
    """Whether some of the work goes on, which at its end the interpreter may wait for."""
    return not all(future.done() for future in list(_begun))
