"""How set-up runs commands and talks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


class SetupError(Exception):
    """Set-up cannot go on; the message is one line with its fix."""


def say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def run(command: list[str], *, fix: str, cwd: Path | None = None) -> str:
    """Run a command and return its output.

    Raises:
        SetupError: it failed; with its last words and `fix`.
    """
    try:
        answer = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    except OSError as error:
        raise SetupError(f"{command[0]}: {error.strerror}. {fix}") from error
    if answer.returncode != 0:
        words = (answer.stderr or answer.stdout).strip().splitlines()[-15:]
        raise SetupError("\n".join([f"`{' '.join(command)}` failed:", *words, fix]))
    return answer.stdout
