"""GitHub's rate limits: so many questions an hour for each person and resource, told with every answer.

The secondary limit, which GitHub does not count aloud, stands where somebody sets it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from math import ceil

HOURLY = 5_000
HOUR = timedelta(hours=1)


class Limits:
    def __init__(self, now: Callable[[], datetime]) -> None:
        self.hourly = HOURLY
        self.slow_down_until: datetime | None = None
        self._now = now
        self._used: dict[tuple[str, str], tuple[datetime, int]] = {}
        self._counting = threading.Lock()

    def take(self, login: str, resource: str) -> tuple[bool, dict[str, str]]:
        """Whether the question is within the limit, and the headers that tell of it."""
        with self._counting:
            begun, used = self._used.get((login, resource), (self._now(), 0))
            if self._now() >= begun + HOUR:
                begun, used = self._now(), 0
            allowed = used < self.hourly
            self._used[login, resource] = begun, used + allowed
        left = max(self.hourly - used - 1, 0)
        return allowed, {
            "X-RateLimit-Limit": str(self.hourly),
            "X-RateLimit-Remaining": str(left),
            "X-RateLimit-Used": str(self.hourly - left),
            "X-RateLimit-Reset": str(int((begun + HOUR).timestamp())),
            "X-RateLimit-Resource": resource,
        }

    def wait(self) -> int:
        """Seconds that the secondary limit lasts; 0 where there is none."""
        if self.slow_down_until is None:
            return 0
        return max(ceil((self.slow_down_until - self._now()).total_seconds()), 0)
