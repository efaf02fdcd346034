"""Comments that have approved something: one approves one thing, once (`comments/<comment id>.json`)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from scripts.errors import UndeterminedError
from scripts.ledger.entries import Entry, incomplete
from scripts.ledger.ledger import Ledger

_FOLDER = "comments/"
_KEY = re.compile(rf"{_FOLDER}(\d+)\.json")


@dataclass(frozen=True, kw_only=True)
class Use(Entry):
    """A comment was used, and for what: a release's id, or the key of what it approved."""

    kind: ClassVar[str] = "use"
    purpose: str


def used(ledger: Ledger, apart_from: str = "") -> frozenset[int]:
    """The ids of all comments that were used, but for those used for `apart_from`.

    Raises:
        UndeterminedError: what stands there is nothing that this program knows, or the store cannot be read.
    """
    keys = ledger.store.list(_FOLDER)
    found = [_KEY.fullmatch(key) for key in keys]
    ids = {int(one[1]): key for one, key in zip(found, keys, strict=True) if one}
    if len(ids) != len(keys):
        raise incomplete(_FOLDER, "which comments were used", "an entry is none")
    return frozenset(one for one, key in ids.items() if not apart_from or _read(ledger, key).purpose != apart_from)


def use(ledger: Ledger, comment: int, for_what: str) -> bool:
    """Note that the comment is used, before what it approves is done.

    Of two who use it at once one wins. A run that was killed afterwards goes on with it: for the very same it is used
    by whoever comes next.

    Returns:
        Whether it approves this. False: it was used for something else.

    Raises:
        UndeterminedError: the store cannot be used, or holds what this program cannot read.
    """
    key = f"{_FOLDER}{comment}.json"
    if ledger.add(key, ledger.made(Use, purpose=for_what)):
        return True
    return _read(ledger, key).purpose == for_what


def _read(ledger: Ledger, key: str) -> Use:
    entry = ledger.find(key, Use)
    if entry is None:
        raise UndeterminedError(f"The ledger's {key} is gone again.", "Run the same command again.")
    return entry
