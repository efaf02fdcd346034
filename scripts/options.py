"""The options that several commands share."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import Annotated

import typer

from scripts import completion
from scripts.errors import ConfigurationError
from scripts.files import is_plain, target_of
from scripts.reports import Format, is_report

StackOption = Annotated[
    str | None,
    typer.Option(
        "--stack",
        "-s",
        metavar="STACK",
        help="Pulumi stack, dev or prod. Default: the selected one.",
        autocompletion=completion.stacks,
    ),
]
OutputsOption = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Read the stack's outputs from FILE (`-`: standard input) instead of asking pulumi.",
    ),
]
LedgerOption = Annotated[
    Path | None,
    typer.Option(
        metavar="FOLDER",
        help="Keep the ledger there, on this machine only, where the stack has no records bucket.",
    ),
]

DevStackOption = Annotated[
    str | None, typer.Option(metavar="STACK", help="dev's Pulumi stack. Default: that beside the stack's.")
]
DevOutputsOption = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Read dev's outputs from FILE instead of asking pulumi.")
]
DevProfileOption = Annotated[
    str | None, typer.Option(metavar="NAME", help="AWS profile for dev's account. Default: the same.")
]


PullOption = Annotated[
    int | None, typer.Option("--pr", min=1, metavar="NUMBER", help="The release's pull request.", show_default=False)
]


class Shape(StrEnum):
    """What a command prints that makes no report."""

    TABLE = "table"
    JSON = "json"


ShapeOption = Annotated[Shape, typer.Option("--format", "-f", help="What is printed.")]


class PolicyFor(StrEnum):
    """What a role may do with the policy that is printed."""

    VERIFY = "verify"
    FREEZE = "freeze"
    DOOR = "door"
    OVERRIDE = "override"
    START = "start"
    WATCH = "watch"
    RECORD = "record"
    ANNOUNCE = "announce"
    STATUS = "status"
    HISTORY = "history"
    RUN = "run"


PolicyForOption = Annotated[
    PolicyFor,
    typer.Option("--for", help="What is to be done with it; verify is observing, too."),
]
ProfileOption = Annotated[
    str | None, typer.Option(metavar="NAME", help="AWS profile. Default: AWS_PROFILE, or the environment's keys.")
]
RegionOption = Annotated[
    str | None, typer.Option(metavar="REGION", help="AWS region. Default: AWS_REGION, or the stack's own.")
]
ExecutionOption = Annotated[
    str | None,
    typer.Option(metavar="ID", help="Pipeline execution to look at. Default: the newest one."),
]
RevisionOption = Annotated[
    str | None,
    typer.Option(metavar="SHA", help="The newest execution of this commit; exit code 4 while there is none."),
]
FormatOption = Annotated[Format, typer.Option("--format", "-f", help="What is printed.")]
OutputOption = Annotated[
    list[str] | None,
    typer.Option(
        "--output", "-o", metavar="FORMAT=PATH", help="Write a report to PATH (`-`: stdout). May be repeated."
    ),
]
EvidenceOption = Annotated[
    Path | None,
    typer.Option("--evidence", metavar="FOLDER", help="Keep what AWS answered, by check, in files only you can read."),
]


SHA = re.compile(r"[0-9a-f]{7,40}")  # whole, or its beginning


def commit(revision: str | None) -> str | None:
    """The argument of --revision. Raises ConfigurationError if it is no commit's name."""
    if revision is not None and not SHA.fullmatch(revision):
        raise ConfigurationError(
            f"--revision {revision}: a commit's name has 40 hexadecimal digits, of which 7 will do.",
            "`git rev-parse HEAD` prints that of what is checked out.",
        )
    return revision


FOR_PROMOTION = "for promotion"  # what a report is for
STDOUT = {"-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"}
DEADLINE = "1m"
DeadlineOption = Annotated[
    str,
    typer.Option(metavar="SPAN", help="How long a check may take until it is an ERROR."),
]
# How `release observe` looks unless it is told otherwise, and `release run` always
INTERVAL, CONSECUTIVE = "5m", 3
JOURNAL = Path(".release/observations")
WAIT_AT_MOST = "2h"

STEP_SUMMARY = "GITHUB_STEP_SUMMARY"


def example(command: str) -> str:
    """The end of a command's help."""
    return f"\b\nExample:\n  {command}"


def moment_of(option: str, text: str | None) -> datetime | None:
    """A TIME argument, in UTC.

    Raises:
        ConfigurationError: it is none, or has no zone.
    """
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ConfigurationError(f"{option} {text}: expected a time with its zone.", "Write 2026-12-29T11:00+10:00.")
    return moment.astimezone(UTC)


