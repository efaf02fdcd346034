"""What a sandbox that ended badly, or a `pulumi` that was killed, leaves behind does not get in the way."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.lifecycle import NotRunningError, control, release_dead_locks, running
from sandbox.paths import Paths


def dead_process() -> int:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths(tmp_path)


def written(paths: Paths, port: int) -> None:
    paths.server.write_text(json.dumps({"pid": os.getpid(), "endpoint": f"http://127.0.0.1:{port}"}))


def test_a_sandbox_that_listens_is_up(paths: Paths) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        written(paths, listening.getsockname()[1])
        assert running(paths).pid == os.getpid()


def test_without_its_file_no_sandbox_is_up(paths: Paths) -> None:
    with pytest.raises(NotRunningError, match="run `sandbox up` first"):
        running(paths)


def test_a_sandbox_that_no_longer_listens_is_not_up_though_its_process_number_is_taken(paths: Paths) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    written(paths, port)
    with pytest.raises(NotRunningError):
        list(control(paths, "faults", {}))


@pytest.mark.parametrize(("alive", "kept"), [(True, True), (False, False)])
def test_only_a_dead_pulumis_lock_is_released(paths: Paths, alive: bool, kept: bool) -> None:
    lock = paths.backend / ".pulumi" / "locks" / "organization" / "release" / "prod" / "lock.json"
    lock.parent.mkdir(parents=True)
    lock.write_text(json.dumps({"pid": os.getpid() if alive else dead_process()}))
    lock.with_name("lock.json.attrs").write_text("{}")
    release_dead_locks(paths)
    assert lock.exists() == kept
    assert lock.with_name("lock.json.attrs").exists() == kept
