"""IAM's wildcards: `*` and `?`, and nothing else that a file name's pattern knows."""

from __future__ import annotations

import re
from functools import cache

_ARN_PARTS = 6


def matches(pattern: str, text: str) -> bool:
    """Whether `text` fits; `${*}`, `${?}` and `${$}` in a pattern stand for the character itself."""
    return _compiled(pattern).fullmatch(text) is not None


def arn_matches(pattern: str, arn: str) -> bool:
    """Whether an ARN fits, each of its six parts by itself."""
    wanted, actual = _parts(pattern), _parts(arn)
    return len(wanted) == len(actual) == _ARN_PARTS and all(map(matches, wanted, actual))


def resource_matches(pattern: str, resource: str) -> bool:
    """As `arn_matches`; a `*` that ends a pattern of fewer parts takes the rest, and `*` alone everything."""
    if pattern.endswith("*") and len(_parts(pattern)) < _ARN_PARTS:
        return matches(pattern, resource)
    return arn_matches(pattern, resource)


def _parts(arn: str) -> list[str]:
    return arn.split(":", _ARN_PARTS - 1)


def literal(text: str) -> str:
    """A pattern that only `text` fits."""
    return re.sub(r"[*?$]", lambda found: f"${{{found[0]}}}", text)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    parts = re.split(r"(\$\{[*?$]\}|\*|\?)", pattern)
    wild = {"*": ".*", "?": "."}
    return re.compile("".join(wild.get(p) or re.escape(p[2] if _is_escaped(p) else p) for p in parts), re.DOTALL)


def _is_escaped(part: str) -> bool:
    return part in ("${*}", "${?}", "${$}")
