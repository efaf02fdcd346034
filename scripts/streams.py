"""Standard streams that may be closed, full, or read by nobody any more."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO

from scripts.text import printable

# Of a stream whose other end has gone, whose disk is full, or that has been closed.
UNUSABLE = (OSError, ValueError)


def prepare() -> None:
    """Have a stream that is closed lead nowhere, and each replace what it lacks.

    A terminal may not have every character that AWS sends; a closed stream's number would be the next open file's.
    """
    sys.stdout = sys.stdout or _nowhere()
    sys.stderr = sys.stderr or _nowhere()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


def say(line: str) -> None:
    """A line of progress. A run does not end because nobody can read it."""
    with suppress(*UNUSABLE):
        print(printable(line), file=sys.stderr, flush=True)  # noqa: T201


def give_up(stream: TextIO) -> None:
    """Have go nowhere what the stream could not pass on.

    At its exit the interpreter would try again, complain, and change the exit code.
    """
    try:
        stream.flush()
    except UNUSABLE:
        with suppress(*UNUSABLE):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _nowhere() -> TextIO:
    return Path(os.devnull).open("w", encoding="utf-8")
