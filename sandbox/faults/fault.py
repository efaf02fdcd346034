"""A fault: one thing that can be broken and mended."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self

from sop.names import Environment

if TYPE_CHECKING:
    from sandbox.aws.cloudwatch.alarm import State
    from sandbox.core.account import Account

Undo = Callable[[], None]

# A site's fault looks as if it had begun this long ago: metrics arrive late and alarms want several periods.
HAS_LASTED = timedelta(hours=1)
# A brief one is over: it began so long ago, with five minutes of the clock, and held for these.
BEGAN, BRIEF = timedelta(minutes=40), timedelta(minutes=5)


class FaultError(Exception):
    """A fault that is not known, or that cannot be caused or mended now; the message says why."""


class GoneError(FaultError):
    """What was taken can never be given back: somebody has removed what it belonged to, or replaced it."""


class Taken:
    """What a fault has taken, piece by piece, and how each piece is given back.

    As a context it gives all back if taking fails in the middle. Called, it is the fault's `Undo`: it gives back
    what it can, calls `then`, and raises FaultError that names the rest. It keeps the rest, and tries it again when
    it is called again; what is gone for good is named once.
    """

    def __init__(self, then: Undo = lambda: None) -> None:
        self._left: list[tuple[str, Undo]] = []
        self._then = then

    def add(self, what: str, give_back: Undo) -> None:
        self._left.append((what, give_back))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, failure: type[BaseException] | None, *_: object) -> None:
        if failure is not None:
            self()

    def __call__(self) -> None:
        refused: list[str] = []
        left, self._left = self._left, []
        for what, give_back in reversed(left):
            try:
                give_back()
            except GoneError as gone:
                refused.append(f"{what}: {gone}")
            except Exception as error:
                refused.append(f"{what}: {error}")
                self._left.insert(0, (what, give_back))
        self._then()
        if refused:
            raise FaultError("; ".join(refused))


@dataclass(frozen=True)
class Fault:
    """One thing that can break.

    While it is in force, the sandbox answers as AWS answers when that thing is broken, in every place
    where it shows. `begin` breaks what must be broken by hand and returns how to mend it; `intercept`
    sees every API call and may raise the AwsError that AWS would answer with.
    """

    name: str
    description: str  # what is broken, in one line
    check: str  # the id of the check that is to find it
    begin: Callable[[Account, Active], Undo] | None = None
    intercept: Callable[[Account, str, str], None] | None = None
    brief: bool = False  # of a site: it held for some minutes only


@dataclass(frozen=True, eq=False)
class Active:
    """A fault that is in force in one environment."""

    fault: Fault
    environment: Environment
    activated: datetime
    alarms: Mapping[str, State]  # the states of the environment's alarms before
    undo: Undo | None = None

    @property
    def since(self) -> datetime:
        """The full minute from which on a site looks broken."""
        if self.fault.brief:
            began = self.activated - BEGAN
            return began.replace(minute=began.minute // 5 * 5, second=0, microsecond=0)
        return (self.activated - HAS_LASTED).replace(second=0, microsecond=0)

    def holds(self, at: float) -> bool:
        """Whether a site is broken at that time (epoch seconds)."""
        since = self.since.timestamp()
        return since <= at and not (self.fault.brief and at >= since + BRIEF.total_seconds())
