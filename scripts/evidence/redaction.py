"""Takes out of reports and evidence what looks like a secret. What is left out is said to be."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from scripts.evidence.patterns import (
    FORMS,
    HEADER,
    HINT,
    REDACTED,
    is_open,
    is_secret_name,
    speaks_of_a_secret,
    without_header,
    without_named,
)

# AWS gives names and their values side by side, as in {"OutputKey": "Url", "OutputValue": "https://..."}.
NAMES = frozenset({"key", "name", "outputkey", "parameterkey", "variable"})
VALUES = frozenset({"value", "outputvalue", "parametervalue", "resolvedvalue", "defaultvalue"})
# JSON in a string in JSON, and so on: no API of AWS has more than three. Each has half of the one around it, at most.
DEEPEST = 12
_OPENS = re.compile(r"""\s*+[\[{"]""")


def redacted(value: Any) -> Any:
    """The same data without secrets; nothing of the original is changed."""
    return _data(value, DEEPEST)


def redacted_text(text: str) -> str:
    """The text without what looks like a secret in it; JSON in it is read as such."""
    return _text(text, DEEPEST)


def _data(value: Any, deeper: int) -> Any:
    if isinstance(value, str):
        return _text(value, deeper)
    if isinstance(value, int | float | None):
        return value
    if isinstance(value, Mapping):
        return _mapping(value, deeper)
    if isinstance(value, list | tuple | set | frozenset):
        return [_data(one, deeper) for one in value]
    if isinstance(value, bytes):
        text = value.decode(errors="surrogateescape")
        return _text(text, deeper).encode(errors="surrogateescape")
    return value


def _mapping(data: Mapping[Any, Any], deeper: int) -> dict[Any, Any]:
    lower = {name: name.lower() if isinstance(name, str) else "" for name in data}
    tells = any(
        is_secret_name(value) for name, value in data.items() if lower[name] in NAMES and isinstance(value, str)
    )
    clean: dict[Any, Any] = {}
    for name, value in data.items():
        secret = isinstance(name, str) and is_secret_name(name)
        hides = secret or (tells and lower[name] in VALUES)
        clean[_name(name)] = _hidden(value, deeper) if hides else _data(value, deeper)
    return clean


@lru_cache(maxsize=4096)
def _name(name: Any) -> Any:
    """AWS's names are few and come again and again."""
    return _text(name, 0) if isinstance(name, str) else name


def _hidden(value: Any, deeper: int) -> Any:
    """What stands under a secret's name: all of it, but for what says of itself that it is none."""
    if isinstance(value, str):
        return value if is_open(value) else REDACTED
    if isinstance(value, Mapping):
        return {
            name: _data(inner, deeper) if speaks_of_a_secret(str(name)) else _hidden(inner, deeper)
            for name, inner in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [_hidden(one, deeper) for one in value]
    return REDACTED if isinstance(value, bytes | int | float) and not isinstance(value, bool) else value


def _text(text: str, deeper: int) -> str:
    if HINT.search(text.lower()) is None:
        return text
    if deeper and (inner := _in_json(text, deeper)) is not None:
        return inner
    for form, replacement in FORMS:
        text = form.sub(replacement, text)
    text = "\n".join(_line(line, deeper) for line in text.split("\n"))
    return without_named(HEADER.sub(without_header, text))


def _in_json(text: str, deeper: int) -> str | None:
    """The text, where it is JSON as a whole; None where it is not."""
    if not _OPENS.match(text):
        return None
    try:
        data = json.loads(text)
        clean = _data(data, deeper - 1)
    except (ValueError, RecursionError):
        return None
    return text if clean == data else json.dumps(clean, ensure_ascii=False)


def _line(line: str, deeper: int) -> str:
    """A line of a log may end with JSON."""
    start = line.find("{")
    if deeper and start > 0 and line.rstrip().endswith("}"):
        inner = _in_json(line[start:], deeper)
        if inner is not None:
            return f"{line[:start]}{inner}"
    return line
