"""`release record`: parses and prints."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scripts import options, streams
from scripts.errors import ConfigurationError, DeliveryError

if TYPE_CHECKING:
    from scripts.recording.run import Opened
    from scripts.recording.shelf import Shelf

FOLDER = Path("docs/releases")


def record(
    *,
    pr: options.PullOption = None,
    execution_id: Annotated[
        str | None, typer.Option(metavar="ID", help="The release of that execution, which may have no pull request.")
    ] = None,
    folder: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help=f"Where the release notes are kept. Default: {FOLDER}.")
    ] = None,
    bucket: Annotated[
        bool, typer.Option("--bucket", help="Keep the release notes in the stack's records bucket.")
    ] = False,
    html: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the whole record as one HTML file; notes only if it is said where."),
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
    if folder and bucket:
        raise ConfigurationError("--folder and --bucket are two places.", "Say one of them.")
    from scripts.files import written
    from scripts.recording import html_record
    from scripts.recording.run import Wanted, gathered, opened
    from scripts.recording.shelf import put
    from scripts.runs import Asked

    if html and not dry_run:
        options.refuse_unwritable(html, f"--html {html}")
        options.refuse_anothers(html, f"--html {html}", html_record.is_page)
    asked = Asked(profile, region, options.span_of(deadline), stack, outputs, execution_id)
    found_in = opened(asked, ledger)
    shelf = None if html and not (folder or bucket) else _shelf(found_in, None if bucket else folder or FOLDER)
    found = gathered(found_in, asked, Wanted(pr, tuple(report or ()), keep=not dry_run))
    for one in found.unknown:
        streams.say(one)
    if shelf is not None:
        done = put(shelf, found, dry_run=dry_run)
        told = done.notes if dry_run else f"{'Wrote' if done.changed else 'Nothing is new in'} {done.where}\n"
        sys.stdout.write(told)
    if html and dry_run:
        sys.stdout.write(html_record.page(found))
    elif html:
        try:
            with written(html) as file:
                file.write(html_record.page(found))
        except OSError as problem:
            raise DeliveryError(f"--html {html}: {problem.strerror}.", 0) from problem
        sys.stdout.write(f"Wrote {html}\n")


def _shelf(found_in: Opened, folder: Path | None) -> Shelf:
    """That folder, or the stack's records bucket."""
    from scripts.recording.bucket_shelf import Bucket
    from scripts.recording.shelf import Folder

    if folder is not None:
        return Folder(folder)
    known = found_in.outputs
    if not known.records_bucket:
        raise ConfigurationError(
            f"--bucket: the outputs of {known.stack} name no records bucket.",
            "Keep the release notes in a folder: --folder docs/releases.",
        )
    return Bucket(found_in.aws, known.records_bucket, known.account_id)
