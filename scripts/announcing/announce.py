"""Announces what happened to a release: written whole into the ledger first, then sent on every channel.

`release announce` does this for a person, `release watch` and `release run` by themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scripts.announcing.facts import Occurrence, Plan, Postponement, Release, TakenBack, Verification, occasion_of
from scripts.announcing.history import before, past, said
from scripts.announcing.occasions import Announced, find, note
from scripts.announcing.rendering import render
from scripts.announcing.sending import Channels, Told, send
from scripts.announcing.values import Place

if TYPE_CHECKING:
    from scripts.ledger.ledger import Ledger
    from sop.outputs import StackOutputs


@dataclass(frozen=True)
class Desk:
    """Where announcements are made: a stack, its ledger, and what opens a channel."""

    outputs: StackOutputs
    ledger: Ledger
    channels: Channels


def announce(what: Occurrence, release: Release, desk: Desk) -> Told:
    """Tell everybody who is to be told and was not; what has been written of the occasion goes out, whatever changed.

    Raises:
        ReleaseError: the ledger cannot be used; nothing was sent then.
    """
    occasion = occasion_of(release.id, what)
    return send(desk.ledger, occasion, note(desk.ledger, occasion, prepared(what, release, desk)), desk.channels)


def prepared(what: Occurrence, release: Release, desk: Desk) -> Announced:
    """The announcement as it stands in the ledger, or as it would."""
    occasion = occasion_of(release.id, what)
    if (first := find(desk.ledger, occasion)) is not None:
        return first
    ledger = desk.ledger
    known = before(ledger, past(ledger, release.id), _execution(what))
    rendered = render(Place(desk.outputs), release, what, ledger.clock(), known)
    return ledger.made(Announced, messages=rendered.messages, left_out=rendered.left_out, about=said(release))


def _execution(what: Occurrence) -> str:
    """The execution in the thread of whose start it is told; empty: of the newest."""
    match what:
        case Plan() | Postponement() | TakenBack():
            return ""  # what takes a release back is an execution of its own
        case Verification():
            return what.deployed.execution_id
        case _:
            return what.execution_id
