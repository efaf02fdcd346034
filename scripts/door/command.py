"""`release door`: who may go into production, and who keeps it closed (SOP 6)."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scripts import doings, options, streams
from scripts.errors import ConfigurationError, ReleaseError
from scripts.interruption import interruptible
from scripts.text import printable, utc
from sop.names import Stage

if TYPE_CHECKING:
    from scripts.clients.aws import Aws
    from scripts.clients.clock import AwsClock
    from scripts.door.keeping import Keeping, Told
    from scripts.ledger.ledger import Ledger
    from scripts.runs import Asked
    from sop.outputs import StackOutputs


def door(
    *,
    apply: Annotated[
        bool, typer.Option("--apply", help="Keep it: close it, and let in what may go in at this moment.")
    ] = False,
    to_open: Annotated[
        str | None, typer.Option("--open", metavar="REASON", help="Open it, if `release door` has closed it.")
    ] = None,
    to_close: Annotated[
        str | None, typer.Option("--close", metavar="REASON", help="Close it: what comes waits before Deploy.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="With --apply: say what would be done, and do nothing.")
    ] = False,
    stack: options.StackOption = None,
    outputs: options.OutputsOption = None,
    ledger: options.LedgerOption = None,
    dev_stack: options.DevStackOption = None,
    dev_outputs: options.DevOutputsOption = None,
    dev_profile: options.DevProfileOption = None,
    profile: options.ProfileOption = None,
    region: options.RegionOption = None,
    deadline: options.DeadlineOption = options.DEADLINE,
    printed: options.ShapeOption = options.Shape.TABLE,
) -> None:
    """SOP 6: keep the door to Deploy, close it, open it, or show it.

    The door is the stage's inbound transition; who, when and why stand in the stack's ledger. --apply is the keeper: it
    closes the door, lets in what waits if the calendar is open and its pull request's gate is GO, and closes it behind.
    What a person has closed by hand is neither opened nor closed over. Exit code: 0 done, or open; 3 closed: without
    options, by another than who says --close, or by hand; with --apply: somebody else had entered, and was stopped; 4
    it could not be determined; 2 wrong usage or configuration.
    """
    if sum((apply, to_open is not None, to_close is not None)) > 1:
        raise ConfigurationError(
            "--apply keeps the door, --open opens it, --close closes it.", "Say one of them, or none to see it."
        )
    if dry_run and not apply:
        raise ConfigurationError("--dry-run is for --apply.", "Without options the door is shown, and nothing changed.")
    opening, closing = _reason("--open", to_open), _reason("--close", to_close)
    from scripts.door.keeping import Keeping
    from scripts.runs import Asked

    asked = Asked(profile, region, options.span_of(deadline), stack, outputs)
    with interruptible():
        known, aws, written, clock = opened(asked, ledger)
        keeping = Keeping(known, aws, written)
        if apply:
            from scripts.door.run import kept
            from scripts.gate.opening import DevAsked

            dev = DevAsked(dev_stack, dev_outputs, dev_profile)
            told = kept(keeping, clock, asked, ledger, dev, dry_run=dry_run)
        else:
            told = _by_hand(keeping, asked, opening, closing)
        more = {"door": _state(keeping, asked)} if printed is options.Shape.JSON else {}
        raise typer.Exit(doings.tell(printed, "door", known.stack, told.text, told.code, **more))


def _by_hand(keeping: Keeping, asked: Asked, opening: str, closing: str) -> Told:
    from scripts.deadlines import within

    act = partial(_show, keeping)
    if opening or closing:
        act = partial(keeping.open, opening) if opening else partial(keeping.close, closing)
    return within(asked.deadline, act, "AWS has not answered")


def _state(keeping: Keeping, asked: Asked) -> dict[str, Any] | None:
    """The door as it is after that; None where it cannot be told, which takes nothing from what was done."""
    from scripts.deadlines import within
    from scripts.facts.door import as_data

    try:
        return as_data(within(asked.deadline, keeping.look, "AWS has not answered"))
    except ReleaseError as problem:
        streams.say(problem.message)
        return None


def opened(asked: Asked, folder: Path | None) -> tuple[StackOutputs, Aws, Ledger, AwsClock]:
    """The stack, its clients, its ledger as written by who asks, and AWS's time."""
    from scripts.ledger import opening
    from scripts.outputs import read_outputs

    known = read_outputs(asked.stack, asked.outputs)
    found = opening.opened(known, asked, folder)
    return known, found.aws, found.ledger, found.clock


def _reason(option: str, given: str | None) -> str:
    reason = " ".join((given or "").split())
    if given is not None and not reason:
        raise ConfigurationError(f"{option} needs the reason, for those who read it.", f'Say {option} "why", say.')
    return reason


def _show(keeping: Keeping) -> Told:
    from scripts.door.keeping import DONE, REFUSED, Told
    from scripts.facts.door import kept_by

    now = keeping.look()
    stack = keeping.outputs.stack
    lines = [f"The door of {stack} is open." if now.is_open else f"The door of {stack} is {now.whose()}."]
    lines += [f"  execution {one} waits before it" for one in now.before]
    if now.inside:
        lines.append(f"  execution {now.inside} is behind it, where {Stage.DEPLOY}'s entry rule keeps it")
    if now.has_lost(keeping.ledger.clock()):
        lines.append("  for more than 30 days: what waits does not go on by itself any more")
    if not now.is_open:
        lines.append(f"  {now.opened_by(keeping.outputs)}")
    if begun := keeping.left():
        lines.append(
            f"  {printable(begun.intent.by)} began {begun.told()} at {utc(begun.intent.at)} "
            f"({printable(begun.intent.reason)}); what came of it is not noted: the next change looks"
        )
    lines.append(f"  {kept_by(now, keeping.outputs)}")
    return Told("\n".join(lines), DONE if now.is_open else REFUSED)
