"""What TAB completes: commands, options and their values, by the scripts that Typer brings for each shell.

Typer would add options to the command for that; `release completion` is what other commands have. So two of its
functions are taken from where it keeps them; the tests ask each shell's script.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

VARIABLE = "_RELEASE_COMPLETE"  # Typer makes it of the command's name; the script sets it to ask for completions


class Shell(StrEnum):
    """Those that there is a script for."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


def completion(shell: Annotated[Shell, typer.Argument(metavar="SHELL", help="bash, zsh or fish.")]) -> None:
    """Print what has TAB complete this command.

    Evaluate it where the shell starts: in ~/.bashrc or ~/.zshrc as in the example; for fish
    `release completion fish | source` in ~/.config/fish/config.fish.
    """
    from typer.completion import get_completion_script  # pyright: ignore[reportPrivateImportUsage]

    script = get_completion_script(prog_name="release", complete_var=VARIABLE, shell=shell)
    sys.stdout.write(f"{script}\n")


def prepare(environ: Mapping[str, str]) -> None:
    """Have Typer answer the scripts, where one of them asks; it takes time that no other run should."""
    if VARIABLE in environ:
        from typer.completion import completion_init  # pyright: ignore[reportPrivateImportUsage]

        completion_init()


def stacks() -> list[str]:
    """Those that have a file in this folder."""
    return sorted(file.name.removeprefix("Pulumi.").removesuffix(".yaml") for file in Path().glob("Pulumi.?*.yaml"))


def check_ids() -> list[str]:
    from scripts.checks import all_checks

    return [check.id for check in all_checks()]
