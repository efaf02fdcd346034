"""Errors of the program itself: one line, and the traceback for those who ask for it."""

from __future__ import annotations

import os
import traceback

from scripts.streams import say

SWITCH = "RELEASE_TRACEBACK"


def report_bug(problem: BaseException, where: str = "release") -> None:
    """One line on stderr; all of it with RELEASE_TRACEBACK=1."""
    if os.environ.get(SWITCH):
        say("".join(traceback.format_exception(problem)).rstrip())
        return
    what = f"{type(problem).__name__}: {problem}".strip(": ")
    say(f"{where}: internal error: {what} ({SWITCH}=1 shows the traceback)")
