"""`release freeze`: nobody releases while an incident is open or something else stands in the way (SOP 6.2)."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scripts import doings, options, streams
from scripts.errors import ConfigurationError, UndeterminedError
from scripts.text import printable, utc

if TYPE_CHECKING:
    from scripts.ledger.freezes import Freeze, Thaw
    from scripts.ledger.ledger import Ledger
    from scripts.runs import Asked

DONE, FROZEN = 0, 3


def freeze(
    *,
    on: Annotated[str | None, typer.Option("--on", metavar="REASON", help="Freeze, for this reason.")] = None,
    off: Annotated[bool, typer.Option("--off", help="Lift the freeze, whoever has set it.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")] = False,
    stack: options.StackOption = None,
    outputs: options.OutputsOption = None,
    ledger: options.LedgerOption = None,
    profile: options.ProfileOption = None,
    region: options.RegionOption = None,
    deadline: options.DeadlineOption = options.DEADLINE,
    printed: options.ShapeOption = options.Shape.TABLE,
) -> None:
    """SOP 6.2: freeze releases, lift the freeze, or show it.

    Who, when and why stand in the stack's ledger. Exit code: 0 done, or no freeze; 3 frozen: without options, or by
    another than who says --on, whose reason is then not recorded; 4 it could not be determined; 2 wrong usage or
    configuration.
    """
    reason = _reason(on, off=off, dry_run=dry_run)
    from scripts.deadlines import within
    from scripts.runs import Asked

    asked = Asked(profile, region, options.span_of(deadline), stack, outputs)
    opened, name = _open(asked, ledger)
    act = partial(_show, opened, name, reason, off=off)
    if not dry_run:
        act = partial(_lift, opened, name) if off else partial(_set, opened, name, reason) if reason else act
    silent = "The ledger has not answered"
    text, code = within(asked.deadline, act, silent)
    more = within(asked.deadline, partial(_state, opened), silent) if printed is options.Shape.JSON else {}
    raise typer.Exit(doings.tell(printed, "freeze", name, text, code, **more))


def _reason(on: str | None, *, off: bool, dry_run: bool) -> str:
    """What --on was given, on one line; empty without it. Raises ConfigurationError where the options do not fit."""
    reason = " ".join((on or "").split())
    if off and on is not None:
        raise ConfigurationError("--on sets a freeze, --off lifts it.", "Say one of them, or neither to see it.")
    if on is not None and not reason:
        raise ConfigurationError("--on needs the reason, for those who read it.", 'Say --on "checkout is down", say.')
    if dry_run and not (off or reason):
        raise ConfigurationError("--dry-run is for --on and --off; without them nothing is changed anyway.")
    return reason


def _open(asked: Asked, folder: Path | None) -> tuple[Ledger, str]:
    """The stack's ledger, written by who asks, and the stack's name."""
    from scripts.ledger.opening import opened
    from scripts.outputs import read_outputs

    known = read_outputs(asked.stack, asked.outputs)
    return opened(known, asked, folder).ledger, known.stack


def _show(ledger: Ledger, stack: str, reason: str, *, off: bool) -> tuple[str, int]:
    from scripts.ledger.freezes import Freeze, newest

    now = newest(ledger)
    frozen = isinstance(now, Freeze)
    shown = f"{stack} is frozen {_told(now)}." if isinstance(now, Freeze) else f"{stack} is not frozen."
    if reason:
        would = "Nothing" if frozen else f"A freeze by {printable(ledger.by)}, {printable(reason)},"
        return f"{shown} {would} would be recorded.", FROZEN if frozen else DONE
    if off:
        return f"{shown} {'The freeze would be lifted' if frozen else 'Nothing would be recorded'}.", DONE
    return shown, FROZEN if frozen else DONE


def _set(ledger: Ledger, stack: str, reason: str) -> tuple[str, int]:
    from scripts.ledger import freezes

    change = freezes.freeze(ledger, reason)
    now = change.newest
    if change.made and now:
        lifting = f"`release freeze --stack {stack} --off` lifts it"
        return f"{stack} is frozen from {utc(now.at)} on: {printable(reason)}. {lifting}.", DONE
    if isinstance(now, freezes.Freeze):
        if (now.by, now.reason) == (ledger.by, reason):
            return f"{stack} is frozen already, {_told(now)}.", DONE
        own = f"`release freeze --stack {stack} --off` first, to give another"
        anothers = "tell them, or they lift it before you are ready"
        told = own if now.by == ledger.by else anothers
        return f"{stack} is frozen already, {_told(now)}. Your reason was not recorded: {told}.", FROZEN
    raise UndeterminedError(
        f"Somebody else froze and thawed {stack} in this moment; your freeze was not recorded.",
        "Run the same command again.",
    )


def _lift(ledger: Ledger, stack: str) -> tuple[str, int]:
    from scripts.ledger import freezes

    before, change = freezes.thaw(ledger)
    if before is None:
        return f"{stack} is not frozen: there is nothing to lift.", DONE
    if change.made:
        if before.by != ledger.by:
            streams.say(f"It was somebody else who froze {stack}, {_told(before)}: let them know.")
        return f"{stack} is not frozen any more.", DONE
    if isinstance(change.newest, freezes.Freeze):
        return f"{stack} was thawed and frozen again meanwhile, {_told(change.newest)}. It was not lifted.", FROZEN
    return f"{stack} is not frozen any more: {_whose(change.newest)} lifted it.", DONE


def _state(ledger: Ledger) -> dict[str, Any]:
    """The freeze as it is after that."""
    from scripts.ledger.freezes import Freeze, newest

    now = newest(ledger)
    if not isinstance(now, Freeze):
        return {"frozen": False, "freeze": None}
    return {"frozen": True, "freeze": {"by": now.by, "at": utc(now.at), "reason": now.reason}}


def _told(freeze: Freeze) -> str:
    return f"since {utc(freeze.at)} by {printable(freeze.by)}: {printable(freeze.reason)}"


def _whose(entry: Thaw | None) -> str:
    return printable(entry.by) if entry else "somebody"
