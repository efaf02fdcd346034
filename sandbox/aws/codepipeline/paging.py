"""Pages of a list, with a token that says where the next one starts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sandbox.aws.service import AwsError


def page(
    entries: Sequence[Any], key: str, request: dict[str, Any], *, limit_key: str = "maxResults", default: int = 100
) -> dict[str, Any]:
    """`entries` from the request's nextToken on.

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
