"""The two kinds of store, and an S3 that fails when it is told to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from botocore.session import Session

from sandbox.world import World
from scripts.clients.aws import Aws
from scripts.ledger.bucket import BucketStore
from scripts.ledger.folder import FolderStore
from scripts.ledger.store import Store
from sop.names import LEDGER
from tests.clock import PATIENCE
from tests.sandbox.served import served
from tests.scripts.fake_aws import LOADER, REGION

KEY = "releases/pr-12/complete/3f0c/mail/001.intent.json"
Fault = Callable[[Callable[[], Any]], Any]  # is given the call, which it may make


def lost(call: Callable[[], Any]) -> Any:
    """Done, and nobody hears of it."""
    call()
    raise ReadTimeoutError(endpoint_url="https://s3")


def unheard(_call: Callable[[], Any]) -> Any:
    """Not done, and nobody hears of that either."""
    raise ReadTimeoutError(endpoint_url="https://s3")


def answered(code: str, status: int, retries: int = 0) -> Fault:
    """Not done, and answered so."""

    def fault(_call: Callable[[], Any]) -> Any:
        metadata = {"HTTPStatusCode": status, "RetryAttempts": retries}
        response: Any = {"Error": {"Code": code, "Message": "told"}, "ResponseMetadata": metadata}
        raise ClientError(response, "PutObject")

    return fault


class FailingS3:
    """An S3 client whose next calls end as `faults` say, by operation; then as S3 answers."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.faults: dict[str, list[Fault]] = {}
        self.calls: list[str] = []

    @property
    def s3(self) -> FailingS3:
        """As `Aws` has its client."""
        return self

    def fail(self, operation: str, *faults: Fault) -> None:
        self.faults.setdefault(operation, []).extend(faults)

    def __getattr__(self, operation: str) -> Any:
        def call(*args: Any, **params: Any) -> Any:
            self.calls.append(operation)
            waiting = self.faults.get(operation)
            make = lambda: getattr(self._client, operation)(*args, **params)  # noqa: E731
            return waiting.pop(0)(make) if waiting else make()

        return call


class Buckets:
    """S3 of a sandbox in this process, with a new bucket for each who asks."""

    def __init__(self, world: World) -> None:
        self.account_id = world.account_id
        self._client = world.client("s3")
        session = Session()
        session.register_component("data_loader", LOADER)
        session.set_credentials("test", "test")
        self.aws = Aws(session, REGION)
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("AWS_ENDPOINT_URL", world.endpoint)
            assert self.aws.s3  # it is made now, with this address
        self._numbers = count(1)

    def new(self) -> str:
        name = f"records-{next(self._numbers)}"
        self._client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
        versioned: Any = {"Status": "Enabled"}
        self._client.put_bucket_versioning(Bucket=name, VersioningConfiguration=versioned)
        return name

    def remove(self, bucket: str, key: str) -> None:
        """As somebody with a console does."""
        self._client.delete_object(Bucket=bucket, Key=f"{LEDGER}{key}")

    def failing(self) -> tuple[FailingS3, Store]:
        """A store in a new bucket, and what makes its calls fail."""
        failing = FailingS3(self.aws.s3)
        stand_in: Any = failing
        return failing, BucketStore(stand_in, self.new(), self.account_id, pause=lambda _: None)


@contextmanager
def buckets(home: Path) -> Iterator[Buckets]:
    with served(home) as world:
        yield Buckets(world)


def folder_store(folder: Path) -> Store:
    return FolderStore(folder, PATIENCE, pause=Event().wait)
