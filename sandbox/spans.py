"""Lengths of time as a person writes them: 90s, 5m, 25h, 1d, 1h30m."""

from __future__ import annotations

import re
from datetime import timedelta

_UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
_SPAN = re.compile("".join(rf"(?:(?P<{unit}>[0-9]{{1,6}}){unit})?" for unit in _UNITS))


class SpanError(ValueError):
    """No length of time; the message says how to write one."""


def parse(text: str) -> timedelta:
    """Raises SpanError."""
    parts = _SPAN.fullmatch(text)
    if parts is None or not text:
        raise SpanError(f"{text!r} is no length of time: write 90s, 5m, 25h, 1d or 1h30m")
    return timedelta(**{_UNITS[unit]: int(number) for unit, number in parts.groupdict().items() if number})


def shown(span: timedelta) -> str:
    """In hours, minutes and whole seconds: 25h, 1h30m, 0s."""
    minutes, seconds = divmod(round(span.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    return (
        "".join(f"{number}{unit}" for number, unit in zip((hours, minutes, seconds), "hms", strict=True) if number)
        or "0s"
    )
