"""The one world that everything in a sandbox lives in: clock, events, outbox, services."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sandbox.addresses import ACCOUNT_ID, REGION
from sandbox.paths import Paths

if TYPE_CHECKING:
    from sandbox.aws.service import Service
    from sandbox.faults import Faults
    from sandbox.workload.workload import Workload

NOTHING = timedelta()
LONGEST_BEHIND = timedelta(days=14)  # CloudWatch takes no older metrics and log lines in

log = logging.getLogger("sandbox")


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


@dataclass(frozen=True)
class Event:
    """An EventBridge event."""

    source: str
    detail_type: str
    detail: Mapping[str, Any]
    resources: Sequence[str]
    time: datetime


class EventBus:
    """The account's default event bus, in process; what a subscriber raises is logged."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._subscribers: list[Callable[[Event], None]] = []

    def subscribe(self, subscriber: Callable[[Event], None]) -> None:
        self._subscribers.append(subscriber)

    def publish(self, source: str, detail_type: str, detail: Mapping[str, Any], resources: Sequence[str] = ()) -> None:
        event = Event(source, detail_type, detail, resources, self._clock.now())
        for subscriber in list(self._subscribers):
            try:
                subscriber(event)
            except Exception:
                log.exception("an event was not delivered: %s", event)


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


class Background:
    """Threads that live as long as the sandbox. They wait on `stopping` instead of sleeping."""

    def __init__(self) -> None:
        self.stopping = threading.Event()
        self._on_stop: list[Callable[[], None]] = []

    def start(self, name: str, run: Callable[[], None]) -> threading.Thread:
        def guarded() -> None:
            try:
                run()
            except Exception:
                log.exception("the background task %s failed", name)

        thread = threading.Thread(target=guarded, name=name, daemon=True)
        thread.start()
        return thread

    def on_stop(self, callback: Callable[[], None]) -> None:
        """Call back at `sandbox down`, to end child processes, say."""
        self._on_stop.append(callback)

    def stop(self) -> None:
        self.stopping.set()
        for callback in self._on_stop:
            try:
                callback()
            except Exception:
                log.exception("stopping %s", callback)


class World:
    """One sandbox: its state, its services and how they reach each other."""

    account_id = ACCOUNT_ID
    region = REGION

    def __init__(self, paths: Paths, endpoint: str, clock: Clock | None = None) -> None:
        self.paths = paths
        self.endpoint = endpoint
        self.clock = clock or Clock()
        self.events = EventBus(self.clock)
        self.outbox = Outbox()
        self.background = Background()

    @cached_property
    def faults(self) -> Faults:
        from sandbox.faults import Faults

        return Faults(self)

    @cached_property
    def workload(self) -> Workload:
        """The deployed sites."""
        from sandbox.workload.workload import Workload

        return Workload(self)

    @cached_property
    def services(self) -> Mapping[str, Service]:
        """Our own services by botocore name; moto has the rest."""
        from sandbox.aws.registry import create_services, service_classes

        return create_services(self, service_classes())

    def service(self, name: str) -> Any:
        """Our instance of a service, for in-process calls beyond AWS's API (`record`, `append`, `stack`)."""
        return self.services[name]

    def client(self, name: str, *, past_us: bool = False) -> Any:
        """A boto3 client to this sandbox; `past_us` asks moto, past our own service."""
        from sandbox.aws.clients import client

        return client(name, self.endpoint, self.region, past_us=past_us)
