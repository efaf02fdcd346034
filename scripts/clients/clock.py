"""The time of day is AWS's, as its answers tell it: a laptop whose clock is wrong decides nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from scripts.text import span

if TYPE_CHECKING:
    from botocore.hooks import BaseEventHooks

TOLERATED = timedelta(minutes=1)
GRAIN = timedelta(seconds=2)  # a Date has whole seconds, and comes some time after it was written


def laptop() -> datetime:
    """This machine's own time of day."""
    return datetime.now(UTC)


class AwsClock:
    """This machine's clock, put right by the `Date` of every answer that AWS gives. Safe to use from several threads.

    Before the first answer it is this machine's time. A clock of the day, unlike a stopwatch, goes on while a machine
    sleeps; what is wrong with it afterwards the next answer puts right.
    """

    def __init__(self, own: Callable[[], datetime] = laptop) -> None:
        self._own = own
        self._ahead: timedelta | None = None
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """AWS's time, at most a few seconds behind it."""
        return self._own() + (self._ahead or timedelta())

    def listen(self, events: BaseEventHooks) -> None:
        """Hear of all answers that these events tell of, refusals too."""
        events.register("after-call", self._answered)

    def difference(self) -> str:
        """How wrong this machine's clock is, for a person; empty when it is right enough, or AWS has not answered."""
        ahead = self._ahead or timedelta()
        if abs(ahead) <= TOLERATED:
            return ""
        wrong = "slow" if ahead > timedelta() else "fast"
        return f"This machine's clock is {span(abs(ahead))} {wrong}; what follows goes by AWS's."

    def _answered(self, http_response: Any, **_: Any) -> None:
        try:
            told = parsedate_to_datetime(http_response.headers["Date"])
        except (KeyError, TypeError, ValueError):
            return  # an answer that nobody dated
        if told.tzinfo is None:  # "-0000", which RFC 5322 has for UTC
            told = told.replace(tzinfo=UTC)
        ahead = told - self._own()
        with self._lock:
            # Each answer tells a little less than the truth: the most of them is nearest, until a clock was set anew
            if self._ahead is None or not timedelta() <= self._ahead - ahead <= GRAIN:
                self._ahead = ahead
