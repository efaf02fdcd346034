from __future__ import annotations

import pytest
from moto.moto_api._internal.models import moto_api_backend


@pytest.fixture(autouse=True)
def _empty_account() -> None:
    moto_api_backend.reset()
