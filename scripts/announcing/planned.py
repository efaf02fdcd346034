"""What was announced before a release (SOP 5.1): its content, for when, on which channels, and what came of each.

One announcement is `releases/<release>/planned/<content>-<time>/`: what it is, and a folder a channel. Content is the
first twelve digits of the tree that the merge makes; a later correction, or another time, is another announcement.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from scripts.announcing.occasions import WHOLE, Announced, Event, Occasion, find, stamp
from scripts.ledger import messages
from scripts.ledger.entries import UnreadableError
from scripts.ledger.ledger import Ledger
from scripts.ledger.messages import Attempt, Message

DIGITS = 12
_TIME = "%Y%m%dt%H%Mz"
_OCCASION = re.compile(rf"(?P<content>[0-9a-f]{{{DIGITS}}})-(?P<time>\d{{8}}t\d{{4}}z)")


@dataclass(frozen=True)
class Planned:
    """One announcement.

    Attributes:
        release: the release's id.
        content: the first digits of the tree's name.
        at: when it is to begin, UTC.
        channels: what is there of each message, by channel, nothing where it is yet to be sent; mail has one an
            audience, `mail-operations` say.
        postponed: whether somebody has begun to tell that it does not happen then.
        announced: the announcement as it was written; None: there are messages, and it is not there.
    """

    release: str
    content: str
    at: datetime
    channels: Mapping[str, tuple[Attempt, ...]]
    postponed: bool = False
    announced: Announced | None = None

    def is_of(self, content: str) -> bool:
        """Whether it announces that tree."""
        return content[:DIGITS] == self.content

    def sent(self, channel: str) -> datetime | None:
        """When the attempt that arrived was begun; None: none is known to have."""
        return next((one.intent.at for one in self.channels.get(channel, ()) if one.sent), None)

    def unsettled(self, channel: str) -> int | None:
        """The number of an attempt whose outcome nobody has noted, where none arrived."""
        attempts = self.channels.get(channel, ())
        if not attempts or self.sent(channel) or attempts[-1].failed:
            return None
        return len(attempts)

    @property
    def occasion(self) -> Occasion:
        return Occasion(self.release, Event.PLANNED, occasion(self.content, self.at))

    def message(self, channel: str) -> Message:
        return self.occasion.message(channel)


def occasion(content: str, at: datetime) -> str:
    """What tells one announcement of a release from another: its content, and for when, to the minute."""
    return f"{content[:DIGITS]}-{stamp(at)}"


def moment(text: str) -> tuple[str, datetime] | None:
    """The content and the time of an occasion; None: it is none."""
    found = _OCCASION.fullmatch(text)
    try:
        return (found["content"], datetime.strptime(found["time"], _TIME).replace(tzinfo=UTC)) if found else None
    except ValueError:
        return None


def planned_of(ledger: Ledger, release: str) -> list[Planned]:
    """Every announcement of a release, by when it is to begin.

    Raises:
        UndeterminedError: what stands there cannot be read, or the store cannot.
    """
    told = _channels(ledger, release, Event.PLANNED)
    postponed: Collection[str] = _channels(ledger, release, Event.POSTPONED)
    return sorted((_planned(ledger, release, one, told[one], one in postponed) for one in told), key=lambda one: one.at)


def _channels(ledger: Ledger, release: str, event: Event) -> dict[str, set[str]]:
    """The channels of each occasion: those that it is for, as far as that was written, and those that were begun."""
    place = f"releases/{release}/{event}/"
    found: dict[str, set[str]] = {}
    for key in ledger.store.list(place):
        named, _, rest = key.removeprefix(place).partition("/")
        channel, _, entry = rest.partition("/")
        channels = found.setdefault(named, set())
        if entry:
            channels.add(channel)
        elif channel == f"{WHOLE}.json" and (announced := find(ledger, Occasion(release, event, named))):
            channels.update(announced.messages)
        else:
            raise _strange(key)
    return found


def _planned(ledger: Ledger, release: str, named: str, channels: set[str], postponed: bool) -> Planned:
    found = moment(named)
    if found is None:
        raise _strange(f"releases/{release}/{Event.PLANNED}/{named}")
    messages_of = {
        one: tuple(messages.attempts(ledger, Message(release, Event.PLANNED, named, one))) for one in sorted(channels)
    }
    written = find(ledger, Occasion(release, Event.PLANNED, named))
    return Planned(release, *found, messages_of, postponed, written)


def _strange(key: str) -> UnreadableError:
    return UnreadableError(
        f"The ledger's {key} is nothing that this program knows of an announcement.",
        "Run the command with the newest version of the project.",
    )
