"""A sandbox's AWS in this process, for tests of single services."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from moto.core.request import Request
from moto.moto_api._internal.models import moto_api_backend

from sandbox.aws.dispatch import Aws
from sandbox.aws.service import Service
from sandbox.paths import Paths
from sandbox.server import listen
from sandbox.world import Clock, World

MakeWorld = Callable[..., World]


@pytest.fixture
def make_world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MakeWorld]:
    """A world that answers on a free port: `make_world(CodePipeline, CodeBuild, clock=...)`; the rest is moto's."""
    for proxy in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(proxy, raising=False)
    moto_api_backend.reset()  # one account for the whole process: every test finds it empty
    running: list[tuple[World, Any]] = []

    def make(*services: type[Service], clock: Clock | None = None) -> World:
        server = listen(0, None)
        paths = Paths(tmp_path / f"sandbox-{len(running)}")
        paths.home.mkdir()
        world = World(paths, f"http://127.0.0.1:{server.port}", clock)
        instances: dict[str, Service] = {}
        world.services = instances
        for service in services:
            instance = service(world)
            instances.update(dict.fromkeys((service.name, *service.aliases), instance))
        aws = Aws(world, instances)
        server.app = lambda environ, start: aws.answer(Request(environ))(environ, start)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        running.append((world, server))
        return world

    yield make
    for world, server in running:
        world.background.stop()
        server.shutdown()
        server.server_close()
