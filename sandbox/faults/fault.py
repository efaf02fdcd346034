"""A fault: one thing that can be broken and mended."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sop.names import Environment

if TYPE_CHECKING:
    from sandbox.aws.cloudwatch.alarm import State
    from sandbox.core.account import Account

Undo = Callable[[], None]

# A site's fault looks as if it had begun this long ago: metrics arrive late and alarms want several periods.
HAS_LASTED = timedelta(hours=1)


class FaultError(Exception):
    """A fault that is not known, or that cannot be caused now; the message says why."""


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


@dataclass(frozen=True)
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
        return (self.activated - HAS_LASTED).replace(second=0, microsecond=0)
