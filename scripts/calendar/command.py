"""`release calendar`: parse, write the file, print."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scripts import options
from scripts.errors import ConfigurationError, DeliveryError, UndeterminedError

if TYPE_CHECKING:
    from scripts.calendar.schedule import Schedule


def calendar(
    *,
    stack: options.StackOption = None,
    weeks: Annotated[int, typer.Option(min=1, max=104, metavar="N", help="How far to look ahead.")] = 4,
    ics: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write it as an iCalendar file (`-`: stdout), too.")
    ] = None,
    outputs: options.OutputsOption = None,
    printed: options.ShapeOption = options.Shape.TABLE,
) -> None:
    """SOP 6: when may production be released?

    The days ahead: open, or closed and why, and until when one may merge. It goes by this machine's clock and asks
    nobody, so of incidents and of a freeze that somebody has ordered it knows nothing. Exit code: 0; 4 where the
    holidays of a year are not known.
    """
    from scripts.calendar import schedule as lying_ahead
    from scripts.calendar import shown
    from scripts.clients.clock import laptop
    from scripts.outputs import read_outputs

    schedule = lying_ahead.schedule(read_outputs(stack, outputs), laptop(), weeks)
    if str(ics) in options.STDOUT:
        sys.stdout.write(_file(schedule))
    else:
        if ics:
            _write(ics, _file(schedule), UndeterminedError.exit_code if schedule.unknown else 0)
        told = (
            shown.table(schedule)
            if printed is options.Shape.TABLE
            else f"{json.dumps(shown.data(schedule), indent=2)}\n"
        )
        sys.stdout.write(told)
    raise typer.Exit(UndeterminedError.exit_code if schedule.unknown else 0)


def _file(schedule: Schedule) -> str:
    from scripts.calendar.ics import calendar_file

    if schedule.calendar is None:
        raise ConfigurationError(
            f"--ics: {schedule.outputs.stack} is released at any time, which no calendar can show.",
            "Name a stack that has a release window: --stack prod.",
        )
    return calendar_file(schedule, schedule.calendar)


def _write(path: Path, content: str, verdict: int) -> None:
    from scripts.calendar.ics import PRODUCER
    from scripts.files import is_plain, written

    options.refuse_unwritable(path, f"--ics {path}")
    try:
        before = path.read_text("utf-8", "replace") if is_plain(path) and path.is_file() else ""
        if before and PRODUCER not in before:
            raise ConfigurationError(f"--ics {path}: the file is there, and is no calendar of this command.")
        with written(path) as file:
            file.write(content)
    except OSError as problem:
        raise DeliveryError(f"--ics {path}: {problem.strerror}.", verdict) from problem
