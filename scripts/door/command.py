"""`release door`: who may go into production, and who keeps it closed (SOP 6)."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scripts import options, streams
from scripts.errors import ConfigurationError
from scripts.text import printable, utc
from sop.names import Stage

if TYPE_CHECKING:
    from scripts.clients.aws import Aws
    from scripts.door.keeping import Keeping, Told
    from scripts.ledger.ledger import Ledger
    from scripts.runs import Asked
    from sop.outputs import StackOutputs


def door(
    *,
    to_open: Annotated[
        str | None, typer.Option("--open", metavar="REASON", help="Open it, if `release door` has closed it.")
    ] = None,
    to_close: Annotated[
        str | None, typer.Option("--close", metavar="REASON", help="Close it: what comes waits before Deploy.")
    ] = None,
    stack: options.StackOption = None,
    outputs: options.OutputsOption = None,
    ledger: options.LedgerOption = None,
    profile: options.ProfileOption = None,
    region: options.RegionOption = None,
    deadline: options.DeadlineOption = options.DEADLINE,
) -> None:
    """SOP 6: close the door to Deploy, open it, or show it.

    The door is the stage's inbound transition; who, when and why stand in the stack's ledger. What a person has closed
    by hand is neither opened nor closed over. Exit code: 0 done, or open; 3 closed: without options, by another than
    who says --close, or by hand; 4 it could not be determined; 2 wrong usage or configuration.
    """
    if to_open is not None and to_close is not None:
        raise ConfigurationError("--open opens the door, --close closes it.", "Say one of them, or neither to see it.")
    opening, closing = _reason("--open", to_open), _reason("--close", to_close)
    from scripts.deadlines import within
    from scripts.door.keeping import Keeping
    from scripts.runs import Asked

    asked = Asked(profile, region, options.span_of(deadline), stack, outputs)
    keeping = Keeping(*opened(asked, ledger))
    act = partial(_show, keeping)
    if opening or closing:
        act = partial(keeping.open, opening) if opening else partial(keeping.close, closing)
    told = within(asked.deadline, act, "AWS has not answered")
    sys.stdout.write(f"{told.text}\n")
    raise typer.Exit(told.code)


def opened(asked: Asked, folder: Path | None) -> tuple[StackOutputs, Aws, Ledger]:
    """The stack, its clients, and its ledger as written by who asks."""
    from scripts.clients.aws import connect
    from scripts.clients.clock import AwsClock
    from scripts.ledger.ledger import Ledger
    from scripts.ledger.opening import open_store
    from scripts.outputs import read_outputs
    from scripts.runs import introduce

    known = read_outputs(asked.stack, asked.outputs)
    clock = AwsClock()
    aws = connect(asked.profile, asked.region, known.region)
    aws.tell(clock)
    store = open_store(known, folder, aws, streams.say)
    identity = introduce(aws, clock, known, asked.deadline)
    return known, aws, Ledger(store, identity.arn, clock.now)


def _reason(option: str, given: str | None) -> str:
    reason = " ".join((given or "").split())
    if given is not None and not reason:
        raise ConfigurationError(f"{option} needs the reason, for those who read it.", f'Say {option} "why", say.')
    return reason


def _show(keeping: Keeping) -> Told:
    from scripts.door.keeping import DONE, REFUSED, Told

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
            f"({printable(begun.intent.reason)}); what came of it is not noted, the next --open or --close looks"
        )
    lines.append("  No keeper is configured: nobody opens or closes it by itself, and only the window's rule stands.")
    return Told("\n".join(lines), DONE if now.is_open else REFUSED)
