"""What of an execution is still to be told, whoever told the rest of it (SOP 5.2, 5.3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scripts import streams
from scripts.announcing.announce import Desk
from scripts.announcing.facts import End, Failure, Observed, Occurrence, Progress, Verification, occasion_of
from scripts.announcing.occasions import find
from scripts.announcing.owed import owed as still_owed
from scripts.announcing.sending import Told, key_of

JUDGED = (End.IN_VERIFICATION, End.IN_OBSERVATION)


def is_judged(what: Occurrence) -> bool:
    """Whether it is told once somebody has verified it, or the hour after it is over; else it is of its course."""
    return isinstance(what, Verification | Observed) or (isinstance(what, Failure) and what.end in JUDGED)


def untold(desk: Desk | None, release: str, found: Iterable[Occurrence], *, ended: bool) -> Iterator[Occurrence]:
    """What was not announced; what was, and did not arrive everywhere, is owed, and keeps nothing from going on.

    Args:
        desk: where it is told; None: nobody is to be told.
        release: the release's id.
        found: all that is to be told.
        ended: whether the execution has: how far it had come is of no use to anybody then.
    """
    for what in found:
        late = ended and isinstance(what, Progress)
        if desk is not None and not late and find(desk.ledger, occasion_of(release, what)) is None:
            yield what


def owed(desk: Desk | None, release: str) -> tuple[str, ...]:
    """The names of the messages of a release that are not known to have arrived."""
    if desk is None:
        return ()
    found = still_owed(desk.ledger, release)
    return tuple(key_of(one.occasion.message(channel)) for one in found for channel in one.channels)


def say_owed(told: Told, desk: Desk) -> None:
    """Say what of an announcement did not arrive, and what to type about it; it keeps nothing from going on."""
    for line in told.lines(desk.outputs.stack) if not told.good else ():
        streams.say(line)
