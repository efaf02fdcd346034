"""What a run keeps of its calls: until its report is written, or, where it may last an hour, as each of them ends."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from scripts.clients.clock import laptop
from scripts.evidence import folder as files
from scripts.evidence.calls import Call
from scripts.evidence.recorder import Recorder
from scripts.results import Report

if TYPE_CHECKING:
    from scripts.clients.aws import Aws


class Evidence:
    """The evidence of one run in `folder`; without a folder nothing is recorded and nothing written.

    Args:
        folder: made if need be.
        journal: name of a file in it that each call is appended to when it has ended, so that memory stays flat and
            nothing is lost when the run is killed; None keeps the calls in memory, by the check that made them.
        clock: the time of day.

    Raises:
        ConfigurationError: the folder cannot be made or written to.
    """

    def __init__(self, folder: Path | None, journal: str | None = None, clock: Callable[[], datetime] = laptop) -> None:
        self._folder = folder
        self._clock = clock
        self._journal = journal
        self._calls: list[Call] = []
        self._recorded: Aws | None = None
        self._problem: OSError | None = None
        self._lock = Lock()
        if folder is not None:
            files.prepare(folder)

    def of(self, aws: Aws) -> Aws:
        """The same clients, whose calls are recorded; none of them may have been used before."""
        if self._folder is not None and aws is not self._recorded:
            self._recorded = aws
            keep = self._append if self._journal else self._calls.append
            aws.tell(Recorder(keep, self._clock, scoped=not self._journal))
        return aws

    def start_over(self) -> None:
        """Forget what was kept in memory: another round begins, and the report will be of that."""
        self._calls.clear()

    def write(self, report: Report) -> Path | None:
        """Write what stands behind the report; where it is.

        Raises:
            OSError: a file cannot be written, or could not be while the run lasted.
        """
        if self._folder is None:
            return None
        files.write(replace(report, calls=tuple(self._calls)), self._folder, calls_in=self._journal)
        if self._problem is not None:
            raise self._problem
        return self._folder

    def _append(self, call: Call) -> None:
        if self._folder is None or self._journal is None:
            return
        try:
            with self._lock, files.opened(self._folder / self._journal, os.O_APPEND) as target:
                target.write(files.line(call))
        except OSError as problem:  # the run goes on; its end tells
            self._problem = problem
