"""Files that are written whole: whoever reads one sees what stood there before, or all of what stands there now."""

from __future__ import annotations

import errno
import io
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep
from typing import TextIO

# A name that is not UTF-8 comes with characters that UTF-8 has not.
ERRORS = "backslashreplace"
# This process's own open files, which may be regular ones.
OPEN_FILES = ("/dev/std", "/dev/fd/", "/proc/")
PATIENCE = 10.0  # seconds until a pipe has a reader
# Nothing may be made or replaced there, or not that; what is there may be written all the same.
FIXED = {errno.EACCES, errno.EPERM, errno.EROFS, errno.EBUSY}
# Of file systems that sync no files: what is written is as safe as they make it.
UNSYNCED = {errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}


@contextmanager
def written(path: Path, *, appended: bool = False) -> Iterator[TextIO]:
    """What the block writes goes into the file when it has ended: to its end if `appended`, or else in its place.

    A pipe, a terminal or another device has it as it comes.

    Raises:
        OSError: the file cannot be written.
    """
    if not is_plain(path):
        with _opened(path, "a" if appended else "w") as target:
            yield target
        return
    text = io.StringIO()
    yield text
    content = text.getvalue().encode(errors=ERRORS)
    if appended:
        with path.open("ab") as file:
            file.write(content)
    else:
        _replace(target_of(path), content)


@contextmanager
def written_privately(path: Path, mode: int) -> Iterator[TextIO]:
    """The same, in the place of whatever has that name, a link too, and with that mode from the beginning.

    Raises:
        OSError: the file cannot be written.
    """
    text = io.StringIO()
    yield text
    beside = _beside(path)
    try:
        _make(beside, text.getvalue().encode(errors=ERRORS), mode=mode)
        beside.replace(path)
    finally:
        with suppress(OSError):
            beside.unlink()


def sync(descriptor: int) -> None:
    """Raises OSError if what was written is not on the disk; where nothing can be synced that is as it is."""
    try:
        os.fsync(descriptor)
    except OSError as problem:
        if problem.errno not in UNSYNCED:
            raise


def sync_folder(folder: Path) -> None:
    """A new file is safe only when its folder is; some file systems sync no folders, and keep them safe themselves."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _opened(path: Path, mode: str) -> TextIO:
    """The pipe or device, for writing. Opening a pipe waits for who reads it: not for ever."""
    if not path.is_fifo():
        return io.TextIOWrapper(path.open(f"{mode}b"), encoding="utf-8", errors=ERRORS)
    given_up = monotonic() + PATIENCE
    while True:
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as problem:
            if problem.errno != errno.ENXIO:
                raise
            if monotonic() >= given_up:
                raise OSError(errno.ENXIO, "nobody reads this pipe", str(path)) from None
            sleep(0.02)
        else:
            os.set_blocking(descriptor, True)
            return io.TextIOWrapper(io.FileIO(descriptor, "w"), encoding="utf-8", errors=ERRORS, write_through=True)


def target_of(path: Path) -> Path:
    """The file that the path leads to, whether or not it is there."""
    return Path(os.path.realpath(path))


def is_plain(path: Path) -> bool:
    """Whether a regular file is there, or nothing yet: no pipe, no device, no open file of this process."""
    return not str(path.absolute()).startswith(OPEN_FILES) and (path.is_file() or not path.exists())


def _replace(path: Path, content: bytes) -> None:
    before = path.stat() if path.exists() else None
    if before and (before.st_uid != os.geteuid() or before.st_nlink > 1):
        path.write_bytes(content)  # another's stays another's, and one file under two names stays one
        return
    beside = _beside(path)
    try:
        _make(beside, content, before)
        beside.replace(path)
    except OSError as problem:
        if problem.errno not in FIXED:
            raise
        path.write_bytes(content)
    finally:
        with suppress(OSError):
            beside.unlink()


def _beside(path: Path) -> Path:
    return path.with_name(f".release-{os.urandom(8).hex()}")


def _make(path: Path, content: bytes, like: os.stat_result | None = None, mode: int = 0o666) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    with os.fdopen(os.open(path, flags, 0o600 if like else mode), "wb") as file:
        if like:
            with suppress(OSError):
                os.fchown(file.fileno(), -1, like.st_gid)
            with suppress(OSError):  # some file systems have no modes
                os.fchmod(file.fileno(), stat.S_IMODE(like.st_mode))
        file.write(content)
