"""A stack's configuration as it is, but for what only AWS needs time for."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from sandbox.paths import Paths

SHORTENED = {"release:iamPropagationSeconds": "1"}
_UP = ("up", "update")
_STACK = ("--stack", "-s")


def shortened(paths: Paths, command: Sequence[str], folder: Path) -> list[str]:
    """`pulumi up --stack NAME` in `folder`, with a copy of that stack's file in which nobody waits for IAM.

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
    if not config or any(f"\n  {key}:" in rest for key in SHORTENED):
        return command
    copy = paths.stack_files / file.name
    copy.parent.mkdir(exist_ok=True)
    copy.write_text(head + config + "".join(f'  {key}: "{value}"\n' for key, value in SHORTENED.items()) + rest)
    return [*command, "--config-file", str(copy)]
