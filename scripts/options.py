"""The options that several commands share."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from scripts.errors import ConfigurationError
from scripts.reports import Format

StackOption = Annotated[
    str | None,
    typer.Option("--stack", "-s", metavar="dev|prod", help="Pulumi stack. Default: the selected one."),
]
OutputsOption = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Read the stack's outputs from FILE (`-`: standard input) instead of asking pulumi.",
    ),
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
FormatOption = Annotated[Format, typer.Option("--format", "-f", help="What is printed.")]
OutputOption = Annotated[
    list[str] | None,
    typer.Option("--output", "-o", metavar="FORMAT=PATH", help="Write a report to a file, too. May be repeated."),
]


@dataclass(frozen=True)
class Destination:
    """A report to be written to a file."""

    format: Format
    path: Path


def destinations(given: list[str]) -> list[Destination]:
    """`FORMAT=PATH` arguments, checked before anything is asked of AWS.

    Raises:
        ConfigurationError: unknown format, no path, or a path that cannot be written to.
    """
    return [_destination(argument) for argument in given]


def _destination(argument: str) -> Destination:
    name, _, path = argument.partition("=")
    if name not in list(Format) or not path:
        formats = "|".join(Format)
        raise ConfigurationError(f"--output {argument}: expected FORMAT=PATH with FORMAT one of {formats}.")
    target = Path(path)
    if target.is_dir():
        raise ConfigurationError(f"--output {argument}: {target} is a directory.")
    if not target.absolute().parent.is_dir():
        raise ConfigurationError(
            f"--output {argument}: there is no directory {target.parent}.", f"mkdir -p {target.parent}"
        )
    return Destination(Format(name), target)
