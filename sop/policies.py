"""How two resource policies are told to be the same, as IAM reads them."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any, cast

_SETS = ("Action", "NotAction", "Resource", "NotResource")
_ACCOUNT = re.compile(r"\d{12}")
_ROOT = re.compile(r"arn:[a-z-]+:iam::(\d{12}):root")


def policy_digest(document: str) -> str:
    """SHA-256 of what the policy says, in hexadecimal: whatever the order of its parts, one value or a list of one.

    A principal may be an account's number or the ARN of its root, which AWS turns the one into the other.

    Raises:
        ValueError: the document is no policy.
    """
    statements = sorted(json.dumps(_canonical(one), sort_keys=True) for one in _statements(document))
    return hashlib.sha256("\n".join(statements).encode()).hexdigest()


def denials(document: str) -> list[str]:
    """The statements of the policy that deny anything, by Sid or number.

    Raises:
        ValueError: the document is no policy.
    """
    numbered = enumerate(_statements(document), 1)
    return [str(one.get("Sid") or number) for number, one in numbered if one.get("Effect") == "Deny"]


def _statements(document: str) -> list[Mapping[str, Any]]:
    policy = json.loads(document)
    statements = policy.get("Statement") if isinstance(policy, dict) else None
    listed = cast("list[Any]", statements if isinstance(statements, list) else [statements])
    if not all(isinstance(one, dict) for one in listed):
        raise ValueError("it has no statements")
    return listed


def _canonical(statement: Mapping[str, Any]) -> dict[str, Any]:
    said = dict(statement)
    for key in _SETS:
        if key in said:
            said[key] = _set(said[key])
    for key in ("Principal", "NotPrincipal"):
        if isinstance(said.get(key), Mapping):
            said[key] = {kind: sorted(map(_principal, _set(who))) for kind, who in said[key].items()}
    if isinstance(said.get("Condition"), Mapping):
        said["Condition"] = {
            operator: {key: _set(value) for key, value in tested.items()}
            for operator, tested in said["Condition"].items()
        }
    return said


def _set(value: Any) -> list[str]:
    return sorted({str(one) for one in (value if isinstance(value, list) else [value])})


def _principal(who: str) -> str:
    root = _ROOT.fullmatch(who)
    return root.group(1) if root else who
