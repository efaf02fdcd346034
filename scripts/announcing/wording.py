"""Text of others on one line of a message, where it can neither end the line nor turn what follows it. Pure."""

from __future__ import annotations

import unicodedata

LONGEST_TITLE = 120  # characters; a mail's subject is cut by its readers at less
_TURNS = {0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)}  # the direction of reading
_JOINS = {0x200C, 0x200D}  # parts of an emoji, and of some scripts' words


def one_line(text: str) -> str:
    """The text without line breaks, control characters and marks of direction; of spaces one is left."""
    return " ".join("".join(one if _stays(one) else " " for one in text).split())


def title(text: str) -> str:
    """A title that fits a subject; `untitled` where nothing is to be read in it."""
    line = one_line(text)
    short = line if len(line) <= LONGEST_TITLE else f"{line[: LONGEST_TITLE - 1].rstrip()}…"
    return short or "untitled"


def for_slack(text: str) -> str:
    """The text as Slack shows it: its three control characters are written out.

    https://docs.slack.dev/messaging/formatting-message-text#escaping
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _stays(one: str) -> bool:
    code = ord(one)
    if code in _JOINS:
        return True
    return code not in _TURNS and unicodedata.category(one) not in ("Cc", "Cf", "Cs", "Zl", "Zp")
