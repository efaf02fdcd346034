"""What Ctrl-C and SIGTERM do to a run: it ends with its report."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread
from types import FrameType

from scripts.errors import InterruptionError
from scripts.results import Report

SIGNALS = (signal.SIGINT, signal.SIGTERM)
INTERRUPTED = 128 + signal.SIGINT


class InterruptedRunError(Exception):
    """Somebody interrupted a run that had come so far as its `report` says."""

    def __init__(self, report: Report) -> None:
        super().__init__("The run was interrupted.")
        self.report = report


class Interruption:
    """What Ctrl-C and SIGTERM do: they raise KeyboardInterrupt, until they are held."""

    def __init__(self) -> None:
        self._held = False
        self._pressed = 0
        self.exit_code = INTERRUPTED

    def hold(self) -> None:
        """Let what begins now come to its end. Only a second Ctrl-C ends it: who reads a pipe may never come."""
        self._held = True

    def heard(self, number: int, _frame: FrameType | None) -> None:
        """The signals' handler."""
        self.exit_code = 128 + number
        if not self._held:
            raise KeyboardInterrupt
        self._pressed += number == signal.SIGINT
        if self._pressed > 1:
            raise SystemExit(INTERRUPTED)


@contextmanager
def interruptible() -> Iterator[Interruption]:
    """Signals that are ignored, as in the background of a script, stay so.

    Raises:
        InterruptionError: one came, and the block had nothing to say of it.
    """
    interruption = Interruption()
    heard = [number for number in SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, interruption.heard) for number in heard}
    try:
        yield interruption
    except KeyboardInterrupt:
        raise InterruptionError(interruption.exit_code) from None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """What must not be left half done: a signal is heard when the block has ended."""
    if current_thread() is not main_thread():  # which alone hears signals
        yield
        return
    came: list[int] = []
    before = {number: signal.signal(number, lambda number, _: came.append(number)) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if came:
            signal.raise_signal(came[0])
