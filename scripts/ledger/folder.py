"""The ledger in a folder, for a stack without a records bucket: it protects against other processes of one machine.

Every write is made beside its place, brought to the disk, and moved there under a lock that the kernel takes from
whoever ends: a process that is killed at any point leaves what stood there before, or all of what is there now.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import sleep

from scripts.errors import ConfigurationError, UndeterminedError
from scripts.files import sync, sync_folder
from scripts.ledger.store import Stored, is_key, require_key, require_prefix

_LOCK = ".lock"
_UNFINISHED = ".unfinished"  # one for the folder: who has the lock is alone
PATIENCE = 10.0  # seconds
_BETWEEN = 0.1  # seconds, between two looks whether another has ended


class FolderStore:
    """A Store (scripts/ledger/store.py).

    Args:
        folder: made if need be.
        patience: how many seconds to wait for another who writes.
        pause: waits so many seconds.
    """

    def __init__(self, folder: Path, patience: float = PATIENCE, pause: Callable[[float], object] = sleep) -> None:
        self._folder = folder
        self._patience = patience
        self._pause = pause

    def create(self, key: str, data: bytes) -> bool:
        path = self._path(key)
        with self._alone():
            if path.exists():
                return False
            self._write(path, data)
            return True

    def replace(self, key: str, data: bytes, etag: str) -> bool:
        path = self._path(key)
        with self._alone():
            if not path.exists() or _etag(path.read_bytes()) != etag:
                return False
            self._write(path, data)
            return True

    def read(self, key: str) -> Stored | None:
        path = self._path(key)
        with self._told():
            try:
                data = path.read_bytes()
            except FileNotFoundError:
                return None
        return Stored(data, _etag(data))

    def list(self, prefix: str) -> list[str]:
        root = self._folder / require_prefix(prefix)
        with self._told():
            # os.walk tells what cannot be read only to whom asks for it
            found = [Path(folder) / name for folder, _, names in os.walk(root, onerror=_raise) for name in names]
        keys = (path.relative_to(self._folder).as_posix() for path in found)
        return sorted(key for key in keys if is_key(key))

    def _path(self, key: str) -> Path:
        return self._folder / require_key(key)

    def _write(self, path: Path, data: bytes) -> None:
        """Raises OSError, and then the place is as it was."""
        unfinished = self._folder / _UNFINISHED
        with unfinished.open("wb") as file:
            file.write(data)
            file.flush()
            sync(file.fileno())
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.replace(path)
        for folder in path.relative_to(self._folder).parents:
            sync_folder(self._folder / folder)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Raises UndeterminedError if another process keeps the lock."""
        with self._told():
            self._folder.mkdir(parents=True, exist_ok=True)
            with (self._folder / _LOCK).open("ab") as lock:
                self._take(lock.fileno())
                yield

    def _take(self, descriptor: int) -> None:
        for _ in range(round(self._patience / _BETWEEN)):
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self._pause(_BETWEEN)
            else:
                return
        raise UndeterminedError(
            f"--ledger {self._folder}: another process has written for {self._patience:.0f} s and not ended.",
            f"`fuser {self._folder / _LOCK}` tells which; end it and run the same command again.",
        )

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as problem:
            raise ConfigurationError(
                f"--ledger {self._folder}: {problem.strerror}.",
                "Give a folder on a disk of this machine that you may write to.",
            ) from problem


def _etag(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _raise(problem: OSError) -> None:
    if not isinstance(problem, FileNotFoundError):
        raise problem
