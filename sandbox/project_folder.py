"""Whether a `pulumi` command stands in a project's folder; what Pulumi says of it speaks of organisations."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from itertools import chain, pairwise
from pathlib import Path

from sandbox.paths import PROJECT

_OF_A_PROJECT = {"up", "update", "preview", "pre", "refresh", "destroy", "import", "stack", "config", "state", "cancel"}
_FOLDER = ("-C", "--cwd")
_STACK = ("-s", "--stack")


def word_about(command: Sequence[str], folder: Path) -> str | None:
    """What to say of a `pulumi` command that needs a project, typed in `folder`, where there is none; else None."""
    program, *arguments = command
    if Path(program).name != "pulumi" or not _OF_A_PROJECT & {*arguments}:
        return None
    if "/" in (_value(arguments, _STACK) or ""):  # names its project
        return None
    stands = (folder / (_value(arguments, _FOLDER) or "")).resolve()
    if any((each / "Pulumi.yaml").exists() for each in (stands, *stands.parents)):
        return None
    return f"there is no Pulumi project in {stands}; `cd {shlex.quote(str(PROJECT))}` first."


def _value(arguments: Sequence[str], options: Sequence[str]) -> str | None:
    after = (value for name, value in pairwise(arguments) if name in options)
    joined = (name.partition("=")[2] for name in arguments if name.startswith(tuple(f"{one}=" for one in options)))
    return next(chain(after, joined), None)
