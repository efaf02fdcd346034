"""What has been observed of one execution, kept so that a killed observation can be carried on.

One JSON object a line, appended and synced before the next window is looked at. Only readings are kept, never
verdicts: those are made anew from all readings. What cannot be read of the file counts as not observed.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from scripts.errors import ConfigurationError
from scripts.observe.figures import Reading, Readings, Sample
from scripts.observe.windows import Window
from scripts.text import utc


class Journal:
    """An open journal. `readings` are the last ones written for each window."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        file.seek(0)
        self._torn = False
        self.readings: dict[Window, Reading] = {}
        for line in file:
            self._torn = not line.endswith(b"\n")
            if (entry := _entry(line)) is not None:
                self.readings[entry[0]] = entry[1]

    def keep(self, readings: Readings) -> None:
        """Append what is new, and have it on the disk before returning.

        Raises:
            ConfigurationError: it cannot be written.
        """
        new = {window: reading for window, reading in readings.items() if self.readings.get(window) != reading}
        if not new:
            return
        lines = "".join(_line(window, reading) for window, reading in sorted(new.items(), key=lambda one: one[0]))
        try:
            self._file.write(b"\n" * self._torn + lines.encode())
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as problem:
            raise ConfigurationError(
                f"The journal {self._file.name} cannot be written: {problem.strerror}."
            ) from problem
        self._torn = False
        self.readings.update(new)


@contextmanager
def open_journal(folder: Path, execution_id: str) -> Iterator[Journal]:
    """The execution's journal in `folder`, made if need be, for one writer at a time.

    Raises:
        ConfigurationError: another observation writes it now, or it cannot be written.
    """
    path = folder / f"{execution_id}.jsonl"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = path.open("a+b")
    except OSError as problem:
        raise ConfigurationError(f"--journal {folder}: {problem.strerror}.") from problem
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # a killed process leaves no lock behind
        except OSError as problem:
            raise ConfigurationError(
                f"Another `release observe` observes execution {execution_id} ({path}).", "Wait for it, or end it."
            ) from problem
        _sync_folder(folder)
        yield Journal(file)


def _sync_folder(folder: Path) -> None:
    """A new file is safe only when its folder is."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _line(window: Window, reading: Reading) -> str:
    samples = {name: [sample.total, sample.count] for name, sample in reading.items()}
    return json.dumps({"start": utc(window.start), "end": utc(window.end), "samples": samples}) + "\n"


def _entry(line: bytes) -> tuple[Window, Reading] | None:
    try:
        data: dict[str, Any] = json.loads(line)
        window = Window(datetime.fromisoformat(data["start"]), datetime.fromisoformat(data["end"]))
        samples: Mapping[str, list[float]] = data["samples"]
        return window, {name: Sample(float(total), float(number)) for name, (total, number) in samples.items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
