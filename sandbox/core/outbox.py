"""What left the sandbox for a person."""

from __future__ import annotations

import threading
from dataclasses import asdict, dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Message:
    """What left for a person: an e-mail, a Slack post, a status page entry."""

    channel: str
    to: str
    body: str
    subject: str = ""
    source: str = ""
    at: datetime = field(kw_only=True)

    def as_json(self) -> dict[str, str]:
        return {**asdict(self), "at": self.at.isoformat(timespec="seconds")}


class Outbox:
    """Every message sent, oldest first."""

    def __init__(self) -> None:
        self._messages: list[Message] = []
        self._lock = threading.Lock()

    def add(self, message: Message) -> None:
        with self._lock:
            self._messages.append(message)

    def messages(self) -> list[Message]:
        with self._lock:
            return list(self._messages)
