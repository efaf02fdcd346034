"""The freeze that somebody has set by hand (SOP 6.2): one a stack, from when it was set until it is lifted.

Each change is the next entry, `freezes/000001.json` and so on, and the newest one is what holds. Of two who change it
at once one writes that entry, and the other is told.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from scripts.errors import UndeterminedError
from scripts.ledger.entries import Entry, incomplete
from scripts.ledger.ledger import Ledger

_FOLDER = "freezes/"
_KEY = re.compile(rf"{_FOLDER}(\d{{6}})\.json")


@dataclass(frozen=True, kw_only=True)
class Freeze(Entry):
    """No release to this stack from now on, for `reason`."""

    kind: ClassVar[str] = "freeze"
    reason: str


@dataclass(frozen=True, kw_only=True)
class Thaw(Entry):
    """The freeze before is lifted."""

    kind: ClassVar[str] = "thaw"


@dataclass(frozen=True)
class Change:
    """What came of a wish: `made` by this run or not, and the newest entry now; None where there has been none."""

    made: bool
    newest: Freeze | Thaw | None


def newest(ledger: Ledger) -> Freeze | Thaw | None:
    """What was changed last; None where nothing ever was.

    Raises:
        UndeterminedError: what stands there cannot be read, or the store cannot.
    """
    return _newest(ledger)[1]


def freeze(ledger: Ledger, reason: str) -> Change:
    """Set the freeze, unless there is one."""
    number, before = _newest(ledger)
    if isinstance(before, Freeze):
        return Change(False, before)
    return _changed(ledger, number, ledger.made(Freeze, reason=reason))


def thaw(ledger: Ledger) -> tuple[Freeze | None, Change]:
    """Lift the freeze: the one that there was, if any, and what came of it."""
    number, before = _newest(ledger)
    if not isinstance(before, Freeze):
        return None, Change(False, before)
    return before, _changed(ledger, number, ledger.made(Thaw))


def _newest(ledger: Ledger) -> tuple[int, Freeze | Thaw | None]:
    """Its number, 0 where there is none."""
    keys = ledger.store.list(_FOLDER)
    numbers = [int(found[1]) for key in keys if (found := _KEY.fullmatch(key))]
    if len(numbers) != len(keys) or numbers != list(range(1, len(numbers) + 1)):
        raise incomplete(_FOLDER, "whether there is a freeze")
    if not numbers:
        return 0, None
    entry = ledger.find(_key(numbers[-1]), Freeze, Thaw)
    if entry is None:
        raise UndeterminedError(f"The ledger's {_key(numbers[-1])} is gone again.", "Run the same command again.")
    return numbers[-1], entry


def _changed(ledger: Ledger, number: int, entry: Freeze | Thaw) -> Change:
    if ledger.add(_key(number + 1), entry):
        return Change(True, entry)
    return Change(False, newest(ledger))


def _key(number: int) -> str:
    return f"{_FOLDER}{number:06}.json"
