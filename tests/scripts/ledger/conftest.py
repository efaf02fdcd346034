from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from moto.moto_api._internal.models import moto_api_backend

from scripts.ledger.bucket import BucketStore
from scripts.ledger.store import Store
from tests.scripts.ledger.stores import Buckets, buckets, folder_store


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Buckets]:
    with pytest.MonkeyPatch.context() as environment:
        for proxy in ("http_proxy", "HTTP_PROXY"):
            environment.delenv(proxy, raising=False)
        moto_api_backend.reset()
        with buckets(tmp_path_factory.mktemp("sandbox") / "home") as made:
            yield made


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """One of each kind, empty."""
    if request.param == "folder":
        return folder_store(tmp_path / "ledger")
    made: Buckets = request.getfixturevalue("s3")
    return BucketStore(made.aws, made.new(), made.account_id)
