"""`release history`: parses and prints."""

from __future__ import annotations

import json
import re
import sys
from datetime import timedelta
from functools import partial
from typing import Annotated

import typer

from scripts import options
from scripts.errors import ConfigurationError, UndeterminedError

_SPAN = re.compile(r"(?P<number>[1-9][0-9]{0,3})(?P<unit>[dw])")
_DAYS = {"d": 1, "w": 7}


def history(
    *,
    since: Annotated[str, typer.Option(metavar="SPAN", help="How far to look back: 90d, 12w.")] = "90d",
    printed: options.ShapeOption = options.Shape.TABLE,
    stack: options.StackOption = None,
    outputs: options.OutputsOption = None,
    ledger: options.LedgerOption = None,
    profile: options.ProfileOption = None,
    region: options.RegionOption = None,
    deadline: options.DeadlineOption = options.DEADLINE,
) -> None:
    """SOP 6.3: how have releases gone?

    Lead time, frequency, change failure rate and time to restore, each with what it is made of, over the executions
    that CodePipeline still knows, which are those of twelve months. Exit code: 0; 4 where something could not be
    determined; 2 wrong usage or configuration.
    """
    back = _span(since)
    from scripts.deadlines import within
    from scripts.recording import history_shown
    from scripts.recording.history import Reading
    from scripts.recording.record import zone_of
    from scripts.recording.run import opened
    from scripts.runs import Asked

    asked = Asked(profile, region, options.span_of(deadline), stack, outputs)
    found_in = opened(asked, ledger)
    known, now = found_in.outputs, found_in.clock.now()
    reading = Reading(known, found_in.aws, found_in.github, found_in.ledger, now)
    found = within(asked.deadline, partial(reading.history, now - back), "AWS and GitHub have not answered")
    zone = zone_of(known)
    if printed is options.Shape.JSON:
        sys.stdout.write(f"{json.dumps(history_shown.data(found, zone), indent=2)}\n")
    else:
        sys.stdout.write(history_shown.table(found, zone))
    raise typer.Exit(UndeterminedError.exit_code if found.unknown else 0)


def _span(text: str) -> timedelta:
    found = _SPAN.fullmatch(text)
    if found is None:
        raise ConfigurationError(f"--since {text} is no length of time.", "Write 90d or 12w.")
    return timedelta(days=int(found["number"]) * _DAYS[found["unit"]])
