"""The title of a release, and why it failed, on one line of a message. Pure."""

from __future__ import annotations

import re

from scripts.channels.text import one_line

LONGEST_TITLE = 120  # characters; a mail's subject is cut by its readers at less
LONGEST_REASON = 300  # the rest is in the execution
# What AWS's support asks for, and where the log is: of no use to who reads that something failed
_NOISE = re.compile(r"\s*\((?:Service|RequestToken): [^()]*\)|; log: \S+")


def title(text: str) -> str:
    """A title that fits a subject; `untitled` where nothing is to be read in it."""
    return _short(one_line(text), LONGEST_TITLE) or "untitled"


def reason(text: str) -> str:
    """Why something failed, in brief."""
    return _short(_NOISE.sub("", one_line(text)), LONGEST_REASON) or "not known yet"


def _short(line: str, longest: int) -> str:
    return line if len(line) <= longest else f"{line[: longest - 1].rstrip()}…"
