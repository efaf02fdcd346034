"""A ledger that many have open at once, at a time of their own, in this process."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from scripts.ledger.ledger import Ledger
from scripts.ledger.store import Stored


class Killed(BaseException):
    """The process ends here."""


class Memory:
    """A Store."""

    def __init__(self) -> None:
        self.content: dict[str, bytes] = {}
        self._meanwhile: Callable[[], object] | None = None

    def meanwhile(self, act: Callable[[], object]) -> None:
        """What others do right before the next write."""
        self._meanwhile = act

    def create(self, key: str, data: bytes) -> bool:
        if act := self._meanwhile:
            self._meanwhile = None
            act()
        new = key not in self.content
        self.content.setdefault(key, data)
        return new

    def replace(self, key: str, data: bytes, etag: str) -> bool:
        raise AssertionError("nothing in the ledger is replaced")

    def read(self, key: str) -> Stored | None:
        return Stored(self.content[key], "") if key in self.content else None

    def list(self, prefix: str) -> list[str]:
        return sorted(key for key in self.content if key.startswith(prefix))


class Time:
    """AWS's."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def passes(self, span: timedelta) -> None:
        self.now += span


def ledger_of(who: str, store: Memory, time: Time) -> Ledger:
    return Ledger(store, f"arn:aws:sts::123456789012:assumed-role/operator/{who}", time)
