"""Policy variables: `${aws:username}`, `${aws:PrincipalTag/team, 'none'}`."""

from __future__ import annotations

import re

from sandbox.iam.patterns import literal
from sandbox.iam.request import Keys, UnknownToSandboxError

_VARIABLE = re.compile(r"\$\{(?P<key>[^{}$*?][^{},]*?)\s*(,\s*'(?P<default>[^']*)'\s*)?\}")


def substituted(text: str, keys: Keys) -> str | None:
    """The pattern with its variables' values, which match as they are; None where one has no value."""
    parts: list[str] = []
    end = 0
    for found in _VARIABLE.finditer(text):
        value = keys.get(found["key"])
        if value is None:
            value = found["default"]
        if value is None:
            return None
        if not isinstance(value, str):
            raise UnknownToSandboxError(f"the policy variable ${{{found['key']}}}, whose key has several values")
        parts += [text[end : found.start()], literal(value)]
        end = found.end()
    return "".join([*parts, text[end:]])
