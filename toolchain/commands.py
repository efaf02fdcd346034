"""How set-up runs commands and talks."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

_SECONDS_OF_SILENCE = 20


class SetupError(Exception):
    """Set-up cannot go on; the message is one line with its fix."""


def say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def run(command: list[str], *, fix: str, cwd: Path | None = None) -> str:
    """Run a command and return its output; one that takes long is said to be at work.

    Raises:
        SetupError: it failed; with its last words and `fix`.
    """
    started = time.monotonic()
    try:
        process = subprocess.Popen(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    except OSError as error:
        raise SetupError(f"{command[0]}: {error.strerror}. {fix}") from error
    with process:
        while True:
            try:
                output, errors = process.communicate(timeout=_SECONDS_OF_SILENCE)
                break
            except subprocess.TimeoutExpired:
                say(f"    still at it after {time.monotonic() - started:.0f} s")
    if process.returncode != 0:
        words = (errors or output).strip().splitlines()[-15:]
        raise SetupError("\n".join([f"`{' '.join(command)}` failed:", *words, fix]))
    return output
