"""What is announced, which the command line names before it knows of a ledger."""

from __future__ import annotations

from enum import StrEnum


class Event(StrEnum):
    """What is announced."""

    PLANNED = "planned"
    POSTPONED = "postponed"
    STARTED = "started"
    STAGE = "stage"
    COMPLETE = "complete"
    FAILED = "failed"
    ROLLED_BACK = "rolled-back"
