"""Where release notes are kept: a file a release and day, `2026-03-10-release-notes.md`, the day's second with `-2`."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date
from itertools import count
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Protocol

from scripts.errors import ConfigurationError, UndeterminedError
from scripts.files import sync, written
from scripts.recording.notes import new_notes, release_in, renewed
from scripts.recording.record import Record

_MOST = 1_000  # releases of a day


class Shelf(Protocol):
    """Files by name."""

    def read(self, name: str) -> str | None:
        """What stands there; None: nothing."""
        ...

    def create(self, name: str, notes: str) -> bool:
        """Write a new file. False: somebody was there first."""
        ...

    def replace(self, name: str, notes: str, before: str) -> bool:
        """Write in the place of what was read. False: it has changed since."""
        ...

    def where(self, name: str) -> str:
        """The file's name for a person."""
        ...


@dataclass(frozen=True)
class Written:
    """What became of the notes: where they are, their text, and whether that is new."""

    where: str
    notes: str
    changed: bool


def put(shelf: Shelf, record: Record, *, dry_run: bool = False) -> Written:
    """Write the notes of a release, or make anew what is made in them.

    Args:
        shelf: where they are kept.
        record: the release.
        dry_run: write nothing.

    Raises:
        ConfigurationError: they cannot be written, or what is made in them cannot be told from what people wrote.
        UndeterminedError: others write there all the time.
    """
    for _ in range(5):
        name, before = _place(shelf, record)
        where = shelf.where(name)
        if before is None:
            notes = new_notes(record)
            if dry_run or shelf.create(name, notes):
                return Written(where, notes, changed=True)
            continue
        notes = renewed(before, record, where)
        if notes == before or dry_run or shelf.replace(name, notes, before):
            return Written(where, notes, notes != before)
    raise UndeterminedError(f"Others write {record.day}'s notes just now.", "Run the same command again.")


def _place(shelf: Shelf, record: Record) -> tuple[str, str | None]:
    """The release's own file of that day and what stands in it, or else the first name that is free."""
    for number in count(1):
        name = name_of(record.day, number)
        notes = shelf.read(name)
        if notes is None or release_in(notes) == record.release:
            return name, notes
        if number == _MOST:
            break
    raise ConfigurationError(f"{shelf.where(name_of(record.day))} and {_MOST - 1} more are of other releases.")


def name_of(day: date, number: int = 1) -> str:
    return f"{day}-release-notes{'' if number == 1 else f'-{number}'}.md"


@dataclass(frozen=True)
class Folder:
    """A folder of this machine, made if need be: `docs/releases` of a working copy, say."""

    path: Path

    def read(self, name: str) -> str | None:
        try:
            return (self.path / name).read_bytes().decode()
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as problem:
            why = getattr(problem, "strerror", None) or "it is no text"
            raise ConfigurationError(f"{self.path / name} cannot be read: {why}.") from problem

    def create(self, name: str, notes: str) -> bool:
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            with NamedTemporaryFile(dir=self.path, prefix=".release-") as file:  # whoever is killed leaves no half
                file.write(notes.encode())
                file.flush()
                sync(file.fileno())
                os.chmod(file.name, 0o644)  # noqa: PTH101 - as any other file of a working copy
                os.link(file.name, self.path / name)
        except FileExistsError:
            return False
        except OSError as problem:
            raise self._refused(name, problem) from problem
        return True

    def replace(self, name: str, notes: str, before: str) -> bool:
        if self.read(name) != before:
            return False
        try:
            with written(self.path / name) as file:
                file.write(notes)
        except OSError as problem:
            raise self._refused(name, problem) from problem
        return True

    def where(self, name: str) -> str:
        return str(self.path / name)

    def _refused(self, name: str, problem: OSError) -> ConfigurationError:
        return ConfigurationError(f"{self.path / name} cannot be written: {problem.strerror}.")
