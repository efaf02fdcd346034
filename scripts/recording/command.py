"""`release record`: parses and prints."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from scripts import options, streams
from scripts.errors import ConfigurationError

FOLDER = Path("docs/releases")


def record(
    *,
    pr: options.PullOption = None,
    execution_id: Annotated[
        str | None, typer.Option(metavar="ID", help="The release of that execution, which may have no pull request.")
    ] = None,
    folder: Annotated[Path, typer.Option(metavar="FOLDER", help="Where the release notes are kept.")] = FOLDER,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the whole record as one HTML file instead.")
    ] = None,
    report: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="A JSON report of verify or observe about it. May be repeated."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would be written, and write nothing.")] = False,
    stack: options.StackOption = None,
    outputs: options.OutputsOption = None,
    ledger: options.LedgerOption = None,
    profile: options.ProfileOption = None,
    region: options.RegionOption = None,
    deadline: options.DeadlineOption = options.DEADLINE,
) -> None:
    """SOP 5.5: the release notes, from facts.

    The changes between the two deployed revisions, the timeline, what was verified, what went wrong. What is made lies
    between marks: what people write outside them stays, however often it is made anew. Exit code: 0 written, or as it
    was; 5 not ended yet; 4 it could not be determined; 2 wrong usage or configuration.
    """
    if (pr is None) == (execution_id is None):
        raise ConfigurationError("Which release is to be recorded?", "Say --pr NUMBER or --execution-id ID.")
    from scripts.recording.run import Wanted, gathered
    from scripts.runs import Asked

    if html and not dry_run:
        options.refuse_unwritable(html, f"--html {html}")
    asked = Asked(profile, region, options.span_of(deadline), stack, outputs, execution_id)
    found = gathered(asked, Wanted(pr, tuple(report or ()), ledger, keep=not dry_run))
    for one in found.unknown:
        streams.say(one)
    if html:
        from scripts.files import written
        from scripts.recording import html_record

        if dry_run:
            sys.stdout.write(html_record.page(found))
            return
        with written(html) as file:
            file.write(html_record.page(found))
        sys.stdout.write(f"Wrote {html}\n")
        return
    from scripts.recording.shelf import Folder, put

    done = put(Folder(folder), found, dry_run=dry_run)
    told = done.notes if dry_run else f"{'Wrote' if done.changed else 'Nothing is new in'} {done.where}\n"
    sys.stdout.write(told)
