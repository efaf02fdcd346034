"""Dynamic references, `{{resolve:ssm:NAME:VERSION}}`: found in text that is otherwise resolved."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sandbox.aws.service import UnsupportedError

_REFERENCE = re.compile(r"\{\{resolve:(?P<service>[^:}]+):(?P<key>[^}]*)\}\}")
_PLAIN = re.compile(r"(?P<name>[A-Za-z0-9_.\-/]+)(:(?P<version>[0-9]+))?")


def check(value: Any) -> None:
    """Refuse references that the sandbox does not resolve, anywhere in `value`.

    Raises:
        UnsupportedError: there is one.
    """
    replace(value, lambda _: "")


def replace(value: Any, fetch: Callable[[str], str]) -> Any:
    """`value` with every reference replaced; `fetch` reads Parameter Store by NAME or NAME:VERSION.

    Raises:
        UnsupportedError: a reference to something else.
    """
    if isinstance(value, dict):
        return {key: replace(entry, fetch) for key, entry in value.items()}
    if isinstance(value, list):
        return [replace(entry, fetch) for entry in value]
    if not isinstance(value, str):
        return value

    def fetched(match: re.Match[str]) -> str:
        if match["service"] != "ssm" or not _PLAIN.fullmatch(match["key"]):
            raise UnsupportedError(f"The sandbox does not resolve the dynamic reference {match[0]}.")
        return fetch(match["key"])

    return _REFERENCE.sub(fetched, value)
