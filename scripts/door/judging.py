"""Who may go in now: by the calendar, an exception from it, and the gate of the pull request that brought it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from scripts.calendar.ordered import calendar_knowing
from scripts.calendar.schedule import needed_by
from scripts.clients.failures import AWS_FAILURES, translate
from scripts.door.exceptions import Exempted, exception_of
from scripts.door.keeping import Keeping
from scripts.errors import UndeterminedError
from scripts.facts.pipeline import Execution, Pin, find_execution
from scripts.gate.reading import read_incidents
from scripts.releases.identity import brought_by, of_execution, of_pull
from scripts.results import Report, Result, Status, verdict
from scripts.text import listing, printable, utc
from sop.calendar.calendar import SOURCE_AND_BUILD, Calendar, Needed
from sop.calendar.closures import Closure
from sop.calendar.closures import Kind as Closed
from sop.calendar.public_holidays import CalendarUnknownError
from sop.names import INCIDENT_LABEL

if TYPE_CHECKING:
    from scripts.clients.aws import Aws
    from scripts.clients.github import GitHub
    from sop.outputs import StackOutputs

PERMISSIONS = ("codepipeline:ListPipelineExecutions",)
# The gate's checks of what an exception is from (SOP 6)
EXCUSED = ("window", "freeze", "incidents")


@dataclass(frozen=True)
class Asked:
    """Who asks to go in, and which pull request brought it; None: none did."""

    execution: Execution
    number: int | None

    @property
    def release(self) -> str:
        """The id of the release that it carries out."""
        return of_execution(self.execution.id) if self.number is None else of_pull(self.number)

    def told(self) -> str:
        """`Execution 1234, of #12`."""
        of = f"#{self.number}" if self.number else (self.execution.revision or "an unknown commit")[:12]
        return f"Execution {self.execution.id}, of {of}"


def about(outputs: StackOutputs, aws: Aws, github: GitHub, execution_id: str) -> Asked:
    """What is to be known of an execution.

    Raises:
        ConfigurationError: the pipeline has none of that id.
        UndeterminedError: AWS or GitHub does not tell.
    """
    try:
        found = find_execution(aws.codepipeline, outputs.pipeline_name, outputs.repository, Pin(execution_id)).chosen
    except AWS_FAILURES as problem:
        raise translate(problem, PERMISSIONS) from problem
    if found is None:
        raise UndeterminedError(f"AWS does not tell of execution {execution_id}.")
    sha = None if found.is_rollback else found.revision
    return Asked(found, brought_by(github, outputs.branch, sha) if sha else None)


@dataclass(frozen=True)
class Decision:
    """Whether it may go in, why, and the gate's report where it was asked; `undetermined`: that could not be told."""

    lets_in: bool
    why: str
    undetermined: bool = False
    report: Report | None = None

    def told(self) -> str:
        return f"goes in: {self.why}" if self.lets_in else f"stays out: {self.why}"


@dataclass(frozen=True)
class Judging:
    """What decides, at this moment.

    Args:
        keeping: the stack, its clients, and its ledger.
        github: its repository.
        judge: asks the gate about a pull request, which needs so long from now on.
    """

    keeping: Keeping
    github: GitHub
    judge: Callable[[int, Needed], Report]

    def about(self, execution_id: str) -> Asked:
        """What is to be known of an execution. Raises UndeterminedError."""
        return about(self.keeping.outputs, self.keeping.aws, self.github, execution_id)

    def decide(self, asked: Asked) -> Decision:
        """Whether it may go in.

        Raises:
            UndeterminedError: that cannot be told.
        """
        execution, now = asked.execution, self.keeping.ledger.clock()
        if execution.is_rollback:
            opening = f'`release door --stack {self.keeping.outputs.stack} --open "why"`'
            return Decision(False, f"a rollback goes in by hand: {opening} (SOP 7.2).")
        if execution.revision is None:
            return Decision(False, "AWS does not say of which commit it is.", undetermined=True)
        if asked.number is None:
            return Decision(False, "no pull request's merge made that commit: no gate has been asked about it.")
        exempted = exception_of(self.keeping.ledger, execution.id)
        holds = exempted is not None and exempted.holds(now)
        closed = self._closed()
        if closed and not holds:
            return Decision(False, self._kept_out(closed, execution, exempted))
        report = self.judge(asked.number, self.needed(execution))
        return _decision(report, exempted if holds else None)

    def needed(self, execution: Execution) -> Needed:
        """How long it takes from now on: Deploy begins at once, and what it has taken since its start is over."""
        usual = needed_by(self.keeping.outputs)
        taken = self.keeping.ledger.clock() - execution.started
        spared = taken if timedelta() < taken <= SOURCE_AND_BUILD else timedelta()
        return Needed(until_deploy=timedelta(), until_observed=usual.until_observed - spared)

    def frozen(self) -> tuple[str, ...]:
        """Why it is frozen now, the window apart. Raises UndeterminedError."""
        calendar = self.calendar
        if calendar is None:
            return ()
        ordered = [one.told(calendar.zone) for one in self._closed() if one.kind is not Closed.WINDOW]
        incidents = [f"incident {one.url}" for one in read_incidents(self.github, INCIDENT_LABEL)]
        return (*ordered, *incidents)

    def window_is_closed(self) -> bool:
        """Whether the window's own rule keeps it out now."""
        calendar = self.calendar
        return calendar is not None and not calendar.window.is_open(self.keeping.ledger.clock())

    @cached_property
    def calendar(self) -> Calendar | None:
        """The stack's, with what was ordered when this run began."""
        return calendar_knowing(self.keeping.outputs, self.keeping.ledger)

    def _closed(self) -> tuple[Closure, ...]:
        try:
            return self.calendar.closed(self.keeping.ledger.clock()) if self.calendar else ()
        except CalendarUnknownError as problem:
            raise UndeterminedError(
                f"Whether it is open is not known: {problem}.",
                "Use a version of this command that knows that year's holidays.",
            ) from None

    def _kept_out(self, closed: tuple[Closure, ...], execution: Execution, exempted: Exempted | None) -> str:
        calendar = self.calendar
        reasons = listing([one.told(calendar.zone) for one in closed]) if calendar else ""
        over = f" Its exception ended at {utc(exempted.ends)}." if exempted else ""
        return (
            f"{printable(reasons)}.{over} An exception (SOP 6.2): "
            f'`release override --stack {self.keeping.outputs.stack} --execution {execution.id} --reason "why"`'
        )


def _decision(report: Report, exempted: Exempted | None) -> Decision:
    """What the gate's answer means for the door; an exception is from the calendar, and from nothing else."""
    asked = [one for one in report.checks if exempted is None or one.id not in EXCUSED]
    found = verdict(one.status for one in asked)
    if found is Status.PASS:
        excused = f", by the exception of {printable(exempted.approved_by)} ({exempted.comment})" if exempted else ""
        return Decision(True, f"{report.purpose.removeprefix('for ')} is GO{excused}.", report=report)
    words = "NO-GO" if found is Status.FAIL else "undetermined"
    wrong = [_told(one) for one in asked if one.status not in (Status.PASS, Status.SKIPPED)]
    return Decision(False, f"{words}: {'; '.join(wrong)}", undetermined=found is not Status.FAIL, report=report)


def _told(result: Result) -> str:
    return f"{result.id} {result.status}, {printable(result.headline)}"
