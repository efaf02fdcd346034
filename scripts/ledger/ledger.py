"""The ledger of one stack: its entries by key, and who writes in it just now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from scripts.ledger.entries import Entry, decode, encode
from scripts.ledger.store import Store

E = TypeVar("E", bound=Entry)


@dataclass(frozen=True)
class Ledger:
    """Entries are added, each under a key of its own, and never changed or taken away.

    `by` is the ARN of who writes; `clock` is AWS's time.
    """

    store: Store
    by: str
    clock: Callable[[], datetime]

    def made(self, kind: Callable[..., E], **fields: Any) -> E:
        """An entry of that kind, by who writes, of this moment."""
        return kind(by=self.by, at=self.clock(), **fields)

    def add(self, key: str, entry: Entry) -> bool:
        """Write the entry. False: another was there first, and stays."""
        return self.store.create(key, encode(entry))

    def find(self, key: str, *kinds: type[E]) -> E | None:
        """The entry; None: nobody has written one.

        Raises:
            UnreadableError: it is none of these kinds.
        """
        stored = self.store.read(key)
        return decode(stored.data, key, *kinds) if stored else None
