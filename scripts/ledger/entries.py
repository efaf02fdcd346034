"""What is written in the ledger: facts, each by somebody at a time, as JSON that an older and a newer program read.

A newer program may give a kind more fields: an older one keeps them. One that means something else by a kind counts
SCHEMA up, and an older one then says that it cannot read it, as it does of a kind that it does not know.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from functools import cache
from typing import Any, ClassVar, TypeVar, cast, get_type_hints

from scripts.errors import UndeterminedError
from sop.wire import camel_case

SCHEMA = 1
_OWN = ("schema", "kind")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One fact. `by` is the ARN of who wrote it, `at` AWS's time, `newer` what a newer program wrote besides."""

    kind: ClassVar[str]
    by: str
    at: datetime
    newer: Mapping[str, Any] = field(default_factory=dict[str, Any])


E = TypeVar("E", bound=Entry)


class UnreadableError(UndeterminedError):
    """What stands in the ledger is nothing that this program can read: it never counts as nothing."""


def incomplete(folder: str, unknown: str, which: str = "an entry is missing, or one is none") -> UnreadableError:
    """What to say of a folder of the ledger that is not as it was written; `unknown` is what is not known by it."""
    return UnreadableError(
        f"Of the ledger's {folder} {which}: {unknown} is not known.",
        "Somebody has changed the ledger by hand: put back what was there (the bucket keeps earlier versions).",
    )


def encode(entry: Entry) -> bytes:
    """The entry as it is written; the same entry gives the same bytes."""
    known = {camel_case(name): _WRITERS[kind](getattr(entry, name)) for name, kind in _fields(type(entry))}
    content = {**entry.newer, **known, "schema": SCHEMA, "kind": entry.kind}
    return (json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()


def decode(data: bytes, key: str, *kinds: type[E]) -> E:
    """What was written under `key`, which must be one of these kinds.

    Raises:
        UnreadableError: it is none of them, or nothing that this program can read.
    """
    try:
        content = json.loads(data)
    except (ValueError, RecursionError) as problem:
        raise _unreadable(key, "no JSON") from problem
    if not isinstance(content, dict):
        raise _unreadable(key, "no object")
    given = cast("dict[str, Any]", content)
    schema, name = given.get("schema"), given.get("kind")
    if isinstance(schema, int) and schema > SCHEMA:
        raise UnreadableError(
            f"The ledger's {key} was written by a newer program (schema {schema}, this one reads {SCHEMA}).",
            "Run the command with that version of the project.",
        )
    kind = next((one for one in kinds if one.kind == name), None)
    if schema != SCHEMA or kind is None:
        expected = " or ".join(one.kind for one in kinds)
        raise _unreadable(key, f"schema {schema!r}, kind {name!r}, where {expected} was expected")
    known = {camel_case(field_name): (field_name, type_) for field_name, type_ in _fields(kind)}
    try:
        read = {field_name: _READERS[type_](given[wire]) for wire, (field_name, type_) in known.items()}
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise _unreadable(key, f"{kind.kind} without what belongs to it ({problem})") from problem
    return kind(**read, newer={wire: value for wire, value in given.items() if wire not in {*known, *_OWN}})


@cache
def _fields(kind: type[Entry]) -> list[tuple[str, Any]]:
    hints = get_type_hints(kind)
    return [(one.name, hints[one.name]) for one in fields(kind) if one.name != "newer"]


def _unreadable(key: str, why: str) -> UnreadableError:
    return UnreadableError(
        f"The ledger's {key} cannot be read: {why}.",
        "Somebody has written it by hand, or a newer program: look at it, and at its earlier versions in the bucket.",
    )


def _moment(value: Any) -> datetime:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError("a time without its zone")
    return moment


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _bytes(value: Any) -> bytes:
    if isinstance(value, Mapping):
        return base64.b64decode(cast("Mapping[str, str]", value)["base64"], validate=True)
    return _text(value).encode()


def _texts(value: Any) -> dict[str, str]:
    return {_text(name): _text(text) for name, text in cast("Mapping[Any, Any]", value).items()}


def _data(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError(f"{value!r} is no object")
    return cast("dict[str, Any]", value)


def _written_bytes(value: bytes) -> str | dict[str, str]:
    """As text that a person can read, where it is."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(value).decode()}


_WRITERS: Mapping[Any, Callable[[Any], Any]] = {
    str: str,
    bytes: _written_bytes,
    Mapping[str, str]: dict,
    Mapping[str, Any]: dict,
    datetime: lambda value: value.astimezone(UTC).isoformat().replace("+00:00", "Z"),
}
_READERS: Mapping[Any, Callable[[Any], Any]] = {
    str: _text,
    bytes: _bytes,
    datetime: _moment,
    Mapping[str, str]: _texts,
    Mapping[str, Any]: _data,
}
