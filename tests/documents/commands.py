"""`docs/reference/commands.md`: what `--help` says, of every command (`make docs`)."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import typer

from sandbox.cli import app as sandbox
from scripts.cli import app as release
from toolchain.__main__ import CLONE

PAGE = CLONE / "docs" / "reference" / "commands.md"
WIDTH = 100
HEAD = """# The commands

Written by `make docs`: what `--help` says. Both are typed in the activated environment of a clone
(`. .venv/bin/activate`), `release` also where it is installed as a tool. `release completion SHELL` has TAB complete
it.
"""


def reference() -> str:
    sections = (*_sections(release, "release"), *_sections(sandbox, "sandbox"))
    return "\n".join([HEAD, *(f"## {title}\n\n```\n{text}\n```\n" for title, text in sections)])


def _sections(app: typer.Typer, name: str) -> Iterator[tuple[str, str]]:
    """Title and help of the command itself, then of each of its commands."""
    command = typer.main.get_command(app)
    whole = command.make_context(name, [], resilient_parsing=True, terminal_width=WIDTH)
    yield name, command.get_help(whole)
    for called in command.list_commands(whole):  # pyright: ignore[reportAttributeAccessIssue] - a group has them
        one = command.get_command(whole, called)  # pyright: ignore[reportAttributeAccessIssue]
        context = one.make_context(called, [], parent=whole, resilient_parsing=True)
        yield f"{name} {called}", one.get_help(context)


if __name__ == "__main__":
    sys.stdout.write(reference())
