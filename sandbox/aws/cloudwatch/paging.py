"""Pages with opaque tokens."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import TypeVar

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
