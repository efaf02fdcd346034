"""The time of the tests. Each begins at the same time, whenever and wherever it runs, and time goes on from there.

The time of the whole process is moved: of what a test makes, of the servers that it starts, of the libraries that they
use. Other processes have the real time, and so have the tests of `tests/e2e`, which are about them.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep

import pytest
import time_machine

BEGIN = "2026-03-10T12:30:30.5"  # a Tuesday; no turn of a minute, an hour or a day is near
PATIENCE = 300.0  # seconds until a test gives up to wait for what must happen; no machine is that slow

OTHER_PROCESSES = Path(__file__).parent / "e2e"

_began: list[datetime] = []


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--begin", default=BEGIN, metavar="TIME", help="when each test begins, in UTC; %(default)s")


def pytest_configure(config: pytest.Config) -> None:
    _begin(config)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """From before the first fixture until after the last."""
    real = OTHER_PROCESSES in item.path.parents
    with nullcontext() if real else time_machine.travel(_begin(item.config)):
        _began.append(datetime.now(UTC) if real else _begin(item.config))
        try:
            return (yield)
        finally:
            _began.pop()


def now() -> datetime:
    """When the test that runs began. Nothing else in the tests asks what time it is.

    Raises:
        RuntimeError: no test runs: at import, say, which may be long before.
    """
    if not _began:
        raise RuntimeError("tests.clock.now() is when a test began, and none has begun yet: call it in the test")
    return _began[-1]


def this_minute() -> datetime:
    """The begin of the minute in which the test began."""
    return now().replace(second=0, microsecond=0)


def running() -> Callable[[], datetime]:
    """A time that goes on from now on, for what outlives a test: the next test's beginning does not set it back."""
    begin, since = now(), monotonic()
    return lambda: begin + timedelta(seconds=monotonic() - since)


def left_until_then(time: datetime) -> timedelta:
    """How long it takes until it is as near to a minute's turn as when the test began; for what outlives a test."""
    return (now() - time) % timedelta(minutes=1)


def until(reached: Callable[[], bool]) -> None:
    """Wait for what another thread or process does, where it gives no sign that one could wait for."""
    given_up = monotonic() + PATIENCE
    while not reached():
        assert monotonic() < given_up, "it was not reached"
        sleep(0.005)


def _begin(config: pytest.Config) -> datetime:
    time = str(config.getoption("begin"))
    try:
        return datetime.fromisoformat(time).replace(tzinfo=UTC)
    except ValueError as problem:
        raise pytest.UsageError(f"--begin takes a time such as {BEGIN}, not {time!r}") from problem
