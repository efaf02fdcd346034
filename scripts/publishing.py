"""Where a run's report goes: to stdout, to the files asked for, and its evidence beside them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scripts import streams
from scripts.errors import DeliveryError, UndeterminedError
from scripts.files import ERRORS, written
from scripts.options import Destination, destinations
from scripts.options import printed as to_stdout
from scripts.reports import Format, writer
from scripts.results import Report
from scripts.unfinished import begin, unfinished

if TYPE_CHECKING:
    from scripts.checks.framework import Check
    from scripts.clients.aws import Aws
    from scripts.evidence.keeping import Evidence
    from sop.outputs import StackOutputs


def publication(
    command: str,
    printed: Format,
    files: list[str] | None,
    clock: Callable[[], datetime],
    *,
    evidence: Path | None = None,
    purpose: str = "",
) -> Publication:
    """Where the command's reports go; what went there before says PASS no longer.

    Raises:
        ConfigurationError: a destination that cannot be used.
    """
    given = files or []
    chosen, to_files = to_stdout(printed, given), destinations(given, evidence)
    return Publication(chosen, to_files, streams.say, clock, purpose=purpose).begin(command, evidence)


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

    def begin(self, command: str, evidence: Path | None = None) -> Publication:
        """Have the files, and the evidence of earlier such runs, say ERROR until this run says more.

        Raises:
            ConfigurationError: the folder of the evidence cannot be made or written to.
        """
        report = unfinished(command, self.clock(), purpose=self.purpose)
        if evidence is not None:
            from scripts.evidence import folder

            folder.begin(report, evidence)
        begin(self.files, report)
        return self

    def publish(self, report: Report) -> None:
        """Print and write the report.

        Raises:
            DeliveryError: some of it could not be written or printed; all the rest was.
        """
        self._publish(report, printed=True)

    @contextmanager
    def even_unseen(
        self, command: str, checks: Sequence[Check[Any]], outputs: StackOutputs, aws: Aws
    ) -> Iterator[None]:
        """Publish a report also where AWS could not be asked at all: every check says why.

        A person is told on stderr and has nothing more to read on stdout; a program has, whatever it reads.

        Raises:
            UndeterminedError: what kept AWS from being asked.
            DeliveryError: some of the report could not be written either.
        """
        try:
            yield
        except UndeterminedError as problem:
            from scripts.verify import unseen

            report = unseen(command, checks, outputs=outputs, aws=aws, cause=problem, clock=self.clock)
            try:
                self._publish(report, printed=self.printed is not Format.TABLE)
            except DeliveryError:
                self.say(f"release: {problem.message}")
                raise
            problem.reported = True
            raise

    def _publish(self, report: Report, *, printed: bool) -> None:
        self.hold()
        report = replace(report, purpose=self.purpose)
        outcomes = [*self._write(report), *self._keep(report)]
        for path, problem in outcomes:
            if problem is None:
                self.say(f"Wrote {path}")
        if printed and (problem := self._print(report)):
            outcomes.append(("stdout", problem))
        if lost := [f"{path}: {problem}." for path, problem in outcomes if problem is not None]:
            raise DeliveryError("\n".join(lost), report.exit_code)

    def _print(self, report: Report) -> str | None:
        """What kept it from being printed."""
        try:
            read_by_a_person = self.printed is Format.TABLE or sys.stdout.isatty()
            if not read_by_a_person and isinstance(sys.stdout, TextIOWrapper):
                sys.stdout.reconfigure(encoding="utf-8", errors=ERRORS)  # as the files are, whatever the locale
            writer(self.printed)(report, sys.stdout)
            sys.stdout.flush()
        except OSError as problem:
            return problem.strerror or repr(problem)
        return None

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
