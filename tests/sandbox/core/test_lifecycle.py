"""What a sandbox that ended badly, or a `pulumi` that was killed, leaves behind does not get in the way."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from sandbox.home import claim
from sandbox.lifecycle import NotRunningError, StartError, control, release_dead_locks, running, start, stop
from sandbox.paths import HOME_VARIABLE, PROJECT, HomeError, Paths
from sandbox.processes import MARKED
from tests.sandbox.sample import up_at


def dead_process() -> int:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    paths = Paths(tmp_path)
    claim(paths)
    return paths


@pytest.fixture
def daemon(paths: Paths) -> Iterator[int]:
    """The number of a process that the sandbox has started."""
    command = [*MARKED, sys.executable, "-c", "import sys; print(flush=True); sys.stdin.read()"]
    environ = {**os.environ, HOME_VARIABLE: str(paths.home)}
    with subprocess.Popen(command, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process.pid


def written(paths: Paths, port: int, pid: int) -> None:
    up_at(f"http://127.0.0.1:{port}", pid).write(paths)


def test_a_sandbox_that_listens_is_up(paths: Paths, daemon: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        written(paths, listening.getsockname()[1], daemon)
        assert running(paths).pid == daemon


def test_a_process_that_has_got_the_sandboxs_number_and_port_is_not_taken_for_it(paths: Paths) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        written(paths, listening.getsockname()[1], os.getpid())
        with pytest.raises(NotRunningError):
            running(paths)


def test_a_file_like_ours_in_a_folder_that_is_not_is_no_sandbox(paths: Paths, daemon: int) -> None:
    paths.marker.unlink()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        written(paths, listening.getsockname()[1], daemon)
        with pytest.raises(NotRunningError):
            running(paths)


def test_without_its_file_no_sandbox_is_up(paths: Paths) -> None:
    with pytest.raises(NotRunningError, match="run `sandbox up` first"):
        running(paths)


def test_a_sandbox_that_no_longer_listens_is_not_up(paths: Paths, daemon: int) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and nobody else can listen there
        written(paths, taken.getsockname()[1], daemon)
        with pytest.raises(NotRunningError):
            list(control(paths, "faults", {}))


def lock_of(paths: Paths, content: str) -> Path:
    lock = paths.backend / ".pulumi" / "locks" / "organization" / "release" / "prod" / "lock.json"
    lock.parent.mkdir(parents=True)
    lock.write_text(content)
    lock.with_name("lock.json.attrs").write_text("{}")
    return lock


@pytest.mark.parametrize(("alive", "kept"), [(True, True), (False, False)])
def test_only_a_dead_pulumis_lock_is_released(paths: Paths, alive: bool, kept: bool) -> None:
    lock = lock_of(paths, json.dumps({"pid": os.getpid() if alive else dead_process()}))
    release_dead_locks(paths)
    assert lock.exists() == kept
    assert lock.with_name("lock.json.attrs").exists() == kept


def test_a_lock_is_released_though_its_number_has_gone_to_a_younger_process(paths: Paths) -> None:
    lock = lock_of(paths, json.dumps({"pid": os.getpid()}))
    os.utime(lock, (0, 0))
    release_dead_locks(paths)
    assert not lock.exists()


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"pid": "x"}'])
def test_a_lock_that_tells_nothing_stays(paths: Paths, content: str) -> None:
    lock = lock_of(paths, content)
    release_dead_locks(paths)
    assert lock.exists()


def test_up_and_down_need_not_read_the_folder_around(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    """`/home` of many machines, say."""
    opened = os.open

    def shut(path: str | Path, flags: int, *others: int) -> int:
        if Path(path) == paths.home.parent:
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, flags, *others)

    monkeypatch.setattr(os, "open", shut)
    assert list(stop(paths))[-1] == "The sandbox is down; its state is gone."


def test_where_nothing_around_can_be_read_is_wrong_usage(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    def shut(path: str | Path, _: int) -> int:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(os, "open", shut)
    with pytest.raises(HomeError, match="cannot be read: name a new or an empty folder in SANDBOX_HOME"):
        list(stop(paths))


@pytest.mark.parametrize("where", ["repository", "server", "log", "backend"])
def test_a_disk_that_is_full_is_told_in_a_line_and_nothing_stays(
    where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder that takes no file stands for it: the process is another one, so nothing can be patched there."""
    paths = Paths(tmp_path / "home")
    claimed = claim

    def claim_and_block(taken: Paths) -> None:
        claimed(taken)
        getattr(taken, where).symlink_to("/proc/no-such-folder/file")

    monkeypatch.setattr("sandbox.lifecycle.claim", claim_and_block)
    with pytest.raises(StartError) as told:
        list(start(paths, PROJECT, timedelta(), timedelta()))
    assert "Traceback" not in str(told.value)
    assert len(str(told.value).splitlines()) == 1
    assert not paths.home.exists()
