from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from moto.moto_api._internal import moto_api_backend

from tests.sandbox.codepipeline.account import FILES, SERVICES, Account, write_template
from tests.sandbox.conftest import MakeWorld


@pytest.fixture
def account(make_world: MakeWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    monkeypatch.setattr("sandbox.github.host.TEMPLATE", write_template(tmp_path / "template", FILES))
    yield Account(make_world(*SERVICES))
    moto_api_backend.reset()
