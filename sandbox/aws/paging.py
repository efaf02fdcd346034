"""Pages of a list, with a token that says where the next one starts."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Any, TypeVar

from sandbox.aws.service import AwsError

T = TypeVar("T")


def page(items: Sequence[T], token: str | None, size: int) -> tuple[Sequence[T], dict[str, str]]:
    """One page and, where there is more, its NextToken. Raises InvalidNextToken."""
    start = read_token(token)
    more = {"NextToken": make_token(start + size)} if start + size < len(items) else {}
    return items[start : start + size], more


def make_token(offset: int) -> str:
    return base64.urlsafe_b64encode(f"offset {offset}".encode()).decode()


def read_token(token: str | None) -> int:
    if token is None:
        return 0
    try:
        decoded = base64.urlsafe_b64decode(token.encode()).decode()
        return int(decoded.removeprefix("offset "))
    except (ValueError, binascii.Error) as error:
        raise AwsError("InvalidNextToken", "The next token specified is invalid.") from error


def answer_page(
    entries: Sequence[Any], key: str, request: dict[str, Any], *, limit_key: str = "maxResults", default: int = 100
) -> dict[str, Any]:
    """As CodePipeline and CodeBuild page: `entries` from the request's nextToken on, under `key`.

    Raises:
        AwsError: InvalidNextTokenException.
    """
    token = request.get("nextToken", "0")
    if not token.isdecimal() or int(token) > len(entries):
        raise AwsError("InvalidNextTokenException", f"The next token {token!r} is not valid")
    first = int(token)
    last = first + request.get(limit_key, default)
    answer: dict[str, Any] = {key: list(entries[first:last])}
    if last < len(entries):
        answer["nextToken"] = str(last)
    return answer
