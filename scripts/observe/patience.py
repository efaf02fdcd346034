"""Waiting that a signal ends, and that does not mind a machine which slept in between."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from types import FrameType
from typing import TYPE_CHECKING

from scripts.observe.checks import CHECKS, Observation
from scripts.results import Report, inconclusive
from scripts.verify import answer

if TYPE_CHECKING:
    from scripts.clients.aws import Aws
    from scripts.observe.watch import Settings
    from sop.outputs import StackOutputs

NAP = 20.0  # seconds; while a machine sleeps its timers stand still, its clock does not
SIGNALS = (signal.SIGINT, signal.SIGTERM)
INTERRUPTED = 128 + signal.SIGINT


def wait_until(moment: datetime, clock: Callable[[], datetime]) -> None:
    """Return when `clock`, one of the day, has reached `moment`."""
    while (left := (moment - clock()).total_seconds()) > 0:
        time.sleep(min(left, NAP))


class Interruption:
    """What Ctrl-C and SIGTERM do: they raise KeyboardInterrupt, until they are held."""

    def __init__(self) -> None:
        self._held = False
        self._pressed = 0

    def hold(self) -> None:
        """Let what begins now come to its end. Only a second Ctrl-C ends it: who reads a pipe may never come."""
        self._held = True

    def heard(self, number: int, _frame: FrameType | None) -> None:
        """The signals' handler."""
        if not self._held:
            raise KeyboardInterrupt
        self._pressed += number == signal.SIGINT
        if self._pressed > 1:
            raise SystemExit(INTERRUPTED)


@contextmanager
def interruptible() -> Iterator[Interruption]:
    """Signals that are ignored, as in the background of a script, stay so."""
    interruption = Interruption()
    heard = [number for number in SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, interruption.heard) for number in heard}
    try:
        yield interruption
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def interrupted(settings: Settings, outputs: StackOutputs | None, aws: Aws | None, now: datetime) -> Report:
    """The report of an observation that was ended before there was anything to judge.

    Args:
        settings: what was asked for.
        outputs: of the stack, if they were known already.
        aws: the clients, if there were any.
        now: the time of day.
    """
    observation = Observation(
        instead=inconclusive("The observation was interrupted.", fix=f"Carry on with `{settings.again}`.")
    )
    return Report(
        command="observe",
        stack=outputs.environment if outputs else None,
        execution_id=settings.execution_id,
        revision=None,
        started_at=now,
        finished_at=now,
        api_calls=aws.api_calls if aws else 0,
        checks=tuple(answer(check, observation) for check in CHECKS),
    )
