"""boto3 clients from inside the sandbox to itself: what they ask is answered in the thread that asks."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import Context, ContextVar
from functools import cache
from typing import Any

import boto3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config
from moto.core.botocore_stubber import MockRawResponse
from moto.core.request import Request, normalize_request
from werkzeug.wrappers import Response

from sandbox.addresses import ACCESS_KEY, INSIDE, SECRET_KEY

PAST_US_HEADER = "X-Sandbox-Past-Us"
ACTS_AS_HEADER = "X-Sandbox-Acts-As"
Answer = Callable[[Request], Response]
_creating = threading.Lock()
_acting_as: ContextVar[str] = ContextVar("acting_as", default="")


@cache
def _session() -> boto3.session.Session:
    """One for all clients: it reads each service's model once."""
    return boto3.session.Session(aws_access_key_id=ACCESS_KEY, aws_secret_access_key=SECRET_KEY)


def client(name: str, endpoint: str, region: str, answer: Answer, *, past_us: bool) -> Any:
    """A client: thread-safe to use, and created one at a time because boto3's loader is not."""
    with _creating:
        created = _session().client(
            name,  # pyright: ignore[reportArgumentType, reportCallIssue]
            region_name=region,
            endpoint_url=endpoint,
            config=Config(
                retries={"total_max_attempts": 1},
                proxies={},
                user_agent=f"app/{INSIDE}",  # botocore's own is put together anew for each call
            ),
        )
    created.meta.events.register("before-sign.*.*", _say_for_whom)
    if past_us:
        created.meta.events.register("before-sign.*.*", _ask_for_moto)
    created.meta.events.register("before-send.*.*", _Here(answer))
    return created


class _Here:
    """Stands where a client would send: the answer is made without a connection, a thread and its being parsed."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    def __call__(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        asked = normalize_request(request)
        answer = Context().run(self._answer, asked)  # who answers knows of who asks what the request says, no more
        parts, _status, headers = answer.get_wsgi_response(asked.environ)
        body: Any = MockRawResponse(b"".join(parts))
        told: Any = headers
        return AWSResponse(request.url, answer.status_code, told, body)


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
