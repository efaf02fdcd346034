"""Where a run's report goes: to stdout, to the files asked for, and its evidence beside them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from scripts.errors import ConfigurationError, UndeterminedError
from scripts.options import Destination
from scripts.reports import Format, writer
from scripts.results import Report

if TYPE_CHECKING:
    from scripts.checks.framework import Check
    from scripts.clients.aws import Aws
    from scripts.evidence.keeping import Evidence
    from sop.outputs import StackOutputs


@dataclass(frozen=True)
class Publication:
    """The destinations of one run's report.

    Attributes:
        printed: the format on stdout.
        files: reports that go to files, too.
        say: takes a line of progress.
        clock: the time of day.
        evidence: what the run keeps of its calls.
        purpose: what the verdict is for, where the command has more than one.
    """

    printed: Format
    files: Sequence[Destination]
    say: Callable[[str], None]
    clock: Callable[[], datetime]
    evidence: Evidence | None = None
    purpose: str = ""

    def publish(self, report: Report) -> None:
        """Print and write the report.

        Raises:
            ConfigurationError: some of it could not be written; all the rest was.
        """
        self._publish(report, printed=True)

    @contextmanager
    def even_unseen(
        self, command: str, checks: Sequence[Check[Any]], outputs: StackOutputs, aws: Aws
    ) -> Iterator[None]:
        """Publish a report also where AWS could not be asked at all, so that no older file is taken for this run's.

        A person is told on stderr and has nothing more to read on stdout; a program has, whatever it reads.
        """
        try:
            yield
        except UndeterminedError as problem:
            from scripts.verify import unseen

            report = unseen(command, checks, outputs=outputs, aws=aws, cause=problem, clock=self.clock)
            try:
                self._publish(report, printed=self.printed is not Format.TABLE)
            except ConfigurationError as unwritten:
                self.say(f"release: {unwritten.message}")
            raise

    def _publish(self, report: Report, *, printed: bool) -> None:
        report = replace(report, purpose=self.purpose)
        unwritten = [*self._write(report), *self._keep(report)]
        if printed:
            writer(self.printed)(report, sys.stdout)
            sys.stdout.flush()
        if unwritten:
            raise ConfigurationError("\n".join(unwritten))

    def _write(self, report: Report) -> Iterator[str]:
        for destination in self.files:
            try:
                with destination.path.open("a" if destination.appended else "w", encoding="utf-8") as target:
                    writer(destination.format)(report, target)
            except OSError as problem:
                yield f"{destination.path}: {problem.strerror}."
            else:
                self.say(f"Wrote {destination.path}")

    def _keep(self, report: Report) -> Iterator[str]:
        try:
            if self.evidence and (folder := self.evidence.write(report)):
                self.say(f"Wrote {folder}")
        except OSError as problem:
            yield f"{problem.filename or 'evidence'}: {problem.strerror}."
