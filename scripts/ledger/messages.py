"""What is sent to people, so that nothing is sent twice in silence, whoever is killed and wherever.

An attempt is an intent, written before anything is sent, and what came of it, written after:
`releases/<release>/<event>/<occasion>/<channel>/<attempt>.intent.json`, `.sent.json` or `.failed.json`. Who creates the
intent sends; a repeated attempt sends what the first would have sent. How a message stands follows from what is there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, TypeVar

from scripts.ledger.entries import Entry, UnreadableError, incomplete
from scripts.ledger.ledger import Ledger
from scripts.ledger.store import require_prefix

E = TypeVar("E", bound=Entry)

_ATTEMPT = re.compile(r"(?P<number>\d{3})\.(?P<what>intent|sent|failed)\.json")


@dataclass(frozen=True)
class Message:
    """One message on one channel. The occasion tells a second failure of a release from the first."""

    release: str
    event: str
    occasion: str
    channel: str

    @property
    def folder(self) -> str:
        """Where its attempts are. Raises ValueError where a part cannot be in a key."""
        parts = (self.release, self.event, self.occasion, self.channel)
        if any("/" in part for part in parts):
            raise ValueError(f"{parts} has more parts than a message")
        return require_prefix("".join(f"{part}/" for part in ("releases", *parts)))

    def key(self, attempt: int, what: str) -> str:
        """Where that entry of the attempt is."""
        return f"{self.folder}{attempt:03}.{what}.json"


@dataclass(frozen=True, kw_only=True)
class Intent(Entry):
    """Somebody is about to send this. `content` is what the channel is given."""

    kind: ClassVar[str] = "intent"
    content: bytes


@dataclass(frozen=True, kw_only=True)
class Sent(Entry):
    """It was sent. `id` is the provider's name for it, empty where a person says so."""

    kind: ClassVar[str] = "sent"
    id: str


@dataclass(frozen=True, kw_only=True)
class Failed(Entry):
    """It was not sent, for certain."""

    kind: ClassVar[str] = "failed"
    why: str


@dataclass(frozen=True)
class Attempt:
    """What is there of one attempt."""

    intent: Intent
    sent: Sent | None = None
    failed: Failed | None = None


@dataclass(frozen=True)
class Unsent:
    """Nobody has begun."""


@dataclass(frozen=True)
class BeingSent:
    """Somebody sends it just now."""

    attempt: int
    intent: Intent


@dataclass(frozen=True)
class Uncertain:
    """Somebody began, and never said what came of it."""

    attempt: int
    intent: Intent


@dataclass(frozen=True)
class Delivered:
    """It was sent."""

    attempt: int
    sent: Sent


@dataclass(frozen=True)
class Undelivered:
    """It was not sent; `content` is to be."""

    attempt: int
    failed: Failed
    content: bytes


State = Unsent | BeingSent | Uncertain | Delivered | Undelivered


def state(attempts: Sequence[Attempt], now: datetime, budget: timedelta) -> State:
    """How a message stands.

    Args:
        attempts: all, from the first on.
        now: AWS's time.
        budget: how long whoever sends on this channel tries, at most.
    """
    for number, attempt in enumerate(attempts, 1):
        if attempt.sent:
            return Delivered(number, attempt.sent)
    if not attempts:
        return Unsent()
    number, newest = len(attempts), attempts[-1]
    if newest.failed:
        return Undelivered(number, newest.failed, attempts[0].intent.content)
    if abs(now - newest.intent.at) <= budget:  # one of a time that is yet to come says nothing about now
        return BeingSent(number, newest.intent)
    return Uncertain(number, newest.intent)


def attempts(ledger: Ledger, message: Message) -> list[Attempt]:
    """What is there of a message.

    Raises:
        UnreadableError: an entry cannot be read, or one is missing.
    """
    found: dict[int, set[str]] = {}
    for key in ledger.store.list(message.folder):
        match = _ATTEMPT.fullmatch(key.removeprefix(message.folder))
        if match is None:
            raise UnreadableError(
                f"The ledger's {key} is nothing that this program knows of a message.",
                "Run the command with the newest version of the project.",
            )
        found.setdefault(int(match["number"]), set()).add(match["what"])
    if sorted(found) != list(range(1, len(found) + 1)) or any("intent" not in there for there in found.values()):
        raise incomplete(message.folder, "what was sent", "an entry is missing")
    return [_attempt(ledger, message, number, found[number]) for number in sorted(found)]


def claim(
    ledger: Ledger, message: Message, content: bytes, budget: timedelta, *, again: bool = False
) -> tuple[int, bytes] | State:
    """Begin to send: the attempt and the bytes to send, or why it is not for this run to send.

    Who has an attempt sends within the budget or not at all: afterwards somebody else may have begun.

    Args:
        ledger: where it is noted.
        message: what is sent.
        content: its bytes, which only the first attempt asks for.
        budget: as in `state`.
        again: whether somebody has looked, and wants to send it although an attempt may have.
    """
    stands = state(attempts(ledger, message), ledger.clock(), budget)
    match stands:
        case Unsent():
            attempt, first = 1, content
        case Undelivered():
            attempt, first = stands.attempt + 1, stands.content
        case Uncertain() if again:
            attempt, first = stands.attempt + 1, stands.intent.content
        case _:
            return stands
    if ledger.add(message.key(attempt, Intent.kind), ledger.made(Intent, content=first)):
        return attempt, first
    return state(attempts(ledger, message), ledger.clock(), budget)


def answered(ledger: Ledger, message: Message, attempt: int, answer: Sent | Failed) -> bool:
    """Note what came of an attempt. False: somebody has noted the same already."""
    return ledger.add(message.key(attempt, answer.kind), answer)


def _attempt(ledger: Ledger, message: Message, number: int, there: set[str]) -> Attempt:
    def read(kind: type[E]) -> E:
        entry = ledger.find(message.key(number, kind.kind), kind)
        if entry is None:
            raise UnreadableError(f"The ledger's {message.key(number, kind.kind)} is gone again.")
        return entry

    return Attempt(
        read(Intent),
        read(Sent) if Sent.kind in there else None,
        read(Failed) if Failed.kind in there else None,
    )
