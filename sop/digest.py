"""How two JSON documents are told to be the same, whatever their spacing and the order of their keys."""

from __future__ import annotations

import hashlib
import json


def json_digest(document: str) -> str:
    """SHA-256 of the document's canonical form, in hexadecimal.

    Raises:
        ValueError: the document is not JSON.
    """
    canonical = json.dumps(json.loads(document), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
