"""The sandbox's time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

NOTHING = timedelta()
LONGEST_BEHIND = timedelta(days=14)  # CloudWatch takes no older metrics and log lines in


class Clock:
    """The sandbox's time: real, or `behind` it until time passes; and the time that the release window sees.

    Everything that AWS or GitHub would put a time on takes it from `now`.
    """

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC), behind: timedelta = NOTHING) -> None:
        self._now = now
        self._behind = behind
        self._window_offset_from: tuple[datetime, datetime] | None = None
        self._changing = threading.Lock()

    @property
    def behind(self) -> timedelta:
        """How much time may still pass at once; never less than nothing."""
        return self._behind

    @property
    def window_is_set(self) -> bool:
        return self._window_offset_from is not None

    def now(self) -> datetime:
        return self._now() - self._behind

    def leap(self, span: timedelta) -> None:
        """Let time pass at once; a set window time goes with it.

        Raises:
            ValueError: backwards, or beyond the real time.
        """
        with self._changing:
            if not NOTHING <= span <= self._behind:
                raise ValueError(f"{span} cannot pass where {self._behind} is left until the real time")
            self._behind -= span

    def window_now(self) -> datetime:
        """The set time, running on from when it was set; the sandbox's own unless one is set."""
        if self._window_offset_from is None:
            return self.now()
        set_at, window_time = self._window_offset_from
        return window_time + (self.now() - set_at)

    def set_window(self, time: datetime | None) -> None:
        """Set what the release window sees (aware), or go back to the sandbox's own time with None."""
        self._window_offset_from = None if time is None else (self.now(), time)
