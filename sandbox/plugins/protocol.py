"""The gRPC side: how the engine finds, starts and ends a plugin."""

from __future__ import annotations

import importlib.util
import os
import signal
import sys
import types
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc

_MESSAGE_BYTES = 400 * 1024 * 1024
_WORKERS = 16


def without_sdk() -> None:
    """Make the gRPC stubs importable without the SDK around them.

    A program runs the SDK, a plugin needs its stubs only; this saves a third of a second a process.
    For a process that imports nothing else of `pulumi`.
    """
    for name in ("pulumi", "pulumi.runtime"):
        spec = importlib.util.find_spec(name)
        if spec is None:
            raise ModuleNotFoundError(name=name)
        package = types.ModuleType(name)
        package.__path__ = list(spec.submodule_search_locations or ())
        sys.modules[name] = package


def serve(register: Callable[[grpc.Server], Any]) -> None:
    """Serve on a free port, tell it on stdout, and stay until the engine ends or is killed."""
    engine = os.getppid()
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # by which the engine ends it: at once, and not as an error of ours
    server = grpc.server(
        ThreadPoolExecutor(_WORKERS),
        options=[
            ("grpc.max_receive_message_length", _MESSAGE_BYTES),
            ("grpc.max_send_message_length", _MESSAGE_BYTES),
        ],
    )
    register(server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    # A killed engine sends no signal, but leaves its children another parent.
    while server.wait_for_termination(timeout=1) and os.getppid() == engine:
        pass
    server.stop(grace=None)
