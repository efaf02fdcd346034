"""Sends what an announcement is for: each message once (scripts/channels/delivery.py), and says what is still owed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from scripts.announcing.occasions import Announced, Occasion
from scripts.channels.channel import BUDGET, Channel
from scripts.channels.delivery import Outcome, as_told
from scripts.channels.delivery import Told as Delivery
from scripts.channels.delivery import deliver as delivered
from scripts.errors import ReleaseError, UndeterminedError
from scripts.ledger import messages
from scripts.ledger.ledger import Ledger
from scripts.ledger.messages import Message, Unsent
from scripts.text import printable, utc
from sop.channels import Channel as Kind

Channels = Callable[[Kind], Channel]  # raises ReleaseError where one cannot be used


@dataclass(frozen=True)
class Told:
    """What came of an announcement; `left_out` are those who are not told, and why."""

    occasion: Occasion
    messages: tuple[Delivery, ...]
    left_out: Mapping[str, str]

    @property
    def good(self) -> bool:
        """Whether everybody was told who is to be."""
        return all(one.delivered for one in self.messages)

    @property
    def exit_code(self) -> int:
        return 0 if self.good else UndeterminedError.exit_code

    def lines(self, stack: str) -> list[str]:
        """For a person, with what to type about it."""
        left = [f"{name}: left out, {why}" for name, why in self.left_out.items()]
        found = [line for one in self.messages for line in shown(one, stack)]
        return [self.occasion.told, *(f"  {line}" for line in (*found, *left))]


def send(ledger: Ledger, occasion: Occasion, announced: Announced, channels: Channels) -> Told:
    """Send what nobody has sent yet; one that cannot be sent keeps no other from being sent."""
    found = [deliver(ledger, occasion.message(name), text, channels) for name, text in announced.messages.items()]
    return Told(occasion, tuple(found), announced.left_out)


def deliver(ledger: Ledger, message: Message, text: str, channels: Channels, *, again: bool = False) -> Delivery:
    """Send one message, unless it was, or is being sent; what cannot be used is what came of it.

    Args:
        ledger: where its attempts are noted.
        message: which it is.
        text: what is sent, if nobody has begun.
        channels: opens the channel.
        again: whether a person has looked, and wants an uncertain one to be sent once more.
    """
    try:
        channel = channels(kind_of(message.channel))
        return delivered(ledger, message, channel, text.encode(), again=again)
    except ReleaseError as problem:
        return replace(stands(ledger, message), why=problem.message, fix=problem.fix)
    except Exception as problem:  # whatever happens to one message, the others are sent
        found = stands(ledger, message)
        outcome = Outcome.UNCERTAIN if found.outcome is Outcome.BEING_SENT else found.outcome
        return replace(found, outcome=outcome, why=f"the program itself failed, {type(problem).__name__}: {problem}")


def stands(ledger: Ledger, message: Message) -> Delivery:
    """How it stands, with nothing done about it.

    Raises:
        UnreadableError: its attempts cannot be read.
    """
    now = ledger.clock()
    found = messages.state(messages.attempts(ledger, message), now, BUDGET)
    if isinstance(found, Unsent):
        why = "nobody has begun to send it"
        return Delivery(message=message, outcome=Outcome.NOT_SENT, by=ledger.by, at=now, why=why)
    return as_told(message, found)


def shown(one: Delivery, stack: str) -> list[str]:
    """How it stands, and what to type about it where that is anything."""
    command = f"release announce --stack {stack}"
    why = f": {printable(one.why)}" if one.why else f" by {one.by} at {utc(one.at)}"
    lines = [f"{one.message.channel}: {one.outcome}{why}"]
    if one.fix:
        lines.append(f"  fix: {printable(one.fix)}")
    if one.outcome is Outcome.UNCERTAIN:
        key = key_of(one.message)
        lines += [
            f"  it arrived: {command} --was-sent {key}",
            f"  it did not: {command} --resend {key}",
        ]
    if one.outcome is Outcome.NOT_SENT:
        lines.append(f"  again: {command} --pending")
    return lines


def evidence(found: Iterable[Delivery]) -> list[dict[str, str]]:
    """The same for a program."""
    return [
        {
            "key": key_of(one.message),
            "outcome": one.outcome.value,
            "by": one.by,
            "at": utc(one.at),
            "id": one.id,
            "why": one.why,
        }
        for one in found
    ]


def key_of(message: Message) -> str:
    """`pr-12/failed/<execution>/slack`: how a person names it."""
    return f"{message.release}/{message.event}/{message.occasion}/{message.channel}"


def kind_of(channel: str) -> Kind:
    """The channel of a message: each audience's mail goes by mail."""
    return Kind.MAIL if channel.startswith(f"{Kind.MAIL}-") else Kind(channel)


def as_json(told: Iterable[Told]) -> str:
    """All of it as JSON."""
    found = [
        {"occasion": one.occasion.told, "messages": evidence(one.messages), "left_out": dict(one.left_out)}
        for one in told
    ]
    return json.dumps({"schema": 1, "command": "announce", "announcements": found}, indent=2)
