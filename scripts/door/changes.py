"""The door's changes in the ledger: who began to close or open it, and why, before; what came of it, after.

`door/000001.intent.json`, `door/000001.outcome.json` and so on. An intent without an outcome is being carried out, or
was left by a run that somebody ended: `begun` says which is still to be settled.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from scripts.errors import UndeterminedError
from scripts.facts.door import Mark
from scripts.ledger.entries import Entry, incomplete
from scripts.ledger.ledger import Ledger

_FOLDER = "door/"
_KEY = re.compile(rf"{_FOLDER}(\d{{6}})\.(intent|outcome)\.json")
# Who has written an intent acts on it within the half of this, or not at all.
BUDGET = timedelta(minutes=2)


@dataclass(frozen=True, kw_only=True)
class Closing(Entry):
    """Somebody is about to disable the transition."""

    kind: ClassVar[str] = "closing"
    reason: str


@dataclass(frozen=True, kw_only=True)
class Opening(Entry):
    """Somebody is about to enable the transition, which a closing had disabled."""

    kind: ClassVar[str] = "opening"
    reason: str


@dataclass(frozen=True, kw_only=True)
class Kept(Closing):
    """The keeper is about to disable the transition."""

    kind: ClassVar[str] = "kept"


@dataclass(frozen=True, kw_only=True)
class LetIn(Opening):
    """The keeper is about to enable the transition, for that execution alone; for none where it renews its lock."""

    kind: ClassVar[str] = "let-in"
    execution: str


@dataclass(frozen=True, kw_only=True)
class Changed(Entry):
    """It was done. `changed_at` is when, by what AWS tells of the transition."""

    kind: ClassVar[str] = "changed"
    changed_at: datetime


@dataclass(frozen=True, kw_only=True)
class Unchanged(Entry):
    """It was not done, and will not be."""

    kind: ClassVar[str] = "unchanged"
    why: str


class UnderWayError(UndeterminedError):
    """Somebody else changes the door just now, or has a moment ago."""

    def __init__(self, begun: Begun, message: str, fix: str) -> None:
        super().__init__(message, fix)
        self.begun = begun


Intent = Closing | Opening
_INTENTS = (Closing, Opening, Kept, LetIn)
Outcome = Changed | Unchanged


@dataclass(frozen=True)
class Begun:
    """A change, and what came of it as far as that is known."""

    number: int
    intent: Intent
    outcome: Outcome | None

    @property
    def mark(self) -> Mark:
        """What a closing writes into its lock."""
        intent = self.intent
        return Mark(self.number, intent.by, intent.reason, keeper=isinstance(intent, Kept))

    @property
    def by_keeper(self) -> bool:
        return isinstance(self.intent, (Kept, LetIn))

    def told(self) -> str:
        """`an opening`, for a message."""
        return "a closing" if isinstance(self.intent, Closing) else "an opening"


def newest(ledger: Ledger) -> Begun | None:
    """The newest change; None where there was none.

    Raises:
        UnreadableError: an entry is missing, or is none.
    """
    keys = ledger.store.list(_FOLDER)
    found = [match for match in map(_KEY.fullmatch, keys) if match]
    intents = [int(one[1]) for one in found if one[2] == "intent"]
    outcomes = {int(one[1]) for one in found if one[2] == "outcome"}
    if len(found) != len(keys) or intents != list(range(1, len(intents) + 1)) or not outcomes <= set(intents):
        raise incomplete(_FOLDER, "what became of the door")
    return find(ledger, len(intents)) if intents else None


def find(ledger: Ledger, number: int) -> Begun | None:
    """The change of that number; None where there is none."""
    intent: Intent | None = ledger.find(_key(number, "intent"), *_INTENTS)
    if intent is None:
        return None
    outcome: Outcome | None = ledger.find(_key(number, "outcome"), Changed, Unchanged)
    return Begun(number, intent, outcome)


def begin(ledger: Ledger, number: int, kind: type[Intent], reason: str, **more: str) -> Begun:
    """Write the intent; `more` is what the kind has besides.

    Raises:
        UnderWayError: another was there first.
    """
    intent = ledger.made(kind, reason=reason, **more)
    if ledger.add(_key(number, "intent"), intent):
        return Begun(number, intent, None)
    other = find(ledger, number)
    raise under_way(other) if other else UndeterminedError("The ledger is being changed.", "Run the command again.")


def end(ledger: Ledger, begun: Begun, outcome: Outcome) -> Outcome:
    """Note what came of it; what another has noted before stays."""
    key = _key(begun.number, "outcome")
    if ledger.add(key, outcome):
        return outcome
    noted: Outcome | None = ledger.find(key, Changed, Unchanged)
    return noted or outcome


def under_way(begun: Begun) -> UnderWayError:
    """What to say of a change that somebody else carries out just now."""
    who, when = begun.intent.by, begun.intent.at
    if begun.outcome:
        return UnderWayError(begun, f"{who} came first with {begun.told()} of the door.", "Look again: `release door`.")
    return UnderWayError(
        begun,
        f"{who} has begun {begun.told()} of the door at {when:%H:%M:%S} UTC, and it is not known yet what came of it.",
        "Look again in two minutes, with the same command.",
    )


def _key(number: int, what: str) -> str:
    return f"{_FOLDER}{number:06}.{what}.json"
