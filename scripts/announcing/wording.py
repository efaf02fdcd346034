"""The title of a release on one line of a message. Pure."""

from __future__ import annotations

from scripts.channels.text import one_line

LONGEST_TITLE = 120  # characters; a mail's subject is cut by its readers at less


def title(text: str) -> str:
    """A title that fits a subject; `untitled` where nothing is to be read in it."""
    line = one_line(text)
    short = line if len(line) <= LONGEST_TITLE else f"{line[: LONGEST_TITLE - 1].rstrip()}…"
    return short or "untitled"
