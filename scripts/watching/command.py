"""`release watch`: parses and prints."""

from __future__ import annotations

import json
import shlex
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scripts import options
from scripts.errors import ConfigurationError, InterruptionError, UndeterminedError
from scripts.interruption import interruptible

if TYPE_CHECKING:
    from scripts.runs import Asked
    from scripts.watching.following import Watched
    from scripts.watching.opening import Opened

sleep = time.sleep


def watch(
    *,
    pull: Annotated[
        int | None, typer.Option("--pr", min=1, metavar="N", help="The newest execution of this merged pull request.")
    ] = None,
    execution_id: Annotated[
        str | None, typer.Option(metavar="ID", help="Pipeline execution to watch. Default: the newest one.")
    ] = None,
    announce: Annotated[
        bool, typer.Option("--announce", help="Also tell everybody (SOP 5.2, 5.3), each thing once whoever watches.")
    ] = False,
    ledger: options.LedgerOption = None,
    wait_at_most: Annotated[str, typer.Option(metavar="SPAN", help="How long to watch.")] = options.WAIT_AT_MOST,
    stack: options.StackOption = None,
    outputs: options.OutputsOption = None,
    profile: options.ProfileOption = None,
    region: options.RegionOption = None,
    deadline: options.DeadlineOption = options.DEADLINE,
    printed: options.ShapeOption = options.Shape.TABLE,
) -> None:
    """SOP 4.1, 5.2, 7.1: follow an execution to its end.

    Its stages, what it waits for, whose that is and until when, a rollback to its end, and how it ended; a superseded
    one is followed to the one that carries its commit. Without --announce nothing is sent. Exit code: 0 succeeded; 3
    failed, stopped, cancelled or rolled back; 4 it could not be determined, or somebody was not told; 5 it goes on, and
    --wait-at-most is over; 2 wrong usage or configuration; 130 interrupted by Ctrl-C.
    """
    if pull is not None and execution_id is not None:
        raise ConfigurationError("--pr and --execution-id both say which execution.", "Say one of them.")
    from scripts.runs import Asked

    span = options.span_of(wait_at_most)
    asked = Asked(profile, region, options.span_of(deadline), stack, outputs, execution_id, wait_at_most=span)
    if ledger is not None and not announce:
        raise ConfigurationError(
            "--ledger is for --announce: what is watched is not written down.", "Say --announce, too."
        )
    raise typer.Exit(_watched(asked, pull, printed, ledger, announces=announce))


def _watched(asked: Asked, pull: int | None, printed: options.Shape, ledger: Path | None, *, announces: bool) -> int:
    from scripts.watching import shown
    from scripts.watching.following import Watch
    from scripts.watching.opening import opened

    with interruptible() as interruption:
        found = ""
        told: Watched | None = None
        opening: Opened | None = None
        try:
            opening = opened(asked, sleep)
            announcing = opening.announcing(ledger) if announces else None
            with shown.screen(sys.stdout if printed is options.Shape.TABLE else sys.stderr) as screen:
                found = opening.execution(asked.execution_id, pull, screen)
                following = Watch(
                    opening.world(screen, announcing), asked.wait_at_most or options.span_of(options.WAIT_AT_MOST)
                )
                told = following.follow(found)
        except KeyboardInterrupt:
            told_why = f"The watch was interrupted; nothing else was. Watch on with:\n  {_again(found, asked, pull)}"
            raise InterruptionError(interruption.exit_code, told_why) from None
        again = _again(found, asked, pull)
        if printed is options.Shape.JSON:
            sys.stdout.write(f"{json.dumps(shown.data(told, opening.stack, again), indent=2)}\n")
        else:
            for line in shown.last_words(told, opening.stack, again):
                sys.stdout.write(f"{line}\n")
        return UndeterminedError.exit_code if announcing and announcing.owed and not told.code else told.code


def _again(found: str, asked: Asked, pull: int | None) -> str:
    """The command that goes on: as it was typed, with the execution named where it was not."""
    typed = shlex.join(["release", *sys.argv[1:]])
    named = asked.execution_id or pull is not None or not found
    return typed if named else f"{typed} --execution-id {found}"
