"""What `release status` shows, as plain data; a part that could not be read says why, and leaves the others alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from scripts.checks.deployed import Deployed
from scripts.facts.door import Door
from scripts.facts.pipeline import Execution
from scripts.watching.ends import Ending
from sop.calendar.calendar import Late
from sop.calendar.closures import Closure

T = TypeVar("T")


@dataclass(frozen=True)
class Unknown:
    """Why a part is not known."""

    why: str


Part = T | Unknown


@dataclass(frozen=True)
class Runs:
    """What runs.

    Attributes:
        deployed: by CodePipeline and the stack's own events.
        since: when its deployment ended; None where nothing was ever deployed.
        subject: the first line of its commit.
        release: which release it belongs to.
        verified: what `release verify` found for good, with its time; empty: nothing yet.
        observed: what `release observe` found, likewise.
    """

    deployed: Deployed
    since: datetime | None = None
    subject: str = ""
    release: str = ""
    verified: str = ""
    observed: str = ""


@dataclass(frozen=True)
class Course:
    """An execution: what it does, or how it ended. `waits` where nothing is at work."""

    execution: Execution
    doing: str
    waits: bool = False
    ending: Ending | None = None


@dataclass(frozen=True)
class OpenPull:
    """An open pull request into the branch, and by its branch what it would be; the gate says whether it is."""

    number: int
    head: str
    kind: str
    url: str


@dataclass(frozen=True)
class Times:
    """When releases may begin: now, where neither `closed` nor `late` says why not, and until `merge_by`.

    Without a calendar at any time; `unknown` says what of it is not known.
    """

    has_calendar: bool
    closed: tuple[Closure, ...] = ()
    late: Late | None = None
    next_open: datetime | None = None
    merge_by: datetime | None = None
    unknown: str = ""

    @property
    def is_open(self) -> bool:
        return not (self.closed or self.late or self.unknown)


@dataclass(frozen=True)
class Back:
    """What production has and dev has not: how many commits, and the open pull request that brings them there."""

    lacking: int
    url: str = ""


@dataclass(frozen=True)
class Standing:
    """Where the releases of a stack stand.

    Attributes:
        stack: its name.
        at: AWS's time.
        runs: what runs.
        courses: the executions that are under way, newest first; where there are none the newest, if that ended
            otherwise than by success.
        door: Deploy's.
        times: when releases may begin.
        incidents: the addresses of open ones.
        pulls: what is proposed.
        back: what is to be merged back.
        owed: messages that did not arrive or may not have.
        links: where to look, by name.
        number: the pull request that was asked about.
        merged: whether that is merged; None: none was asked about.
    """

    stack: str
    at: datetime
    runs: Part[Runs]
    courses: Part[tuple[Course, ...]]
    door: Part[Door]
    times: Part[Times]
    incidents: Part[tuple[str, ...]]
    pulls: Part[tuple[OpenPull, ...]]
    back: Part[Back]
    owed: Part[tuple[str, ...]]
    links: Mapping[str, str] = field(default_factory=dict[str, str])
    number: int | None = None
    merged: bool | None = None

    @property
    def unknown(self) -> tuple[str, ...]:
        """Why parts are not known, each reason once."""
        parts = (self.runs, self.courses, self.door, self.times, self.incidents, self.pulls, self.back, self.owed)
        whys = [part.why for part in parts if isinstance(part, Unknown)]
        whys += [self.times.unknown] if isinstance(self.times, Times) and self.times.unknown else []
        return tuple(dict.fromkeys(whys))
