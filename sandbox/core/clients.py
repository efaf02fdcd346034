"""boto3 clients from inside the sandbox to itself."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any

import boto3
from botocore.config import Config

from sandbox.addresses import ACCESS_KEY, INSIDE, SECRET_KEY

PAST_US_HEADER = "X-Sandbox-Past-Us"
ACTS_AS_HEADER = "X-Sandbox-Acts-As"
_creating = threading.Lock()
_acting_as: ContextVar[str] = ContextVar("acting_as", default="")


@cache
def _session() -> boto3.session.Session:
    """One for all clients: it reads each service's model once."""
    return boto3.session.Session(aws_access_key_id=ACCESS_KEY, aws_secret_access_key=SECRET_KEY)


@cache
def _cached(name: str, endpoint: str, region: str, past_us: bool) -> Any:
    client = _session().client(
        name,  # pyright: ignore[reportArgumentType, reportCallIssue]
        region_name=region,
        endpoint_url=endpoint,
        config=Config(
            retries={"total_max_attempts": 1},
            connect_timeout=2,
            proxies={},
            max_pool_connections=32,
            user_agent_appid=INSIDE,  # pyright: ignore[reportCallIssue] - the stubs do not know it yet
        ),
    )
    client.meta.events.register("before-sign.*.*", _say_for_whom)
    if past_us:
        client.meta.events.register("before-sign.*.*", _ask_for_moto)
    return client


def client(name: str, endpoint: str, region: str, *, past_us: bool) -> Any:
    """A cached client: thread-safe to use, and created one at a time because boto3's loader is not."""
    with _creating:
        return _cached(name, endpoint, region, past_us)


def _ask_for_moto(request: Any, **_: Any) -> None:
    request.headers[PAST_US_HEADER] = "1"


@contextmanager
def acting_as(access_key: str) -> Iterator[None]:
    """Calls that are made inside, in this thread, count as made with this access key; "" is the account's own."""
    token = _acting_as.set(access_key)
    try:
        yield
    finally:
        _acting_as.reset(token)


def _say_for_whom(request: Any, **_: Any) -> None:
    if access_key := _acting_as.get():
        request.headers[ACTS_AS_HEADER] = access_key
