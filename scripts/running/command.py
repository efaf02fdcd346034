"""`release run`: parses and prints."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from scripts import options
from scripts.errors import ConfigurationError
from scripts.interruption import interruptible


def run(
    *,
    pr: options.PullOption = None,
    execution_id: Annotated[
        str | None, typer.Option(metavar="ID", help="The release of that execution, which may have no pull request.")
    ] = None,
    unfinished: Annotated[
        bool, typer.Option("--unfinished", help="Every release that ended in the last day, as far as it is unfinished.")
    ] = False,
    at: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="When to announce it for. Default: the first opening that leaves a day."),
    ] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Stay where only time is missing, and go on then.")] = False,
    wait_at_most: Annotated[
        str | None, typer.Option(metavar="SPAN", help=f"How long to stay. Default: {options.WAIT_AT_MOST}.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell how it stands, and do nothing.")] = False,
    journal: Annotated[Path, typer.Option(metavar="FOLDER", help="Where the windows seen are kept.")] = options.JOURNAL,
    stack: options.StackOption = None,
    outputs: options.OutputsOption = None,
    ledger: options.LedgerOption = None,
    dev_stack: options.DevStackOption = None,
    dev_outputs: options.DevOutputsOption = None,
    dev_profile: options.DevProfileOption = None,
    profile: options.ProfileOption = None,
    region: options.RegionOption = None,
    deadline: options.DeadlineOption = options.DEADLINE,
) -> None:
    """SOP 2-5: a whole release, one step after the other.

    It is announced, judged, merged, watched, brought back to dev, verified, told, observed and recorded; whatever is
    done already is found, whoever did it, and so the same command goes on after an end of any kind. Exit code: 0 all
    is done; 5 not yet, with the time and the command to go on; 3 NO-GO, or it failed; 4 it could not be determined, or
    somebody was not told; 2 wrong usage or configuration.
    """
    from scripts.gate.opening import DevAsked
    from scripts.running.run import Wanted, ran, swept
    from scripts.runs import Asked

    if sum((pr is not None, execution_id is not None, unfinished)) != 1:
        raise ConfigurationError(
            "Which release is to be carried on?", "Say --pr NUMBER, --execution-id ID or --unfinished."
        )
    if wait_at_most and not wait:
        raise ConfigurationError("--wait-at-most says how long --wait stays.", "Say --wait, too.")
    stays = options.span_of(wait_at_most or options.WAIT_AT_MOST) if wait else None
    wanted = Wanted(pr, options.moment_of("--at", at), stays, ledger, journal, dry_run)
    asked = Asked(profile, region, options.span_of(deadline), stack, outputs, execution_id)
    with interruptible():
        raise typer.Exit((swept if unfinished else ran)(wanted, asked, DevAsked(dev_stack, dev_outputs, dev_profile)))
