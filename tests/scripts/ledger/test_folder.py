"""A folder's own: what is left of a process that was killed, locks, disks that refuse."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scripts.errors import ConfigurationError, UndeterminedError
from scripts.ledger import folder as folder_module
from scripts.ledger.folder import FolderStore
from tests.scripts.ledger.stores import KEY, folder_store

NEVER = 1.0  # seconds, which nobody waits: see `pause`


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "ledger"


# Every step of a write, by what carries it out
STEPS: dict[str, tuple[Any, str]] = {
    "before anything is written": (Path, "mkdir"),
    "before it is on the disk": (folder_module, "sync"),
    "before it is moved to its place": (Path, "replace"),
    "before its folder is on the disk": (folder_module, "sync_folder"),
}


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("make", ["create", "replace"])
def test_a_process_that_is_killed_leaves_all_or_nothing_and_no_lock(
    folder: Path, step: str, make: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = folder_store(folder)
    if make == "replace":
        store.create(KEY, b"before")
    found = store.read(KEY)
    where, name = STEPS[step]

    def killed(*_: Any, **__: Any) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(where, name, killed)
        with pytest.raises(Killed):
            store.replace(KEY, b"mine", found.etag) if found else store.create(KEY, b"mine")
    again = FolderStore(folder, patience=NEVER, pause=lambda _: pytest.fail("there is a lock"))
    after = again.read(KEY)
    there = b"mine" if step == "before its folder is on the disk" else b"before" if found else None
    assert (after.data if after else None) == there
    assert again.list("") == ([KEY] if there else [])
    # Who comes next carries on as if nobody had been there
    if there is None:
        assert again.create(KEY, b"next")
    else:
        assert after
        assert not again.create(KEY, b"next")
        assert again.replace(KEY, b"next", after.etag)


def test_another_process_that_does_not_end_is_told_after_a_while(folder: Path) -> None:
    folder.mkdir()
    waited: list[float] = []
    with (folder / ".lock").open("ab") as another:
        fcntl.flock(another, fcntl.LOCK_EX)
        with pytest.raises(UndeterminedError, match="another process has written for 10 s"):
            FolderStore(folder, pause=waited.append).create(KEY, b"")
    assert sum(waited) == pytest.approx(10)


def test_another_process_that_ends_is_waited_for(folder: Path) -> None:
    folder.mkdir()
    another = (folder / ".lock").open("ab")
    fcntl.flock(another, fcntl.LOCK_EX)
    assert FolderStore(folder, pause=lambda _: another.close()).create(KEY, b"")


def test_a_folder_without_locks_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: Any) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr(fcntl, "flock", none)
    with pytest.raises(ConfigurationError, match=f"--ledger {folder}: No locks available") as told:
        folder_store(folder).create(KEY, b"")
    assert "disk of this machine" in told.value.fix


@pytest.mark.parametrize(
    "act", [lambda one: one.create(KEY, b""), lambda one: one.read(KEY), lambda one: one.list("releases/")]
)
def test_what_the_disk_refuses_is_told_with_the_folder(folder: Path, act: Callable[[FolderStore], Any]) -> None:
    folder.write_text("a file")
    with pytest.raises(ConfigurationError, match=f"--ledger {folder}: "):
        act(FolderStore(folder))


def test_a_folder_that_cannot_be_looked_into_is_not_empty(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = folder_store(folder)
    store.create(KEY, b"")

    def refused(*_: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", refused)
    with pytest.raises(ConfigurationError, match="Permission denied"):
        store.list("")


def test_a_full_disk_leaves_what_was_there(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = folder_store(folder)
    store.create(KEY, b"before")
    found = store.read(KEY)
    assert found

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(folder_module, "sync", full)
    with pytest.raises(ConfigurationError, match="No space left"):
        store.replace(KEY, b"much", found.etag)
    assert store.read(KEY) == found


def test_files_of_others_are_not_the_ledgers(folder: Path) -> None:
    store = folder_store(folder)
    store.create(KEY, b"")
    (folder / "README.md").write_text("mine")
    (folder / "releases" / ".DS_Store").write_text("")
    assert store.list("") == [KEY]
