"""`release watch`: parses and prints."""

from __future__ import annotations

import json
import shlex
import sys
import time
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from scripts import options, streams
from scripts.errors import ConfigurationError
from scripts.interruption import interruptible

if TYPE_CHECKING:
    from scripts.runs import Asked
    from scripts.watching.following import Watched
    from scripts.watching.opening import Opened

sleep = time.sleep


class Shape(StrEnum):
    """What is printed."""

    TABLE = "table"
    JSON = "json"


def watch(
    *,
    pull: Annotated[
        int | None, typer.Option("--pr", min=1, metavar="N", help="The newest execution of this merged pull request.")
    ] = None,
    execution_id: Annotated[
        str | None, typer.Option(metavar="ID", help="Pipeline execution to watch. Default: the newest one.")
    ] = None,
    wait_at_most: Annotated[str, typer.Option(metavar="SPAN", help="How long to watch.")] = options.WAIT_AT_MOST,
    stack: options.StackOption = None,
    outputs: options.OutputsOption = None,
    profile: options.ProfileOption = None,
    region: options.RegionOption = None,
    deadline: options.DeadlineOption = options.DEADLINE,
    printed: Annotated[Shape, typer.Option("--format", "-f", help="What is printed.")] = Shape.TABLE,
) -> None:
    """SOP 4.1, 5.2, 7.1: follow an execution to its end.

    Its stages, what it waits for, whose that is and until when, a rollback to its end, and how it ended; a superseded
    one is followed to the one that carries its commit. Nothing is changed or sent. Exit code: 0 succeeded; 3 failed,
    stopped, cancelled or rolled back; 4 it could not be determined; 5 it goes on, and --wait-at-most is over; 2 wrong
    usage or configuration; 130 interrupted by Ctrl-C.
    """
    if pull is not None and execution_id is not None:
        raise ConfigurationError("--pr and --execution-id both say which execution.", "Say one of them.")
    from scripts.runs import Asked

    span = options.span_of(wait_at_most)
    asked = Asked(profile, region, options.span_of(deadline), stack, outputs, execution_id, wait_at_most=span)
    raise typer.Exit(_watched(asked, pull, printed))


def _watched(asked: Asked, pull: int | None, printed: Shape) -> int:
    from scripts.watching import shown
    from scripts.watching.following import Watch
    from scripts.watching.opening import opened

    with interruptible() as interruption:
        found = ""
        told: Watched | None = None
        opening: Opened | None = None
        try:
            opening = opened(asked, sleep)
            with shown.screen(sys.stdout if printed is Shape.TABLE else sys.stderr) as screen:
                found = opening.execution(asked.execution_id, pull, screen)
                following = Watch(opening.world(screen), asked.wait_at_most or options.span_of(options.WAIT_AT_MOST))
                told = following.follow(found)
        except KeyboardInterrupt:
            streams.say(f"The watch was interrupted; nothing else was. Watch on with:\n  {_again(found, asked, pull)}")
            return interruption.exit_code
        again = _again(found, asked, pull)
        if printed is Shape.JSON:
            sys.stdout.write(f"{json.dumps(shown.data(told, opening.stack, again), indent=2)}\n")
        else:
            for line in shown.last_words(told, opening.stack, again):
                sys.stdout.write(f"{line}\n")
        return told.code


def _again(found: str, asked: Asked, pull: int | None) -> str:
    """The command that goes on: as it was typed, with the execution named where it was not."""
    typed = shlex.join(["release", *sys.argv[1:]])
    named = asked.execution_id or pull is not None or not found
    return typed if named else f"{typed} --execution-id {found}"
