"""A release's record as plain data: what it was, what happened, what was seen, and what could not be told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from scripts.facts.pipeline import Execution
from scripts.recording.changes import Changes
from scripts.recording.messages_sent import Told
from scripts.results import Report
from sop.outputs import StackOutputs
from sop.windows import BUSINESS_HOURS, ReleaseWindow


class Outcome(StrEnum):
    """How the release's last execution ended."""

    DEPLOYED = "deployed"
    UNCHANGED = "deployed, and nothing had changed"
    FAILED = "deployment failed"
    NOT_DEPLOYED = "nothing was deployed"

    @property
    def is_deployed(self) -> bool:
        return self in (Outcome.DEPLOYED, Outcome.UNCHANGED)


class Kind(StrEnum):
    """What a moment of the timeline is."""

    STEP = "step"  # of people, or of the procedure
    WORK = "work"
    WAIT = "wait"
    BAD = "bad"


@dataclass(frozen=True)
class Happened:
    """Something that happened; `until` is None for what takes no time, or has not ended."""

    at: datetime
    what: str
    until: datetime | None = None
    kind: Kind = Kind.STEP
    detail: str = ""

    @property
    def took(self) -> timedelta | None:
        return self.until - self.at if self.until else None


@dataclass(frozen=True)
class Approvals:
    """Who agreed, line by line, and where that is known from; `kept` is whether it is a GO that was kept then."""

    source: str
    lines: tuple[str, ...]
    kept: bool


@dataclass(frozen=True)
class Record:
    """A release.

    Attributes:
        release: its id, `pr-12` or `exec-…`.
        title: of its pull request, or of the commit that came without one.
        carried: the ids of other releases that its execution deployed, too.
        execution: the one that ended it.
        deploy: when its Deploy began and ended; None where it was not entered.
        before: the revision that was deployed before it; None where nothing was, or that is not known.
        changes: what lies between the two; None where that could not be told.
        reports: of verify and observe, about this execution, the newest of each.
        asked_anew: whether verify was asked for this record, as no report of it was kept.
        issues: what went wrong, line by line.
        rollbacks: what was taken back, by whom, line by line.
        unknown: what could not be told, and why.
        forgotten: whether AWS knows less of it by now than notes of its time may say.
    """

    outputs: StackOutputs
    zone: ZoneInfo
    release: str
    title: str
    url: str
    carried: tuple[str, ...]
    execution: Execution
    outcome: Outcome
    deploy: tuple[datetime, datetime] | None
    stack_status: str
    before: str | None
    changes: Changes | None
    timeline: tuple[Happened, ...]
    reports: tuple[Report, ...]
    asked_anew: bool
    issues: tuple[str, ...]
    rollbacks: tuple[str, ...]
    messages: tuple[Told, ...]
    approvals: Approvals | None
    unknown: tuple[str, ...]
    made: datetime
    forgotten: bool = False

    @property
    def day(self) -> date:
        """The day that it is of, in the zone of its windows: when its execution ended."""
        return (self.execution.ended or self.execution.started).astimezone(self.zone).date()

    def report(self, command: str) -> Report | None:
        return next((one for one in self.reports if one.command == command), None)


def zone_of(outputs: StackOutputs) -> ZoneInfo:
    """Whose days and hours a release's are: those of its window, else the business hours'."""
    return ReleaseWindow.of(outputs.release_window).zone if outputs.release_window else BUSINESS_HOURS.zone
