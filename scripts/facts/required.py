"""Parts of an answer that AWS always gives, though its model calls them optional."""

from __future__ import annotations

from typing import TypeVar

from scripts.errors import AwsAnswerError

T = TypeVar("T")


def required(value: T | None, name: str) -> T:
    """The value.

    Raises:
        AwsAnswerError: it is not there.
    """
    if value is None:
        raise AwsAnswerError(f"AWS's answer has no {name}.")
    return value
