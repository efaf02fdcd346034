"""A server of a test: it answers at once, ends at once, and costs nothing while nobody asks."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from socketserver import BaseServer
from threading import Thread

LOOK = 0.5  # seconds between two looks whether it is to end; a knock at its end wakes it before
KNOCK = 0.01  # seconds from one knock to the next, if one came too early


@contextmanager
def serving(server: BaseServer) -> Iterator[None]:
    """Have the server answer in a thread of its own until the end of the block."""
    answering = Thread(target=server.serve_forever, kwargs={"poll_interval": LOOK}, daemon=True)
    answering.start()
    try:
        yield
    finally:
        ending = Thread(target=server.shutdown, daemon=True)
        ending.start()
        while ending.is_alive():
            with suppress(OSError), socket.socket() as knock:  # whatever a test has made of names and their addresses
                knock.connect(server.server_address)
            ending.join(KNOCK)
        server.server_close()
        answering.join()
