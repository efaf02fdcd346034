"""What is still owed of all announcements, and how a person settles one: `--pending`, `--resend`, `--was-sent`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from scripts.announcing.announce import Desk
from scripts.announcing.occasions import VERIFIED, WHOLE, Announced, Event, Occasion, find, note, occasions
from scripts.announcing.planning import NotAnnouncedError
from scripts.announcing.sending import Told, deliver, stands
from scripts.channels.channel import BUDGET
from scripts.channels.delivery import Outcome
from scripts.channels.delivery import Told as Delivery
from scripts.errors import ConfigurationError, UndeterminedError
from scripts.ledger import messages
from scripts.ledger.ledger import Ledger
from scripts.ledger.messages import BeingSent, Delivered, Message, Sent, Uncertain

_KEY = re.compile(rf"(?P<release>[^/]+)/(?P<event>{'|'.join(Event)})/(?P<occasion>[^/]+)/(?P<channel>[^/]+)")
TOO_LATE = timedelta(hours=1)  # how far a deployment has come is of no use to anybody afterwards


@dataclass(frozen=True)
class Owed:
    """Announcements of which somebody was not told, or may not have been."""

    occasion: Occasion
    announced: Announced
    channels: tuple[str, ...]


def owed(ledger: Ledger, release: str | None = None) -> Iterator[Owed]:
    """All of them, of one release or of all; what is only progress and too late is none.

    Raises:
        UnreadableError: an announcement cannot be read.
    """
    keys = ledger.store.list(f"releases/{release}/" if release else "releases/")
    arrived = {key.rpartition("/")[0] + "/" for key in keys if key.endswith(".sent.json")}
    for occasion in occasions(keys):
        announced = find(ledger, occasion)
        if announced is None:
            raise UndeterminedError(f"The ledger's {occasion.key} is gone again.", "Run the same command again.")
        if occasion.event is Event.STAGE and ledger.clock() - announced.at > TOO_LATE:
            continue
        open_ones = tuple(name for name in announced.messages if occasion.message(name).folder not in arrived)
        if open_ones:
            yield Owed(occasion, announced, open_ones)


def pending(desk: Desk, release: str | None, *, retry: bool) -> list[Told]:
    """What is owed, after another try at what certainly was not sent, unless nobody wants one."""
    return [_retried(desk, one, retry=retry) for one in owed(desk.ledger, release)]


def _retried(desk: Desk, one: Owed, *, retry: bool) -> Told:
    found: list[Delivery] = []
    for name in one.channels:
        message = one.occasion.message(name)
        now = stands(desk.ledger, message)
        if retry and now.outcome in (Outcome.NOT_SENT, Outcome.UNCERTAIN):
            # of what is uncertain the provider is asked; where it cannot tell it stays so
            now = deliver(desk.ledger, message, one.announced.messages[name], desk.channels)
        found.append(now)
    return Told(one.occasion, tuple(found), {})


def resend(desk: Desk, key: str) -> Told:
    """Send a message once more that is uncertain, or that was not sent: a person has looked.

    Raises:
        ConfigurationError: there is no such message.
        NotAnnouncedError: it was sent.
    """
    occasion, message, text = _named(desk.ledger, key)
    if stands(desk.ledger, message).delivered:
        raise NotAnnouncedError(f"{key} was sent: another would be the second.", "Announce the event anew, if need be.")
    return Told(occasion, (deliver(desk.ledger, message, text, desk.channels, again=True),), {})


def was_sent(ledger: Ledger, key: str) -> Told:
    """Note that a message was sent: a person has looked, or has sent it.

    Raises:
        ConfigurationError: there is no such message.
    """
    occasion, message, text = _named(ledger, key)
    return Told(occasion, (settle(ledger, message, text),), {})


def settle(ledger: Ledger, message: Message, text: str) -> Delivery:
    """Note that it was sent, unless that is noted already."""
    tried = messages.attempts(ledger, message)
    now = messages.state(tried, ledger.clock(), BUDGET)
    match now:
        case Delivered():
            return stands(ledger, message)
        case Uncertain() | BeingSent():
            attempt = now.attempt
        case _:
            claimed = messages.claim(ledger, message, text.encode(), BUDGET)
            if not isinstance(claimed, tuple):
                return stands(ledger, message)
            attempt, _ = claimed
    messages.answered(ledger, message, attempt, ledger.made(Sent, id=""))
    return stands(ledger, message)


def by_hand(ledger: Ledger, occasion: Occasion, announced: Announced, channels: tuple[str, ...]) -> Told:
    """Note that a person has made the announcement on these channels; the others of it are still owed."""
    first = note(ledger, occasion, announced)
    found = [settle(ledger, occasion.message(name), text) for name, text in first.messages.items() if name in channels]
    return Told(occasion, tuple(found), first.left_out)


def _named(ledger: Ledger, key: str) -> tuple[Occasion, Message, str]:
    found = _KEY.fullmatch(key)
    if found is None:
        raise ConfigurationError(
            f"{key} names no message.", "`release announce --pending` prints their names: pr-12/failed/ID/slack, say."
        )
    for part in (WHOLE, VERIFIED):
        occasion = Occasion(found["release"], Event(found["event"]), found["occasion"], part)
        announced = find(ledger, occasion)
        if announced and found["channel"] in announced.messages:
            return occasion, occasion.message(found["channel"]), announced.messages[found["channel"]]
    raise ConfigurationError(f"The ledger has no message {key}.", "`release announce --pending` prints their names.")
