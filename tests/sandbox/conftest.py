"""A sandbox's AWS in this process, for tests of single services."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import pytest
from moto.moto_api._internal.models import moto_api_backend

from sandbox.aws.service import Service
from sandbox.core.clock import Clock
from sandbox.world import World
from tests.sandbox.served import served

MakeWorld = Callable[..., World]


@pytest.fixture
def make_world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MakeWorld]:
    """A world that answers on a free port: `make_world(CodePipeline, CodeBuild, clock=...)`; the rest is moto's."""
    for proxy in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(proxy, raising=False)
    moto_api_backend.reset()  # one account for the whole process: every test finds it empty
    with ExitStack() as running:
        homes = (tmp_path / f"sandbox-{number}" for number in count())

        def make(*services: type[Service], clock: Clock | None = None) -> World:
            return running.enter_context(served(next(homes), *services, clock=clock))

        yield make
