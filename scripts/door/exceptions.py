"""An exception from the window and the freezes (SOP 6.2): for one execution alone, by the operations manager's comment.

`exceptions/<execution>.json`, written by `release override` and honoured by the keeper.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from scripts.ledger.entries import Entry
from scripts.ledger.ledger import Ledger

LONGEST = timedelta(hours=2)
APART = timedelta(minutes=1)  # what two machines may tell AWS's time apart


@dataclass(frozen=True, kw_only=True)
class Exempted(Entry):
    """That execution may go in until then, whatever the calendar says. `comment` is the address of the approval."""

    kind: ClassVar[str] = "exception"
    execution: str
    reason: str
    until: datetime
    comment: str
    approved_by: str

    def holds(self, now: datetime) -> bool:
        """Whether it does at that time: never for longer than an exception may."""
        return self.at - APART <= now < self.ends

    @property
    def ends(self) -> datetime:
        """When it is over: never later than an exception may be."""
        return min(self.until, self.at + LONGEST)


def key_of(execution_id: str) -> str:
    """Where the exception of an execution is; a comment is noted as used for this."""
    return f"exceptions/{execution_id}.json"


def exception_of(ledger: Ledger, execution_id: str) -> Exempted | None:
    """The exception of that execution, over or not; None: there is none.

    Raises:
        UnreadableError: what stands there is no exception, or another execution's.
    """
    return ledger.find(key_of(execution_id), Exempted)
