"""Titles and names that others wrote, in one line that harms no channel."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

# What turns the direction of reading: it would reorder what stands beside it (Unicode's Bidi_Control).
_TURNING = {*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C}
_CONTROLS = {"Cc", "Zl", "Zp", "Cs"}
# All that Slack asks to be escaped (https://docs.slack.dev/messaging/formatting-message-text): what is left
# of `<!channel>` calls nobody.
_SLACK: Mapping[int, str] = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;"}


def one_line(text: str) -> str:
    """The text without line breaks, controls and what turns the direction of reading; emoji stay."""
    kept = (" " if unicodedata.category(each) in _CONTROLS else each for each in text if ord(each) not in _TURNING)
    return " ".join("".join(kept).split())


def for_slack(text: str) -> str:
    """One line that Slack shows as it is written."""
    return one_line(text).translate(_SLACK)
