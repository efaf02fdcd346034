"""What checks answer, and the one verdict over all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from scripts.evidence.calls import Call

SCHEMA = 1

# What a check saw, as plain data that JSON can hold.
Evidence = Mapping[str, Any]
NOTHING: Evidence = MappingProxyType({})


class Status(StrEnum):
    """How a check ends."""

    PASS = "PASS"  # noqa: S105
    FAIL = "FAIL"
    INCONCLUSIVE = "INCONCLUSIVE"  # the data is not there
    ERROR = "ERROR"  # could not look
    SKIPPED = "SKIPPED"  # does not apply


# From good to bad. SKIPPED is no answer, so it has no place here.
SEVERITY = (Status.PASS, Status.INCONCLUSIVE, Status.ERROR, Status.FAIL)

EXIT_CODES = {Status.PASS: 0, Status.FAIL: 3, Status.INCONCLUSIVE: 4, Status.ERROR: 4}


GATE = "gate"
DECISIONS = {
    Status.PASS: "GO",
    Status.FAIL: "NO-GO",
    Status.INCONCLUSIVE: "UNDETERMINED",
    Status.ERROR: "UNDETERMINED",
}


@dataclass(frozen=True)
class Outcome:
    """A check's answer. `expected` and `fix` replace the declared ones when they can be more precise.

    The first line of `observed` says it at a glance; further lines name the particulars. `again_at` is from when on the
    same question may have another answer, where that is only a matter of time; `lead` is how long it takes after people
    have settled it. `configured`: SKIPPED because the stack's configuration says that there is nothing to look at.
    """

    status: Status
    observed: str
    expected: str = ""
    fix: str = ""
    evidence: Evidence = field(default_factory=lambda: NOTHING)
    again_at: datetime | None = None
    configured: bool = False
    lead: timedelta = timedelta()


@dataclass(frozen=True)
class Result:
    """A check's answer together with what the check declares.

    `seconds` is how long it took, waiting for facts that others fetch included; `calls` are those behind it, if they
    were recorded. `again_at`, `configured` and `lead` are the outcome's.
    """

    id: str
    sop: str
    title: str
    status: Status
    observed: str
    expected: str
    fix: str
    evidence: Evidence
    again_at: datetime | None = None
    configured: bool = False
    lead: timedelta = timedelta()
    seconds: float = 0.0
    calls: tuple[Call, ...] = field(default=(), repr=False)

    @property
    def headline(self) -> str:
        """The first line of what was observed."""
        return self.observed.partition("\n")[0]


@dataclass(frozen=True)
class Place:
    """Where a report's stack is; `links` lead to what it is about, by name. None: not known, or about no stack."""

    account_id: str | None = None
    region: str | None = None
    pipeline: str | None = None
    repository: str | None = None
    links: Mapping[str, str] = field(default_factory=lambda: NOTHING)


@dataclass(frozen=True)
class Report:
    """One run of a command that checks; times are UTC. `stack` is None where the command is about no stack.

    `purpose` says what the verdict is for where the command has more than one: `for promotion`. `place` is the stack's,
    `begun_at` when the execution began.
    `again_at` is when a gate could be GO at the earliest; `outlook` says so, and on what that hangs.
    `calls` are all calls of the run, if they were recorded.
    """

    command: str
    stack: str | None
    execution_id: str | None
    revision: str | None
    started_at: datetime
    finished_at: datetime
    api_calls: int
    checks: tuple[Result, ...]
    purpose: str = ""
    place: Place = Place()
    begun_at: datetime | None = None
    outlook: str = ""
    again_at: datetime | None = None
    calls: tuple[Call, ...] = field(default=(), repr=False)

    @property
    def verdict(self) -> Status:
        return verdict(result.status for result in self.checks)

    @property
    def decision(self) -> str:
        """The verdict in the words of the command: a gate says GO, NO-GO or UNDETERMINED."""
        return DECISIONS[self.verdict] if self.command == GATE else self.verdict.value

    @property
    def exit_code(self) -> int:
        return EXIT_CODES[self.verdict]


def verdict(statuses: Iterable[Status]) -> Status:
    """The worst status of all. Nothing at all, or nothing but SKIPPED, is INCONCLUSIVE."""
    answered = [status for status in statuses if status is not Status.SKIPPED]
    return max(answered, key=SEVERITY.index, default=Status.INCONCLUSIVE)


def passed(observed: str, *, expected: str = "", evidence: Evidence = NOTHING) -> Outcome:
    return Outcome(Status.PASS, observed, expected=expected, evidence=evidence)


def failed(observed: str, *, expected: str = "", fix: str = "", evidence: Evidence = NOTHING) -> Outcome:
    return Outcome(Status.FAIL, observed, expected, fix, evidence)


def inconclusive(
    observed: str, *, expected: str = "", fix: str = "", evidence: Evidence = NOTHING, again_at: datetime | None = None
) -> Outcome:
    return Outcome(Status.INCONCLUSIVE, observed, expected, fix, evidence, again_at)


def error(observed: str, *, fix: str = "") -> Outcome:
    return Outcome(Status.ERROR, observed, fix=fix)


def skipped(observed: str, *, configured: bool = False, evidence: Evidence = NOTHING) -> Outcome:
    return Outcome(Status.SKIPPED, observed, evidence=evidence, configured=configured)
