"""What has been observed of one execution, kept so that a killed observation can be carried on.

One JSON object a line, appended and synced before the next window is looked at. Only readings are kept, never
verdicts: those are made anew from all readings. What cannot be read of the file counts as not observed, and so does
what was read of another load balancer or group than the deployed ones.
"""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from io import FileIO
from math import isfinite
from pathlib import Path
from typing import Any, cast

from scripts.errors import ConfigurationError
from scripts.files import sync, sync_folder
from scripts.observe.figures import NONE, Reading, Readings, Sample
from scripts.observe.windows import Window
from scripts.streams import say
from scripts.text import utc


class Journal:
    """An open journal of one workload. `readings` are the fullest ones of each window."""

    def __init__(self, file: FileIO, workload: str) -> None:
        self._file = file
        self._workload = workload
        file.seek(0)
        content = file.read()
        self._unwritten = b"\n" if content and not content.endswith(b"\n") else b""
        self.readings: dict[Window, Reading] = {}
        for line in content.splitlines():
            if (entry := _entry(line, workload)) is not None:
                self._merge(*entry)

    def keep(self, readings: Readings) -> None:
        """Append what is new, and have it on the disk before returning.

        Raises:
            ConfigurationError: it cannot be written; it is kept in memory, and written with what comes next.
        """
        changed = [window for window, reading in sorted(readings.items(), key=_first) if self._merge(window, reading)]
        lines = "".join(_line(window, self.readings[window], self._workload) for window in changed)
        self._unwritten += lines.encode()
        if not self._unwritten.strip():
            return
        try:
            while self._unwritten:
                self._unwritten = self._unwritten[self._file.write(self._unwritten) :]
            sync(self._file.fileno())
        except OSError as problem:
            raise ConfigurationError(
                f"The journal {self._file.name} cannot be written: {problem.strerror}."
            ) from problem

    def more_than(self, readings: Readings) -> tuple[Window, ...]:
        """The windows of which it has more than these later readings of them: what AWS takes back never happened."""
        return tuple(
            window
            for window, reading in sorted(readings.items(), key=_first)
            for known in (self.readings.get(window, {}),)
            if any(_fullness(one) > _fullness(reading.get(name, NONE)) for name, one in known.items())
        )

    def _merge(self, window: Window, reading: Reading) -> bool:
        """Take over what is more than is known: metrics arrive late, are never taken back, and forgotten at last."""
        known = self.readings.get(window, {})
        fullest = {name: max(known.get(name, one), one, key=_fullness) for name, one in reading.items()}
        self.readings[window] = {**known, **fullest}
        return self.readings[window] != known


@contextmanager
def open_journal(folder: Path, execution_id: str, workload: str) -> Iterator[Journal]:
    """The execution's journal in `folder`, made if need be, for one writer at a time.

    Raises:
        ConfigurationError: another observation writes it now, or it cannot be written.
    """
    path = folder / f"{execution_id}.jsonl"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if path.exists() and not path.is_file():
            raise ConfigurationError(f"--journal {folder}: {path} is no file that can be read back.")
        # unbuffered: nothing is written a second time when it is closed
        file = cast("FileIO", path.open("a+b", buffering=0))
    except OSError as problem:
        raise ConfigurationError(f"--journal {folder}: {problem.strerror}.") from problem
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # a killed process leaves no lock behind
        except BlockingIOError as problem:
            raise ConfigurationError(
                f"Another `release observe` observes execution {execution_id} ({path}).", "Wait for it, or end it."
            ) from problem
        except OSError as problem:  # as on some network file systems
            say(f"{folder} has no locks ({problem.strerror}): let no other `release observe` observe this execution.")
        sync_folder(folder)
        yield Journal(file, workload)


def _line(window: Window, reading: Reading, workload: str) -> str:
    samples = {name: [one.total, one.count, one.minutes, one.fives, one.densest] for name, one in reading.items()}
    entry = {"start": utc(window.start), "end": utc(window.end), "of": workload, "samples": samples}
    return json.dumps(entry) + "\n"


def _entry(line: bytes, workload: str) -> tuple[Window, Reading] | None:
    try:
        data: dict[str, Any] = json.loads(line)
        if data["of"] != workload:
            return None
        window = Window(_moment(data["start"]), _moment(data["end"]))
        samples: Mapping[str, list[float]] = data["samples"]
        return window, {name: _sample(*numbers) for name, numbers in samples.items()}
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        return None


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without its zone")
    return moment


def _sample(total: float, count: float, minutes: float, fives: float, densest: float) -> Sample:
    if not (isfinite(total) and isfinite(count) and min(total, count, minutes, fives, densest) >= 0):
        raise ValueError("nothing that can be counted")
    return Sample(float(total), float(count), int(minutes), int(fives), int(densest))


def _fullness(sample: Sample) -> tuple[float, ...]:
    return sample.count, sample.total, sample.minutes, sample.fives, sample.densest


def _first(entry: tuple[Window, Reading]) -> Window:
    return entry[0]
