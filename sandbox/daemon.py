"""The sandbox's one process, started by `sandbox up`.

`python -m sandbox.daemon READY_FD PROJECT SECONDS_BEHIND SECONDS_OF_IAM`.
"""

from __future__ import annotations

import faulthandler
import gc
import logging
import os
import signal
import sys
import threading
from datetime import timedelta
from pathlib import Path
from types import FrameType

import pygit2
from werkzeug.serving import BaseWSGIServer

from sandbox.aws.access import ACCESS
from sandbox.aws.moto_clock import let_moto_follow
from sandbox.configured import Configured, StackFileError, read
from sandbox.core.clock import Clock
from sandbox.lifecycle import READY
from sandbox.paths import Paths
from sandbox.repository import GitError
from sandbox.running import Running
from sandbox.server import Server, listen
from sandbox.world import World

GARBAGE = 100_000  # objects between two looks


def begin(
    paths: Paths, configured: Configured, behind: timedelta, iam_propagation: timedelta
) -> tuple[BaseWSGIServer, World]:
    """What answers, and ends at SIGTERM. Raises OSError and GitError where the folder does not take its files."""
    clock = Clock(behind=behind)
    server = listen(0, None, clock)
    world = World(paths, f"http://127.0.0.1:{server.port}", clock, configured)
    let_moto_follow(clock)

    def stop(*_: int | FrameType | None) -> None:
        # shutdown() waits for serve_forever to return, so it cannot be called from inside it
        threading.Thread(target=server.shutdown, daemon=True).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    faulthandler.register(signal.SIGUSR1)  # every thread's stack into the log
    server.app = Server(world, stop)
    world.reach(ACCESS).propagation.span = iam_propagation
    up = (os.getpid(), world.endpoint, iam_propagation, world.account_id, world.region, configured.repository)
    Running(*up).write(paths)
    return server, world


def main() -> None:
    paths = Paths.of_environment()
    logging.basicConfig(filename=paths.log, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    logging.getLogger("botocore").setLevel(logging.WARNING)
    ready_fd, project, *spans = sys.argv[1:]
    behind, iam_propagation = (timedelta(seconds=float(span)) for span in spans)
    with os.fdopen(int(ready_fd), "w") as ready:
        try:
            server, world = begin(paths, read(Path(project)), behind, iam_propagation)
        except (OSError, GitError, pygit2.GitError, StackFileError) as error:
            ready.write(" ".join(str(error).split()) + "\n")
            sys.exit(1)
        ready.write(READY)
    # The models of moto and botocore stay: with Python's 700 each answer pays for looking through them for garbage.
    gc.freeze()
    gc.set_threshold(GARBAGE, 10, 100)
    try:
        server.serve_forever(poll_interval=0.05)
    finally:
        world.background.stop()
        server.server_close()


if __name__ == "__main__":
    main()
