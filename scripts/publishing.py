"""Where a run's report goes: to stdout, to the files asked for, and its evidence beside them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from scripts.errors import ConfigurationError, UndeterminedError
from scripts.files import written
from scripts.options import Destination
from scripts.reports import Format, writer
from scripts.results import Report

if TYPE_CHECKING:
    from scripts.checks.framework import Check
    from scripts.clients.aws import Aws
    from scripts.evidence.keeping import Evidence
    from sop.outputs import StackOutputs


def _nothing() -> None:
    """Holds no signals."""


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
        hold: called before anything is written: from then on no signal comes in between.
    """

    printed: Format
    files: Sequence[Destination]
    say: Callable[[str], None]
    clock: Callable[[], datetime]
    evidence: Evidence | None = None
    purpose: str = ""
    hold: Callable[[], None] = _nothing

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
        self.hold()
        report = replace(report, purpose=self.purpose)
        outcomes = [*self._write(report), *self._keep(report)]
        for path, problem in outcomes:
            if problem is None:
                self.say(f"Wrote {path}")
        if printed:
            writer(self.printed)(report, sys.stdout)
            sys.stdout.flush()
        if unwritten := [f"{path}: {problem}." for path, problem in outcomes if problem is not None]:
            raise ConfigurationError("\n".join(unwritten))

    def _write(self, report: Report) -> Iterator[tuple[object, str | None]]:
        """Each file, and what kept it from being written."""
        for destination in self.files:
            try:
                with written(destination.path, appended=destination.appended) as target:
                    writer(destination.format)(report, target)
            except OSError as problem:
                yield destination.path, problem.strerror or repr(problem)
            else:
                yield destination.path, None

    def _keep(self, report: Report) -> Iterator[tuple[object, str | None]]:
        """The folder of the evidence, or the file in it that could not be written, and why."""
        try:
            if self.evidence and (folder := self.evidence.write(report)):
                yield folder, None
        except OSError as problem:
            yield problem.filename or "evidence", problem.strerror or repr(problem)
