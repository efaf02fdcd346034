"""Pulumi.yaml's `config`, made from the keys' descriptions: the engine shows them, and fills the defaults in."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator
from typing import Any

from components.configuration.key import EVERYWHERE, Group, Key
from components.configuration.keys import GROUPS, KEYS

BEGINS = "\nconfig:\n"
_WIDTH = 120


def rewritten(project: str) -> str:
    """Pulumi.yaml's text with `config` as the keys are described now; what stands before it stays."""
    head, _, _ = project.partition(BEGINS)
    return f"{head}{BEGINS}{''.join(_entries())}"


def requirement(key: Key[Any]) -> str:
    """Where it must be set, in words, or nothing."""
    if not key.required:
        return ""
    where = "" if key.required == EVERYWHERE else f" for {' and '.join(sorted(key.required))}"
    return f"required{where}{f' unless {key.unless}' if key.unless else ''}"


def default(key: Key[Any]) -> str:
    """What holds where it is not set, in words, or nothing."""
    return key.otherwise or ("" if key.default is None else json.dumps(key.default))


def _entries() -> Iterator[str]:
    # An empty default means "not set": of a key without one the engine would say that it is missing, and not how to
    # set it. With `secret: true` it would refuse the empty default of a secret that is optional.
    for key in KEYS:
        if key.name.startswith("release:") and not key.group:
            yield _entry(key.name, "string", '""', _folded(_described(key)))
    for group in GROUPS:
        members = [f"{key.member}: {_described(key)}" for key in KEYS if key.group == group.name]
        yield _entry(group.name, "object", "{}", _listed(_introduced(group), members))


def _entry(name: str, type_: str, empty: str, description: str) -> str:
    return f"  {name}:\n    type: {type_}\n    default: {empty}\n    description: {description}\n"


def _described(key: Key[Any]) -> str:
    required, otherwise = requirement(key), default(key)
    parts = [
        f"{required[0].upper()}{required[1:]}." if required else "",
        "Secret." if key.secret else "",
        key.meaning,
        f"Allowed: {key.rule.allowed}.",
        f"Default: {otherwise}." if otherwise else "",
        f"SOP {key.sop}." if key.sop else "",
    ]
    return " ".join(part for part in parts if part)


def _introduced(group: Group) -> str:
    return f"{group.meaning} SOP {group.sop}." if group.sop else group.meaning


def _folded(text: str) -> str:
    return ">-\n" + _wrapped(text, "      ")


def _listed(text: str, items: list[str]) -> str:
    """A literal block: the text, and each item beginning a line of its own."""
    return "\n".join(["|-", _wrapped(text, "      "), *(_wrapped(item, "      - ", "        ") for item in items)])


def _wrapped(text: str, indent: str, further: str = "") -> str:
    return textwrap.fill(
        text,
        _WIDTH,
        initial_indent=indent,
        subsequent_indent=further or indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
