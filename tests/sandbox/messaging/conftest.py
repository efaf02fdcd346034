from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.core.clock import Clock
from sandbox.paths import Paths
from sandbox.server import Server, listen
from sandbox.world import World
from tests.serving import serving


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """The whole sandbox in this process; nothing on the way to it."""
    for proxy in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY"):
        monkeypatch.delenv(proxy, raising=False)
    clock = Clock()
    server = listen(0, None, clock)
    (tmp_path / "home").mkdir()
    made = World(Paths(tmp_path / "home"), f"http://127.0.0.1:{server.port}", clock)
    server.app = Server(made, server.shutdown)
    with serving(server):
        yield made
        made.background.stop()
