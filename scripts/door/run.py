"""What `release door --apply` does between its arguments and its exit code."""

from __future__ import annotations

from pathlib import Path
from time import sleep
from typing import TYPE_CHECKING

from scripts import streams
from scripts.errors import ConfigurationError
from scripts.interruption import InterruptedRunError

if TYPE_CHECKING:
    from scripts.clients.clock import AwsClock
    from scripts.door.keeping import Keeping, Told
    from scripts.gate.opening import DevAsked
    from scripts.results import Report
    from scripts.runs import Asked
    from sop.calendar.calendar import Needed


def kept(
    keeping: Keeping, clock: AwsClock, asked: Asked, folder: Path | None, wanted: DevAsked, *, dry_run: bool
) -> Told:
    """One run of the keeper.

    Args:
        keeping: the door.
        clock: AWS's time.
        asked: what the person asked for.
        folder: the argument of --ledger.
        wanted: where dev is, which the gate looks at.
        dry_run: whether to say only what would be done.
    """
    from scripts.announcing.occasions import Event
    from scripts.announcing.planning import NotAnnouncedError
    from scripts.announcing.run import Wanted, announced
    from scripts.checks import gate_checks
    from scripts.clients.github import GitHub
    from scripts.door.keeper import keeper_of
    from scripts.door.keeping import Told
    from scripts.gate.gate import gate
    from scripts.gate.opening import open_dev

    known = keeping.outputs
    github = GitHub.of_environment(known.repository)
    dev, no_dev = open_dev(wanted, asked, known, clock)

    def judge(number: int, needed: Needed) -> Report:
        try:
            return gate(
                gate_checks(known.environment),
                outputs=known,
                aws=keeping.aws,
                github=github,
                number=number,
                clock=clock.now,
                needed=needed,
                ledger=keeping.ledger,
                dev=dev,
                no_dev=no_dev,
                say=streams.say,
                deadline=asked.deadline,
            )
        except InterruptedRunError:
            raise KeyboardInterrupt from None

    def tell(number: int, why: str) -> Told | None:
        try:
            text, code = announced(Wanted(Event.POSTPONED, number, reason=why), asked, folder, wanted)
        except (NotAnnouncedError, ConfigurationError):  # it was not announced, or nobody hears of releases
            return None
        return Told(text, code)

    keeper = keeper_of(keeping, github, judge=judge, tell=tell, pause=sleep, say=streams.say)
    return keeper.would() if dry_run else keeper.run()
