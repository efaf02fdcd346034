"""What a status is read from."""

from __future__ import annotations

from typing import Any, cast

import pytest

from scripts.status import reading
from scripts.status.reading import Place


def test_the_pull_request_that_is_asked_about_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr(reading, "read_pull_request", lambda _github, number: asked.append(number) or f"#{number}")
    nothing = cast("Any", None)
    place = Place(nothing, nothing, nothing, None, "", nothing, 12)
    assert (place.pull, place.pull, asked) == ("#12", "#12", [12])
