"""The sandbox's one clock."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

NOTHING = timedelta()
LONGEST_BEHIND = timedelta(days=14)  # CloudWatch takes no older metrics and log lines in


class Clock:
    """The time of everything in the sandbox: the real one, or some way off it. It runs on by itself and can leap ahead.

    Everything that AWS, GitHub, Slack or mail would put a time on takes it from `now`.
    """

    def __init__(self, real: Callable[[], datetime] = lambda: datetime.now(UTC), behind: timedelta = NOTHING) -> None:
        self._real = real
        self._ahead = -behind
        self._leaping = threading.Lock()
        self._due: list[Callable[[], None]] = []

    @property
    def ahead(self) -> timedelta:
        """How far it is ahead of the real time; less than nothing where it is behind."""
        return self._ahead

    def now(self) -> datetime:
        return self._real() + self._ahead

    def each_minute(self, due: Callable[[], None]) -> None:
        """Have `due` do what it does by itself in real time, after each minute that passes at once."""
        self._due.append(due)

    def pass_minute(self, span: timedelta) -> None:
        """Let a minute pass at once, or what is left of one, and what is due then be done."""
        self.leap(span)
        for due in self._due:
            due()

    def leap(self, span: timedelta) -> None:
        """Let time pass at once.

        Raises:
            ValueError: backwards; what has happened on AWS has happened.
        """
        if span < NOTHING:
            raise ValueError(f"time does not go back: {span}")
        with self._leaping:
            self._ahead += span
