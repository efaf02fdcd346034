"""How times, spans, lists and the text of others read in a message."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

# C0 and C1 but newline and tab, and what turns the direction of reading.
_CONTROLS = (
    *(*range(0x20), *range(0x7F, 0xA0)),
    *(0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)),
)
_ESCAPES = {code: repr(chr(code))[1:-1] for code in _CONTROLS if chr(code) not in "\n\t"}


def printable(text: str) -> str:
    """Text of others for a screen: what would move the cursor, colour or reorder it is shown as `\\x1b`."""
    return text.replace("\r\n", "\n").translate(_ESCAPES)


def utc(moment: datetime) -> str:
    """`2026-03-10T01:02:03Z`; fractions of a second are left out."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def span(duration: timedelta) -> str:
    """`45 s`, `6.2 min`, `3 h 05 min`, `2 d 4 h`: as exact as it matters at that length.

    Two clocks that differ a little make no age less than none.
    """
    duration = max(duration, timedelta())
    if duration < timedelta(minutes=1):
        return f"{duration.total_seconds():.0f} s"
    if duration < timedelta(hours=1):
        return f"{duration / timedelta(minutes=1):.1f}".removesuffix(".0") + " min"
    hours, rest = divmod(duration, timedelta(hours=1))
    if duration < timedelta(days=1):
        return f"{hours} h {rest // timedelta(minutes=1):02} min"
    return f"{duration.days} d {hours % 24} h"


def minutes(value: float) -> str:
    """A threshold in minutes: `15 min`, `7.5 min`."""
    return f"{value:g} min"


def listing(items: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    *head, last = items or ("",)
    return f"{', '.join(head)} and {last}" if head else last


def count(number: int, noun: str) -> str:
    """`1 target`, `3 targets`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
