"""EventBridge's default event bus, as AWS's own services reach it."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandbox.core.clock import Clock

log = logging.getLogger("sandbox")


@dataclass(frozen=True)
class Event:
    """An EventBridge event."""

    source: str
    detail_type: str
    detail: Mapping[str, Any]
    resources: Sequence[str]
    time: datetime
    id: str


class EventBus:
    """The account's default event bus, in process; what a subscriber raises is logged."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._subscribers: list[Callable[[Event], None]] = []

    def subscribe(self, subscriber: Callable[[Event], None]) -> None:
        self._subscribers.append(subscriber)

    def publish(
        self,
        source: str,
        detail_type: str,
        detail: Mapping[str, Any],
        resources: Sequence[str] = (),
        time: datetime | None = None,
    ) -> str:
        """Send an event that happened at `time`, now unless given; its id."""
        event = Event(source, detail_type, detail, resources, time or self._clock.now(), str(uuid.uuid4()))
        for subscriber in list(self._subscribers):
            try:
                subscriber(event)
            except Exception:
                log.exception("an event was not delivered: %s", event)
        return event.id
