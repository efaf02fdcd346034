"""`release status`: parses and prints."""

from __future__ import annotations

import json
import shutil
import sys
from typing import Annotated

import typer

from scripts import options, streams
from scripts.errors import UndeterminedError


def status(
    *,
    pull: Annotated[
        int | None, typer.Option("--pr", min=1, metavar="N", help="Only this pull request's release.")
    ] = None,
    stack: options.StackOption = None,
    outputs: options.OutputsOption = None,
    ledger: options.LedgerOption = None,
    profile: options.ProfileOption = None,
    region: options.RegionOption = None,
    deadline: options.DeadlineOption = options.DEADLINE,
    printed: options.ShapeOption = options.Shape.TABLE,
) -> None:
    """Where releases stand, and what comes next.

    What runs and since when, what is under way or waits, the door and whose it is, the calendar, what is proposed, what
    is to be merged back, who was not told, and the next command: all as it is now. Exit code: 0; 4 something of it
    could not be read, which is said in its place; 2 wrong usage or configuration.
    """
    from scripts.runs import Asked
    from scripts.status import shown
    from scripts.status.opening import place
    from scripts.status.step import next_step

    asked = Asked(profile, region, options.span_of(deadline), stack, outputs)
    there = place(asked, ledger, pull)
    standing = there.standing(asked.deadline, streams.say)
    step = next_step(standing)
    if printed is options.Shape.JSON:
        sys.stdout.write(f"{json.dumps(shown.data(standing, step), indent=2)}\n")
    else:
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
        sys.stdout.write(shown.table(standing, step, there.outputs, width))
    raise typer.Exit(UndeterminedError.exit_code if standing.unknown else 0)
