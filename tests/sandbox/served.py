"""A world that answers on a free port, in this process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from moto.core.request import Request

from sandbox.aws.dispatch import Aws
from sandbox.aws.registry import create_services
from sandbox.aws.service import Service
from sandbox.core.clock import Clock
from sandbox.paths import Paths
from sandbox.server import listen
from sandbox.world import World
from tests.serving import serving


@contextmanager
def served(home: Path, *services: type[Service], clock: Clock | None = None) -> Iterator[World]:
    """AWS with these services of ours; the rest is moto's."""
    clock = clock or Clock()
    server = listen(0, None, clock)
    home.mkdir(exist_ok=True)
    world = World(Paths(home), f"http://127.0.0.1:{server.port}", clock)
    aws = Aws(world, create_services(world, services))
    server.app = lambda environ, start: aws.answer(Request(environ))(environ, start)
    with serving(server):
        yield world
        world.background.stop()
