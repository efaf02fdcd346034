"""Connections of the sandbox's HTTP server."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


def hang_up(environ: WSGIEnvironment) -> None:
    """Close a request's connection without an answer, as one does whose peer is gone."""
    connection: Any = environ.get("werkzeug.socket")
    shut_down: Callable[[int], None] | None = getattr(connection, "shutdown", None)
    if shut_down is not None:
        shut_down(socket.SHUT_RDWR)
