"""`release override`: parses and prints."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from scripts import doings, options
from scripts.errors import ConfigurationError

LASTS = "2h"


def override(
    *,
    execution: Annotated[
        str, typer.Option(metavar="ID", help="The pipeline execution that is to go in.", show_default=False)
    ],
    reason: Annotated[
        str, typer.Option(metavar="REASON", help="Why it cannot wait, for those who read it.", show_default=False)
    ],
    lasts: Annotated[str, typer.Option("--for", metavar="SPAN", help="For how long; two hours at most.")] = LASTS,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")] = False,
    stack: options.StackOption = None,
    outputs: options.OutputsOption = None,
    ledger: options.LedgerOption = None,
    profile: options.ProfileOption = None,
    region: options.RegionOption = None,
    deadline: options.DeadlineOption = options.DEADLINE,
    printed: options.ShapeOption = options.Shape.TABLE,
) -> None:
    """SOP 6.2: except one execution from window and freezes.

    By the operations manager's comment on its pull request, `/approve override ID`, which counts once; without one the
    line to paste is printed. The gate's other checks hold all the same, and the keeper carries it out (`release door
    --apply`). Exit code: 0 granted; 3 not approved, or nothing to let in; 4 it could not be determined, or was not told
    on the pull request; 2 wrong usage or configuration.
    """
    why, span = " ".join(reason.split()), options.span_of(lasts)
    from scripts.door.exceptions import LONGEST

    if not why:
        raise ConfigurationError(
            "--reason needs the reason, for those who read it.", 'Say --reason "checkout is down".'
        )
    if span > LONGEST:
        raise ConfigurationError(f"--for {lasts}: an exception lasts two hours at most.", "Ask for another one later.")
    from scripts.clients.github import GitHub
    from scripts.deadlines import within
    from scripts.door.command import opened
    from scripts.door.judging import about
    from scripts.door.override import Overriding
    from scripts.runs import Asked

    asked = Asked(profile, region, options.span_of(deadline), stack, outputs)
    known, aws, written, _ = opened(asked, ledger)
    github = GitHub.of_environment(known.repository)
    found = within(asked.deadline, partial(about, known, aws, github, execution), "AWS or GitHub has not answered")
    granted = partial(Overriding(known, github, written).grant, found, why, span, dry_run=dry_run)
    told = within(asked.deadline, granted, "GitHub or the ledger has not answered")
    raise typer.Exit(
        doings.tell(
            printed, "override", known.stack, told.text, told.code, execution_id=execution, pull_request=found.number
        )
    )
