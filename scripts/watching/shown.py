"""A watch as it is looked at: live in a terminal, lines in a log, data for a program."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from textwrap import fill
from typing import Any, TextIO

from rich.console import Console
from rich.text import Text

from scripts.text import printable, utc
from scripts.watching.ends import DONE, UNDETERMINED
from scripts.watching.following import Watched
from scripts.watching.happenings import Happening, Kind

SCHEMA = 1
INDENT = " " * len("2026-03-10T01:02:03Z  ")
STYLES = {
    Kind.COMPLETE: "green",
    Kind.FAILED: "bold red",
    Kind.WAITS: "yellow",
    Kind.SLOW: "bold yellow",
    Kind.ROLLBACK: "bold red",
}


class Screen:
    """Prints what happens; in a terminal it also shows, below that, what goes on just now."""

    def __init__(self, console: Console, show: Callable[[str], None]) -> None:
        self._console = console
        self.show = show

    def line(self, text: str, style: str = "") -> None:
        shown = printable(text)
        if self._console.is_terminal:  # a log's line is one line
            shown = fill(shown, self._console.width - 1, subsequent_indent=INDENT, break_on_hyphens=False)
        self._console.print(Text(shown, style=style), soft_wrap=True)

    def tell(self, one: Happening) -> None:
        self.line(f"{utc(one.at)}  {one.text}", style_of(one))


@contextmanager
def screen(target: TextIO) -> Iterator[Screen]:
    """For as long as it is watched. Whoever has no terminal, or NO_COLOR, sees no colour."""
    looked_at = None if target is sys.stdout or target.isatty() else False
    console = Console(file=target, force_terminal=looked_at, highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        yield Screen(console, lambda _: None)
        return
    with console.status(Text("looks at AWS"), spinner="line") as status:
        yield Screen(console, lambda doing: status.update(Text(printable(doing))))


def style_of(one: Happening) -> str:
    """How it is coloured."""
    if one.ending is None:
        return STYLES.get(one.kind, "")
    return {DONE: "bold green", UNDETERMINED: "bold yellow"}.get(one.ending.code, "bold red")


def last_words(watched: Watched, stack: str, again: str) -> Iterator[str]:
    """What to do now: of one that has ended, and of one that goes on."""
    ended = watched.ending
    if ended is None:
        yield f"It goes on: {watched.state or 'nothing is known of it yet'}."
        yield f"Watch on with:\n  {again}"
        return
    if ended.code == DONE:
        yield f"Verify it:\n  release verify --stack {stack} --execution-id {watched.execution} --wait"
    else:
        yield f"Next:\n  {ended.fix or f'release verify --stack {stack} --execution-id {watched.execution}'}"


def data(watched: Watched, stack: str, again: str) -> dict[str, Any]:
    """What `--format json` prints; times are UTC."""
    ended = watched.ending
    return {
        "schema": SCHEMA,
        "command": "watch",
        "stack": stack,
        "execution_id": watched.execution,
        "exit_code": watched.code,
        "end": ended and ended.end.value,
        "ended_at": ended and utc(ended.at),
        "stage": (ended and ended.stage) or None,
        "cause": (ended and ended.cause) or None,
        "deployed": ended and ended.deployed,
        "stack_status": (ended and ended.stack_status) or None,
        "state": None if ended else watched.state,
        "fix": (ended.fix or None) if ended else again,
        "happenings": [_happening(one) for one in watched.told],
    }


def _happening(one: Happening) -> dict[str, Any]:
    return {
        "key": one.key,
        "execution_id": one.execution,
        "what": one.what,
        "kind": one.kind.value,
        "at": utc(one.at),
        "stage": one.stage or None,
        "text": one.text,
        "event": one.event and one.event.value,
    }