def span_of(text: str) -> timedelta:
    """A SPAN argument.

    Raises:
        ConfigurationError: it is none, or no time at all.
    """
    from scripts.observe.windows import parse_span

    span = parse_span(text)
    if not span:
        raise ConfigurationError(f"{text} is no time at all.", "Write 90s, 5m, 1h or 1h30m.")
    return span


@dataclass(frozen=True)
class Destination:
    """A report to be written to a file; `appended` to what others wrote there, or instead of it."""

    format: Format
    path: Path
    appended: bool = False


def destinations(given: list[str], evidence: Path | None = None) -> list[Destination]:
    """`FORMAT=PATH` arguments, checked before anything is asked of AWS.

    A GitHub job's summary gets the Markdown report unasked.

    Args:
        given: the arguments.
        evidence: the folder that evidence goes to.

    Raises:
        ConfigurationError: unknown format, no path, two reports for one path, one where evidence goes, somebody else's
            file, or a path that cannot be written to.
    """
    wanted = [one for one in map(_destination, given) if str(one.path) not in STDOUT]
    summary = os.environ.get(STEP_SUMMARY)
    if summary:
        asked_for = Destination(Format.MARKDOWN, Path(summary))
        unasked = Destination(Format.MARKDOWN, Path(summary), appended=True)
        wanted = [*(one for one in wanted if one != asked_for), unasked]
    taken: set[Path] = set()
    for one in wanted:
        origin = f"{STEP_SUMMARY}={one.path}" if one.appended else f"--output {one.format}={one.path}"
        refuse_unwritable(one.path, origin)
        if evidence is not None:
            _refuse_among_evidence(one.path, evidence, origin)
        if not one.appended:
            refuse_anothers(one.path, origin, is_report)
        if one.path.resolve() in taken:
            raise ConfigurationError(f"{origin}: another report goes there already.")
        taken.add(one.path.resolve())
    return wanted


def printed(chosen: Format, given: list[str]) -> Format:
    """What goes to stdout: FORMAT of `FORMAT=-`, or else the one of --format.

    Raises:
        ConfigurationError: two formats are to go there.
    """
    asked = [one for one in map(_destination, given) if str(one.path) in STDOUT]
    formats = [one.format for one in asked] + ([chosen] if chosen is not Format.TABLE or not asked else [])
    if len(formats) > 1 and (len(asked) > 1 or len(set(formats)) > 1):
        raise ConfigurationError(f"--output {asked[-1].format}={asked[-1].path}: another report goes there already.")
    return formats[0]


def given_outputs(arguments: Sequence[str]) -> Iterator[Destination]:
    """Where a command line may want reports, however its options are written: all that reads `FORMAT=PATH`."""
    for one in arguments:
        for given in (one, one.removeprefix("-o"), one.partition("=")[2]):
            try:
                yield _destination(given)
            except ConfigurationError:
                continue


def given_evidence(arguments: Sequence[str]) -> Iterator[Path]:
    """The `--evidence` of a command line, as far as it can be understood at all."""
    for name, following in pairwise([*arguments, ""]):
        given = following if name == "--evidence" else name.partition("--evidence=")[2]
        if given:
            yield Path(given)


def _destination(argument: str) -> Destination:
    name, _, path = argument.partition("=")
    if name not in list(Format) or not path:
        formats = "|".join(Format)
        raise ConfigurationError(f"--output {argument}: expected FORMAT=PATH with FORMAT one of {formats}.")
    return Destination(Format(name), Path(path))


def refuse_unwritable(path: Path, origin: str) -> None:
    try:
        if path.is_dir():
            raise ConfigurationError(f"{origin}: {path} is a directory.")
        new = not path.exists()
        target = target_of(path) if new and path.is_symlink() else path
        if not target.absolute().parent.is_dir():
            raise ConfigurationError(f"{origin}: there is no directory {target.parent}.", f"mkdir -p {target.parent}")
        if new or path.is_file():  # opening a pipe would wait for its reader
            target.open("a").close()
        if new:
            target.unlink()
    except OSError as problem:
        raise ConfigurationError(f"{origin}: {problem.strerror}.") from problem


def refuse_anothers(path: Path, origin: str, is_ours: Callable[[Path], bool]) -> None:
    """Raises ConfigurationError where somebody else's file is."""
    try:
        anothers = path.is_file() and is_plain(path) and not is_ours(path)
    except OSError:
        return  # it may be written all the same
    if anothers:
        old = shlex.quote(f"{path}.old")
        raise ConfigurationError(
            f"{origin}: the file is there, and is no report of this command.", f"mv {shlex.quote(str(path))} {old}"
        )


def _refuse_among_evidence(path: Path, folder: Path, origin: str) -> None:
    from scripts.evidence.folder import names

    target = target_of(path)
    if target_of(folder) == target or (target_of(folder) == target.parent and target.name in names()):
        raise ConfigurationError(
            f"{origin}: the evidence goes there.", f"Give the report another name, or a folder other than {folder}."
        )
