"""What is known of a release when something of it is announced: plain data, from which a message follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar

from scripts.announcing.described import Described
from scripts.announcing.occasions import VERIFIED, WHOLE, Event, Occasion
from scripts.announcing.planned import occasion
from scripts.results import Result, Status
from sop.names import Stage


@dataclass(frozen=True)
class Release:
    """The release that is told of. `url` is its pull request's; empty where it has none."""

    id: str
    title: str
    url: str = ""
    described: Described = field(default_factory=Described)


@dataclass(frozen=True)
class Validated:
    """What dev has shown of the content (SOP 3.3), each for a person; a hotfix was not in dev."""

    deployed: str
    tested: str
    alarms: str


@dataclass(frozen=True)
class Approved:
    """By whom, and when."""

    by: str
    at: datetime


@dataclass(frozen=True)
class Plan:
    """It is to begin at `begins`, with that content; `emergency` is what makes a hotfix one (SOP 8.1).

    `takes` is how long the deployment is expected to take.
    """

    event: ClassVar[Event] = Event.PLANNED
    part: ClassVar[str] = WHOLE
    content: str
    begins: datetime
    takes: timedelta
    validated: Validated
    approved: Approved
    emergency: str = ""

    @property
    def name(self) -> str:
        """Of its occasion."""
        return occasion(self.content, self.begins)


@dataclass(frozen=True)
class Postponement:
    """It does not begin at `was`; `earliest` is when it might, None where that is not known."""

    event: ClassVar[Event] = Event.POSTPONED
    part: ClassVar[str] = WHOLE
    content: str
    was: datetime
    why: str
    earliest: datetime | None

    @property
    def name(self) -> str:
        """Of its occasion."""
        return occasion(self.content, self.was)


@dataclass(frozen=True, kw_only=True)
class _OfExecution:
    """Something that happened to an execution; `occasion` is its own where that is not simply the execution."""

    execution_id: str
    occasion: str = ""

    @property
    def name(self) -> str:
        """Of its occasion."""
        return self.occasion or self.execution_id


@dataclass(frozen=True, kw_only=True)
class Start(_OfExecution):
    """Deploy began."""

    event: ClassVar[Event] = Event.STARTED
    part: ClassVar[str] = WHOLE
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Progress(_OfExecution):
    """A stage is complete, or has been at work for so long."""

    event: ClassVar[Event] = Event.STAGE
    part: ClassVar[str] = WHOLE
    stage: Stage
    complete: bool
    at_work: timedelta = timedelta()

    @property
    def name(self) -> str:
        """Of its occasion."""
        passed = "" if self.complete else f"-{self.at_work // timedelta(minutes=1)}m"
        return self.occasion or f"{self.execution_id}-{self.stage.lower()}{passed}"


@dataclass(frozen=True, kw_only=True)
class Observed(_OfExecution):
    """The hour after the deployment is over, and all was well."""

    event: ClassVar[Event] = Event.STAGE
    part: ClassVar[str] = WHOLE
    ended: datetime

    @property
    def name(self) -> str:
        """Of its occasion."""
        return self.occasion or f"{self.execution_id}-observed"


@dataclass(frozen=True, kw_only=True)
class Deployed(_OfExecution):
    """Deploy ended well; nothing has been verified."""

    event: ClassVar[Event] = Event.COMPLETE
    part: ClassVar[str] = WHOLE
    began: datetime
    ended: datetime
    stack_status: str


@dataclass(frozen=True)
class Seen:
    """What a check of a verification or an observation saw."""

    id: str
    status: Status
    headline: str

    @classmethod
    def of(cls, results: Sequence[Result]) -> tuple[Seen, ...]:
        return tuple(cls(one.id, one.status, one.headline) for one in results)

    @classmethod
    def of_report(cls, report: Mapping[str, Any]) -> tuple[Seen, ...]:
        """Of one in the form of `--format json`."""
        return tuple(
            cls(one["id"], Status(one["status"]), str(one["observed"]).partition("\n")[0])
            for one in report.get("checks", [])
        )


@dataclass(frozen=True)
class Verification:
    """What was deployed is verified, with verdict PASS."""

    event: ClassVar[Event] = Event.COMPLETE
    part: ClassVar[str] = VERIFIED
    deployed: Deployed
    seen: Sequence[Seen]

    @property
    def name(self) -> str:
        """Of its occasion."""
        return self.deployed.name


class End(StrEnum):
    """How a release failed."""

    NOTHING_DEPLOYED = "nothing was deployed"  # Source, Build, or before the door
    ROLLED_BACK = "CloudFormation takes it back by itself"
    NOT_ROLLED_BACK = "Deploy failed, and CloudFormation took nothing back"
    IN_VERIFICATION = "found in verification"
    IN_OBSERVATION = "found in observation"


class Application(StrEnum):
    """How the application is (SOP 5.3)."""

    OPERATIONAL = "Operational"
    DEGRADED = "Degraded"
    DOWN = "Down"
    UNKNOWN = "Not known yet"


@dataclass(frozen=True, kw_only=True)
class Failure(_OfExecution):
    """It failed.

    Attributes:
        end: how.
        began: Deploy's beginning, or the execution's where there was none.
        failed: when.
        stack_status: the stack's now.
        reason: the first cause, on one line.
        application: how the application is.
        rolled_back: whether taking it back is complete; None where nothing is taken back.
        incident: the incident's address; empty: there is none yet.
        post_mortem: when that is; None: nobody has said.
    """

    event: ClassVar[Event] = Event.FAILED
    part: ClassVar[str] = WHOLE
    end: End
    began: datetime
    failed: datetime
    stack_status: str
    reason: str
    application: Application = Application.UNKNOWN
    rolled_back: bool | None = None
    incident: str = ""
    post_mortem: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class TakenBack(_OfExecution):
    """An earlier revision runs again; `execution_id` brought it."""

    event: ClassVar[Event] = Event.ROLLED_BACK
    part: ClassVar[str] = WHOLE
    began: datetime
    ended: datetime
    stack_status: str
    revision: str
    why: str


# What is announced
Occurrence = Plan | Postponement | Start | Progress | Observed | Deployed | Verification | Failure | TakenBack


def occasion_of(release: str, what: Occurrence) -> Occasion:
    """Where its announcement is in the ledger."""
    return Occasion(release, what.event, what.name, what.part)
