"""Takes out of evidence what looks like a secret. What is left out is said to be."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

REDACTED = "[redacted]"

# Names whose values nobody else may read. AWS's tokens of paging open nothing.
SECRET_NAME = re.compile(
    r"pass(word|wd|phrase)|secret|credential|authorization|cookie|private[-_]?key|(api|access|encryption)[-_]?key"
    r"|(auth|bearer|access|session|security|refresh|id|api|github|oauth|personal)[-_]?(access[-_]?)?token|^token$",
    re.IGNORECASE,
)
# AWS gives names and their values side by side, as in {"OutputKey": "Url", "OutputValue": "https://..."}.
NAMES = ("Key", "key", "Name", "name", "OutputKey", "ParameterKey")
VALUES = ("Value", "value", "OutputValue", "ParameterValue", "ResolvedValue")

# In running text: what is a secret by its form, and what follows a name that says so.
_VALUE = r"""(?:"[^"]*"|'[^']*'|[^\s"'&,;}\])]+)"""
_FORMS = (
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL),
    re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"),  # a JSON web token
    re.compile(r"\b(?:gh[pousr]_\w{20,}|github_pat_\w{20,}|xox[abeoprs]-[\w-]{8,}|glpat-[\w-]{16,})"),
    re.compile(r"(?<=hooks\.slack\.com/services/)[\w/]+"),
    re.compile(r"(?<=://)[^\s/@:]+:[^\s/@]+(?=@)"),  # user and password in a URL
)
_NAMED = (
    re.compile(
        r"""(\b(?:proxy-)?(?:authorization|(?:set-)?cookie)\\?["']?\s*[:=]\s*\\?["']?)[^\r\n"']+""", re.IGNORECASE
    ),
    re.compile(r"(\bbearer\s+)[\w.~+/=-]{8,}", re.IGNORECASE),
    re.compile(
        r"((?:pass(?:word|wd|phrase)|\bpwd|secret(?:[-_]?(?:access[-_]?)?key)?|(?:api|access|private)[-_]?key(?:[-_]?id)?"
        r"|x-amz-(?:signature|credential|security-token)"
        r"|(?:\b|[-_])(?:auth|access|session|security|refresh|api|id)?[-_]?token)"
        rf"""\\?["']?\s*[:=]\s*\\?){_VALUE}""",
        re.IGNORECASE,
    ),
)


def redacted(value: Any) -> Any:
    """The same data without secrets; nothing of the original is changed."""
    if isinstance(value, str):
        return redacted_text(value)
    if isinstance(value, Mapping):
        return _mapping(value)
    if isinstance(value, list | tuple):
        return [redacted(one) for one in value]
    return value


def redacted_text(text: str) -> str:
    """The text without what looks like a secret in it."""
    for form in _FORMS:
        text = form.sub(REDACTED, text)
    for named in _NAMED:
        text = named.sub(rf"\g<1>{REDACTED}", text)
    return text


def _mapping(data: Mapping[str, Any]) -> dict[str, Any]:
    named = next((data[name] for name in NAMES if isinstance(data.get(name), str)), "")
    tells = SECRET_NAME.search(named) is not None
    return {
        name: REDACTED
        if isinstance(value, str | bytes | int) and (SECRET_NAME.search(name) or (tells and name in VALUES))
        else redacted(value)
        for name, value in data.items()
    }
