"""The account and region that every service lives in, and how one service reaches another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from moto.core.request import Request
from werkzeug.wrappers import Response

from sandbox.configured import SAMPLE, Configured
from sandbox.core.background import Background
from sandbox.core.clients import Answer, client
from sandbox.core.clock import Clock
from sandbox.core.events import EventBus
from sandbox.core.outbox import Outbox
from sandbox.paths import Paths

Spoken = TypeVar("Spoken")


@dataclass(frozen=True)
class Port(Generic[Spoken]):
    """A way in beyond AWS's API: what stands behind it has the methods of the protocol `Spoken`."""

    name: str


ANSWERING: Port[Answer] = Port("answering")  # AWS's API itself, for the account's own clients


class Account:
    """One AWS account in one region: its clock, event bus, outbox and threads, and its services' ways in."""

    def __init__(
        self, paths: Paths, endpoint: str, clock: Clock | None = None, configured: Configured = SAMPLE
    ) -> None:
        self.paths = paths
        self.configured = configured
        self.account_id = configured.account_id
        self.region = configured.region
        self.endpoint = endpoint
        self.clock = clock or Clock()
        self.events = EventBus(self.clock)
        self.outbox = Outbox()
        self.background = Background()
        self._offered: dict[str, Callable[[], Any]] = {}
        self._clients: dict[tuple[str, str, bool], Any] = {}

    def offer(self, name: str, what: Callable[[], Any]) -> None:
        """Put something behind a port; it is asked for only when somebody reaches for it."""
        self._offered[name] = what

    def offers(self, name: str) -> bool:
        return name in self._offered

    def reach(self, port: Port[Spoken]) -> Spoken:
        """What stands behind a port, in process. Raises KeyError where nothing does."""
        return self._offered[port.name]()

    def service(self, name: str) -> Any:
        """The whole of a service, for those above the services; one service reaches another by a port."""
        return self._offered[name]()

    def client(self, name: str, *, past_us: bool = False) -> Any:
        """A boto3 client to this sandbox; `past_us` asks moto, past our own service."""
        key = name, self.region, past_us
        if key not in self._clients:
            self._clients[key] = client(name, self.endpoint, self.region, self._answer, past_us=past_us)
        return self._clients[key]

    def _answer(self, request: Request) -> Response:
        return self.reach(ANSWERING)(request)
