"""What both have in common: JSON answers, what is asked of them, and a connection that is closed on them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from werkzeug.wrappers import Request, Response

from sandbox.connections import hang_up


def answered(content: Any, status: int = 200, **headers: str) -> Response:
    """As JSON; `Retry_After=5` is the header Retry-After."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(json.dumps(content), status=status, headers=named, content_type="application/json; charset=utf-8")


def asked(request: Request) -> dict[str, Any]:
    """The arguments: a JSON body, or a form, with those of the address. Raises ValueError where that is no object."""
    if "json" not in (request.content_type or ""):
        return dict(request.values)
    found = json.loads(request.get_data() or b"{}")
    if not isinstance(found, Mapping):
        raise ValueError(found)  # noqa: TRY004 - as of JSON that is none
    return {**request.args, **found}


def unanswered(request: Request) -> Response:
    """The connection is closed; the answer is one that nobody gets."""
    hang_up(request.environ)
    return Response(status=503)
