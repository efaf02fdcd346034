"""Takes out of reports and evidence what looks like a secret. What is left out is said to be."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

REDACTED = "[redacted]"

# In names and in running text alike. Tokens of paging, and of requests that may be sent twice, open nothing.
_KEY = r"(?:api|access|private)[-_]?key"
_PHRASE = r"pass(?:word|wd|phrase)"
_TOKEN = (
    "".join(f"(?<!{word})(?<!{word}[-_])" for word in ("next", "page", "pagination", "continuation"))
    + "".join(f"(?<!{word})" for word in ("forward", "backward", "starting", "sequence", "client", "clientrequest"))
    + "token"
)
_CAMEL = r"(?-i:(?<=[a-z])P(?:ass|wd))"  # dbPass, but not bypass

# Names whose values nobody else may read.
SECRET_NAME = re.compile(
    rf"{_PHRASE}|(?:(?:^|[-_])pass|pwd|{_CAMEL}|{_TOKEN})$|{_KEY}|encryption[-_]?key"
    r"|secret|credential|authorization|cookie"
    r"|(?:auth|bearer|access|session|security|refresh|id|api|github|oauth|personal)[-_]?(?:access[-_]?)?token",
    re.IGNORECASE,
)
# AWS gives names and their values side by side, as in {"OutputKey": "Url", "OutputValue": "https://..."}.
NAMES = frozenset({"Key", "key", "Name", "name", "OutputKey", "ParameterKey"})
VALUES = frozenset({"Value", "value", "OutputValue", "ParameterValue", "ResolvedValue"})

# No secret under whatever name: an ARN, a state, and how a sentence goes on after "token:".
_ARN = r"arn:aws[\w-]*(?::[\w./*@+-]*+)++(?!\s*=)"
_WORD = (
    "(?:ok|alarm|insufficient_data|pendingconfirmation|valid|invalid|expired|missing|required|none|null"
    "|an?|the|no|not|is|was|has)"
)
OPEN_VALUE = re.compile(rf"{_ARN}|{_WORD}|", re.IGNORECASE)

_END = r"""\s"'&,;})\]"""
_VALUE = rf"""(?!{_ARN}|{_WORD}(?:[{_END}]|$)|\\?\[redacted\])(?:"[^"]*"|'[^']*'|[^{_END}]+)"""
# In running text: what is a secret by its form, ...
_FORMS = (
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL),
    re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"),  # a JSON web token
    re.compile(r"\b(?:gh[pousr]_\w{20,}|github_pat_\w{20,}|xox[abeoprs]-[\w-]{8,}|glpat-[\w-]{16,})"),
    re.compile(r"(?<=hooks\.slack\.com/services/)[\w/]+"),
    re.compile(r"(?<=://)[^\s/@:]*:[^\s/]+(?=@)"),  # user and password in a URL
)
# ... and what follows a name that says so. ARNs are matched to be passed over: they have ":secret:" in them.
_NAMED = (
    re.compile(
        r"""(\b(?:proxy-)?(?:authorization|(?:set-)?cookie)\\?["']?\s*[:=]\s*\\?["']?)[^\r\n"']+""", re.IGNORECASE
    ),
    re.compile(r"(\bbearer\s+)[\w.~+/=-]{8,}", re.IGNORECASE),
    re.compile(
        rf"{_ARN}|((?:{_PHRASE}|\bpass(?=\\?[\"']|\s*=)|[-_]pass|(?:\b|_)pwd|{_CAMEL}|{_TOKEN}|{_KEY}(?:[-_]?id)?"
        r"|secret(?:[-_]?(?:access[-_]?)?key)?|x-amz-(?:signature|credential|security-token))"
        rf"""\\?["']?\s*[:=]\s*\\?){_VALUE}""",
        re.IGNORECASE,
    ),
)
# Without any of these, in lower case, a text has no secret of those forms and names: most have none, and it is quick.
_HINT = re.compile(
    "@|-----begin|akia|asia|eyj|gh[pousr]_|github_pat_|xox|glpat-|hooks.slack"
    "|authorization|cookie|bearer|pass|pwd|secret|key|token|x-amz-"
)


def redacted(value: Any) -> Any:
    """The same data without secrets; nothing of the original is changed."""
    if isinstance(value, str):
        return redacted_text(value)
    if isinstance(value, int | float | None):
        return value
    if isinstance(value, Mapping):
        return _mapping(value)
    if isinstance(value, list | tuple):
        return [redacted(one) for one in value]
    return value


def redacted_text(text: str) -> str:
    """The text without what looks like a secret in it."""
    if _HINT.search(text.lower()) is None:
        return text
    for form in _FORMS:
        text = form.sub(REDACTED, text)
    for named in _NAMED:
        text = named.sub(lambda found: f"{found[1]}{REDACTED}" if found[1] else found[0], text)
    return text


def _mapping(data: Mapping[str, Any]) -> dict[str, Any]:
    beside = () if NAMES.isdisjoint(data) else [data[name] for name in NAMES if isinstance(data.get(name), str)]
    tells = any(map(_is_secret, beside))
    return {
        name: REDACTED if (_is_secret(name) or (tells and name in VALUES)) and _hides(value) else redacted(value)
        for name, value in data.items()
    }


@lru_cache(maxsize=2048)
def _is_secret(name: str) -> bool:
    return SECRET_NAME.search(name) is not None


def _hides(value: Any) -> bool:
    """Whether the value under a secret's name says anything; what is inside lists and mappings has its own names."""
    if isinstance(value, str):
        return OPEN_VALUE.fullmatch(value) is None
    return isinstance(value, bytes | int)
