from __future__ import annotations

import pytest

from tests.scripts.release import Release
from tests.scripts.watching.watched import Scene


@pytest.fixture
def scene(release: Release) -> Scene:
    return Scene(release)
