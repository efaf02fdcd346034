"""A stack's configuration as it is, but for what only AWS needs time for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

from sandbox.paths import Paths

WAIT = "release:iamPropagationSeconds"
_MORE = timedelta(seconds=1)  # than IAM takes
_UP = ("up", "update")
_STACK = ("--stack", "-s")


def shortened(paths: Paths, command: Sequence[str], folder: Path, iam_propagation: timedelta) -> list[str]:
    """`pulumi up --stack NAME` in `folder`, with a copy of that stack's file that waits for this sandbox's IAM.

    Any other command is as it was.
    """
    command = list(command)
    if (
        Path(command[0]).name != "pulumi"
        or not set(command) & {*_UP}
        or set(command) & {"--config-file", "-C", "--cwd"}
    ):
        return command
    name = next((after for before, after in pairwise(command) if before in _STACK), None)
    file = folder / f"Pulumi.{name}.yaml"
    if name is None or not file.is_file():
        return command
    head, config, rest = file.read_text().partition("\nconfig:\n")
    if not config or f"\n  {WAIT}:" in rest:
        return command
    copy = paths.stack_files / file.name
    copy.parent.mkdir(exist_ok=True)
    seconds = (iam_propagation + _MORE).total_seconds()
    copy.write_text(f'{head}{config}  {WAIT}: "{seconds:g}"\n{rest}')
    return [*command, "--config-file", str(copy)]
