"""One message on one channel goes out once: noted before, and after; what nobody is sure of is asked for first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from scripts.channels.channel import LONGEST_SEND, NOT_THERE, Channel, Missing, NotSentError, SendUncertainError
from scripts.deadlines import within
from scripts.errors import ReleaseError, UnreachableError
from scripts.ledger.ledger import Ledger
from scripts.ledger.messages import (
    BeingSent,
    Delivered,
    Failed,
    Message,
    Sent,
    State,
    Uncertain,
    Undelivered,
    Unsent,
    answered,
    claim,
)


class Outcome(StrEnum):
    """How it stands after this run."""

    SENT = "sent"  # by this run
    SENT_BEFORE = "sent before"
    FOUND = "found"  # whoever began has sent it, and could not say so
    BEING_SENT = "being sent"  # by somebody else
    NOT_SENT = "not sent"  # to be tried again
    UNCERTAIN = "uncertain"  # for a person to settle


SETTLE = "Say so with `--was-sent`, once the ledger answers again."
DELIVERED = frozenset({Outcome.SENT, Outcome.SENT_BEFORE, Outcome.FOUND})


@dataclass(frozen=True, kw_only=True)
class Told:
    """What came of one message. `by` and `at` are of the attempt that counts, `id` is the provider's."""

    message: Message
    outcome: Outcome
    by: str
    at: datetime
    id: str = ""
    why: str = ""
    fix: str = ""

    @property
    def delivered(self) -> bool:
        """Whether it certainly reached the provider."""
        return self.outcome in DELIVERED


def deliver(ledger: Ledger, message: Message, channel: Channel, content: bytes, *, again: bool = False) -> Told:
    """Send the message, unless somebody has, or does so now.

    Of an earlier attempt that was not sent, its bytes go out, and `content` does not.

    Args:
        ledger: where it is noted before it is sent, and afterwards what came of it.
        message: what is sent.
        channel: through which.
        content: what the channel is given.
        again: whether a person has looked, and wants what is uncertain to be sent.

    Raises:
        UndeterminedError: the ledger cannot be read or written; nothing was sent.
    """
    began = ledger.clock()
    claimed = claim(ledger, message, content, channel.budget, again=again)
    if isinstance(claimed, Uncertain):
        settled = _settle(ledger, message, channel, claimed)
        if settled:
            return settled
        began = ledger.clock()
        claimed = claim(ledger, message, content, channel.budget)
    if not isinstance(claimed, tuple):
        return as_told(message, claimed)
    return _send(ledger, message, channel, claimed, began)


def _settle(ledger: Ledger, message: Message, channel: Channel, uncertain: Uncertain) -> Told | None:
    """How it stands once the provider was asked; None: it never arrived, which is noted."""
    found = channel.find(uncertain.intent.content, uncertain.intent.at)
    if found is NOT_THERE:
        why = f"{channel.name} does not have it"
        answered(ledger, message, uncertain.attempt, ledger.made(Failed, why=why))
        return None
    if isinstance(found, Missing):
        return as_told(message, uncertain)
    answered(ledger, message, uncertain.attempt, ledger.made(Sent, id=found))
    return Told(message=message, outcome=Outcome.FOUND, by=uncertain.intent.by, at=uncertain.intent.at, id=found)


def as_told(message: Message, state: State) -> Told:
    """How a message stands that somebody has begun to send."""
    match state:
        case Delivered():
            sent = state.sent
            return Told(message=message, outcome=Outcome.SENT_BEFORE, by=sent.by, at=sent.at, id=sent.id)
        case BeingSent():
            return Told(message=message, outcome=Outcome.BEING_SENT, by=state.intent.by, at=state.intent.at)
        case Uncertain():
            return Told(
                message=message,
                outcome=Outcome.UNCERTAIN,
                by=state.intent.by,
                at=state.intent.at,
                why=f"{state.intent.by} began to send it and never said what came of it",
            )
        case Undelivered():  # somebody else's attempt, which has just ended
            failed = state.failed
            return Told(message=message, outcome=Outcome.NOT_SENT, by=failed.by, at=failed.at, why=failed.why)
        case Unsent():
            raise AssertionError("an attempt that was lost to another is there")


def _send(ledger: Ledger, message: Message, channel: Channel, claimed: tuple[int, bytes], began: datetime) -> Told:
    attempt, content = claimed

    def told(outcome: Outcome, name: str = "", why: str = "", fix: str = "") -> Told:
        return Told(message=message, outcome=outcome, by=ledger.by, at=began, id=name, why=why, fix=fix)

    try:
        _require_time(ledger.clock() - began, channel)
        name = within(LONGEST_SEND, lambda: channel.send(content), f"{channel.name} has not answered")
    except NotSentError as problem:
        _note(ledger, message, attempt, ledger.made(Failed, why=problem.message))
        return told(Outcome.NOT_SENT, why=problem.message, fix=problem.fix)
    except (SendUncertainError, UnreachableError) as problem:
        return told(Outcome.UNCERTAIN, why=problem.message, fix=problem.fix)
    unsaid = _note(ledger, message, attempt, ledger.made(Sent, id=name))
    if unsaid:
        return told(Outcome.UNCERTAIN, name, f"It was sent, and the ledger could not be told: {unsaid.message}", SETTLE)
    return told(Outcome.SENT, name)


def _require_time(passed: timedelta, channel: Channel) -> None:
    """A machine that slept since it claimed the attempt may find somebody else at it. Raises NotSentError."""
    if passed > channel.budget - LONGEST_SEND:
        raise NotSentError("This machine stood still before it could send.", "Run the same command again.")


def _note(ledger: Ledger, message: Message, attempt: int, answer: Sent | Failed) -> ReleaseError | None:
    """What kept the ledger from being told: other messages are still to go out."""
    try:
        answered(ledger, message, attempt, answer)
    except ReleaseError as problem:
        return problem
    return None
