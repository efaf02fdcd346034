"""A channel that a test tells how to end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import ClassVar

from scripts.channels.channel import BUDGET, CANNOT_TELL, Found


class Fake:
    """A Channel: `sent` is what left, `ends` what sending does afterwards."""

    name = "slack"
    budget: timedelta = BUDGET
    permissions: ClassVar[tuple[str, ...]] = ()

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.asked: list[tuple[bytes, datetime]] = []
        self.found: Found = CANNOT_TELL
        self.ends: Callable[[], str] = lambda: f"ts-{len(self.sent)}"

    def send(self, content: bytes) -> str:
        self.sent.append(content)
        return self.ends()

    def find(self, content: bytes, since: datetime) -> Found:
        self.asked.append((content, since))
        return self.found
