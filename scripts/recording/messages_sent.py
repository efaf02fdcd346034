"""What people were told of a release, by the ledger: each message, and what came of it."""

from __future__ import annotations

import json
import re
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from typing import Any, cast

from scripts.announcing.occasions import find, occasions
from scripts.ledger import messages
from scripts.ledger.ledger import Ledger
from scripts.ledger.messages import BeingSent, Delivered, Message, Uncertain, Undelivered

# Longer than any channel tries: what has no answer by then is uncertain
LONGEST = timedelta(minutes=15)
_KEY = re.compile(
    r"releases/(?P<release>[^/]+)/(?P<event>[a-z-]+)/(?P<occasion>[^/]+)/(?P<channel>[^/]+)/\d{3}\.intent\.json"
)


@dataclass(frozen=True)
class Told:
    """One message: when somebody began to send it, its first words, and what came of it.

    `good` is whether it is known to have arrived with the provider.
    """

    event: str
    channel: str
    at: datetime
    subject: str
    outcome: str
    good: bool


def read_told(ledger: Ledger, *releases: str) -> tuple[Told, ...]:
    """All messages of these releases, oldest first.

    Raises:
        UndeterminedError: the ledger cannot be read.
    """
    keys = [key for release in releases for key in ledger.store.list(f"releases/{release}/")]
    begun = {
        Message(*match.group("release", "event", "occasion", "channel")) for key in keys if (match := _KEY.match(key))
    }
    told = [*(_told(ledger, one) for one in begun), *_owed(ledger, keys, begun)]
    return tuple(sorted(told, key=lambda one: (one.at, one.event, one.channel)))


def _owed(ledger: Ledger, keys: Iterable[str], begun: Container[Message]) -> Iterator[Told]:
    """What was announced, and never begun on some channel."""
    for occasion in occasions(keys):
        announced = find(ledger, occasion)
        if announced is None:
            continue
        for channel, content in announced.messages.items():
            if occasion.message(channel) not in begun:
                subject = subject_of(content.encode())
                outcome = "owed: nobody has begun to send it"
                yield Told(occasion.event, channel, announced.at, subject, outcome, good=False)


def _told(ledger: Ledger, message: Message) -> Told:
    attempts = messages.attempts(ledger, message)
    match messages.state(attempts, ledger.clock(), LONGEST):
        case Delivered(attempt, sent):
            by = f", as {sent.by} says" if not sent.id else ""
            outcome, good = f"sent{_again(attempt)}{by}", True
        case Undelivered(attempt, failed):
            outcome, good = f"not sent{_again(attempt)}: {failed.why}", False
        case BeingSent(_, intent):
            outcome, good = f"being sent by {intent.by}", False
        case Uncertain(_, intent):
            outcome, good = f"not known whether it was sent: {intent.by} began, and noted no answer", False
        case _:
            outcome, good = "not begun", False
    first = attempts[0].intent
    return Told(message.event, message.channel, first.at, subject_of(first.content), outcome, good)


def _again(attempt: int) -> str:
    return f" at attempt {attempt}" if attempt > 1 else ""


def subject_of(content: bytes) -> str:
    """The first words of a message, whichever channel it is for: a mail's subject, or the first line of a text."""
    try:
        given = json.loads(content)
    except ValueError:
        return str(message_from_bytes(content, policy=policy.default).get("Subject", ""))
    return _text(given).strip().partition("\n")[0]


def _text(given: Any) -> str:
    """The text of an API call's arguments: Slack's `text`, or what a status page calls it."""
    if not isinstance(given, Mapping):
        return ""
    known = cast("Mapping[str, Any]", given)
    for key in ("text", "name", "body"):
        if isinstance(known.get(key), str):
            return known[key]
    return next((text for value in known.values() if (text := _text(value))), "")
