"""What every channel is to whoever sends, and how sending can end."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum
from typing import ClassVar, Protocol

from scripts.errors import UndeterminedError

BUDGET = timedelta(minutes=4)  # after which an intent without an answer is uncertain
LONGEST_SEND = BUDGET / 2  # what one send takes at most, with all its waits


class NotSentError(UndeterminedError):
    """It certainly was not sent: nothing left, or the provider refused it."""


class SendUncertainError(UndeterminedError):
    """Nobody knows whether it was sent: the answer was lost, or is none."""


class Missing(Enum):
    """What a provider says of a message that it may have got."""

    NOT_THERE = "not there"
    CANNOT_TELL = "cannot tell"


NOT_THERE, CANNOT_TELL = Missing.NOT_THERE, Missing.CANNOT_TELL
Found = str | Missing  # the provider's id of it


class Channel(Protocol):
    """One way out. `name` is the ledger's; `budget` is longer than any send takes."""

    name: str
    budget: timedelta
    permissions: ClassVar[tuple[str, ...]]

    def send(self, content: bytes) -> str:
        """Send, once; the provider's id of it.

        Raises:
            NotSentError: it certainly was not sent.
            SendUncertainError: nobody knows.
        """
        ...

    def find(self, content: bytes, since: datetime) -> Found:
        """Whether what somebody has begun to send, not before `since`, arrived."""
        ...
