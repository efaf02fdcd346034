"""An announcement in the ledger: what is told on one occasion, on every channel, as it was rendered the first time.

`releases/<release>/<event>/<occasion>/announcement.json` is written before the first message is begun. So whatever ends
a run, and whatever changes meanwhile, the rest of the same announcement goes out; the messages stand beside it
(`scripts/ledger/messages.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import ClassVar

from scripts.announcing.events import Event
from scripts.errors import UndeterminedError
from scripts.ledger.entries import Entry
from scripts.ledger.ledger import Ledger
from scripts.ledger.messages import Message

WHOLE, VERIFIED = "announcement", "verified"


_KEY = re.compile(
    rf"releases/(?P<release>[^/]+)/(?P<event>{'|'.join(Event)})/(?P<name>[^/]+)/(?P<part>{WHOLE}|{VERIFIED})\.json"
)


@dataclass(frozen=True)
class Occasion:
    """When an event of a release is told; `name` tells a second failure from the first.

    `part` is WHOLE, but for the end of a deployment: what is told once it is verified is VERIFIED.
    """

    release: str
    event: Event
    name: str
    part: str = WHOLE

    @property
    def key(self) -> str:
        """Where its announcement is."""
        return f"releases/{self.release}/{self.event}/{self.name}/{self.part}.json"

    @property
    def told(self) -> str:
        """`pr-12/failed/<execution>`, for a person."""
        return f"{self.release}/{self.event}/{self.name}"

    def message(self, channel: str) -> Message:
        return Message(self.release, self.event, self.name, channel)


@dataclass(frozen=True, kw_only=True)
class Announced(Entry):
    """An announcement.

    Attributes:
        messages: what each channel is given, by its name in the ledger: `mail-operations`, `slack`, `status-page`.
        left_out: who is not told, and why, by the same names.
        about: what later announcements of the release go by, and its record.
    """

    kind: ClassVar[str] = "announcement"
    messages: Mapping[str, str]
    left_out: Mapping[str, str] = field(default_factory=dict[str, str])
    about: Mapping[str, str] = field(default_factory=dict[str, str])


def note(ledger: Ledger, occasion: Occasion, announced: Announced) -> Announced:
    """Write the announcement; where there is one already, it is that one that counts.

    Raises:
        UnreadableError: what is there is none.
    """
    if ledger.add(occasion.key, announced):
        return announced
    first = find(ledger, occasion)
    if first is None:
        raise UndeterminedError(f"The ledger's {occasion.key} is gone again.", "Run the same command again.")
    return first


def find(ledger: Ledger, occasion: Occasion) -> Announced | None:
    """The announcement; None: there is none."""
    return ledger.find(occasion.key, Announced)


def occasions(keys: Iterable[str]) -> list[Occasion]:
    """Those of which these keys of the ledger are announcements."""
    found = (_KEY.fullmatch(key) for key in keys)
    return [Occasion(one["release"], Event(one["event"]), one["name"], one["part"]) for one in found if one]


def stamp(moment: datetime) -> str:
    """`20261126t0000z`, as a time stands in an occasion: the ledger's keys have no capitals."""
    return f"{moment.astimezone(UTC):%Y%m%dt%H%Mz}"
