"""How times, spans and lists read in a message."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta


def utc(moment: datetime) -> str:
    """`2026-03-10T01:02:03Z`; fractions of a second are left out."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def span(duration: timedelta) -> str:
    """`45 s`, `6.2 min`, `3 h 05 min`, `2 d 4 h`: as exact as it matters at that length."""
    if duration < timedelta(minutes=1):
        return f"{duration.total_seconds():.0f} s"
    if duration < timedelta(hours=1):
        return f"{duration / timedelta(minutes=1):.1f} min"
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
