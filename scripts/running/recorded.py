"""That a release was recorded, and its page as it was then: in the ledger, for who has neither machine nor clone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from scripts.ledger.entries import Entry
from scripts.ledger.ledger import Ledger
from scripts.recording.html_record import page
from scripts.recording.record import Record


@dataclass(frozen=True, kw_only=True)
class Recorded(Entry):
    """A release was recorded: where its notes are, and the page to send, as HTML."""

    kind: ClassVar[str] = "record"
    where: str
    page: str


def keep_record(ledger: Ledger, release: str, record: Record, where: str) -> None:
    """Note that the notes are there. What another has noted before stays; `release record` makes both anew.

    Args:
        ledger: the stack's.
        release: the release that the execution is told as.
        record: what was recorded.
        where: the notes, for a person.

    Raises:
        UndeterminedError: the ledger cannot be written.
    """
    key = _key(release, record.execution.id)
    ledger.add(key, ledger.made(Recorded, where=where, page=page(record)))


def recorded_in(ledger: Ledger, release: str, execution_id: str) -> str:
    """Where the notes are; empty: it is not recorded. Raises UndeterminedError where that cannot be told."""
    found = ledger.find(_key(release, execution_id), Recorded)
    return found.where if found else ""


def _key(release: str, execution_id: str) -> str:
    return f"releases/{release}/record/{execution_id}.json"
