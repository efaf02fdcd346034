"""Runs of stages, actions, conditions and rules, and what they put out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import uuid4

Declaration = dict[str, Any]  # a part of a pipeline's structure, in the API's own shape


def new_id() -> str:
    return str(uuid4())


class Mode(StrEnum):
    SUPERSEDED = "SUPERSEDED"
    QUEUED = "QUEUED"
    PARALLEL = "PARALLEL"


class Status(StrEnum):
    """Of an execution, a stage, an action, a condition or a rule: each uses those AWS gives it."""

    IN_PROGRESS = "InProgress"
    STOPPING = "Stopping"
    STOPPED = "Stopped"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"
    SKIPPED = "Skipped"
    SUPERSEDED = "Superseded"
    CANCELLED = "Cancelled"
    ABANDONED = "Abandoned"
    OVERRIDDEN = "Overridden"


class Phase(StrEnum):
    """Where a stage's run stands between its entry and its end."""

    ENTERING = "entering"  # beforeEntry is being evaluated
    RUNNING = "running"
    SUCCEEDING = "succeeding"  # onSuccess is being evaluated
    FAILING = "failing"  # onFailure is being evaluated
    OVER = "over"


class ConditionType(StrEnum):
    BEFORE_ENTRY = "BEFORE_ENTRY"
    ON_SUCCESS = "ON_SUCCESS"
    ON_FAILURE = "ON_FAILURE"

    @property
    def key(self) -> str:
        """The stage declaration's key for it."""
        head, tail = self.value.lower().split("_")
        return head + tail.capitalize()


@dataclass(frozen=True)
class Artifact:
    """A zip in the artifact store. `revision` is known for what a source action made."""

    name: str
    bucket: str
    key: str
    revision: Revision | None = None


@dataclass(frozen=True)
class Revision:
    """What a source action took."""

    id: str
    summary: str
    url: str
    created: datetime


@dataclass(frozen=True)
class Outcome:
    """How an action ended."""

    succeeded: bool
    summary: str = ""
    error_code: str = ""
    error_message: str = ""
    outputs: tuple[Artifact, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass
class ActionRun:
    """One run of one action."""

    declaration: Declaration
    stage: str
    started: datetime
    inputs: list[Artifact] = field(default_factory=list)
    configuration: dict[str, str] = field(default_factory=dict)  # variables resolved
    id: str = field(default_factory=new_id)
    status: Status = Status.IN_PROGRESS
    updated: datetime | None = None
    outcome: Outcome | None = None
    external_id: str = ""
    external_url: str = ""
    token: str = ""  # of a manual approval that waits
    updated_by: str = ""

    @property
    def name(self) -> str:
        return self.declaration["name"]


@dataclass(frozen=True)
class Verdict:
    """What a rule found."""

    succeeded: bool
    summary: str
    error_code: str = ""


@dataclass
class RuleRun:
    """One run of one rule."""

    declaration: Declaration
    started: datetime
    updated: datetime
    id: str = field(default_factory=new_id)
    status: Status = Status.IN_PROGRESS
    summary: str = ""
    error_code: str = ""

    @property
    def name(self) -> str:
        return self.declaration["name"]


@dataclass
class ConditionRun:
    """One evaluation of a stage's condition: all its rules must succeed."""

    type: ConditionType
    declaration: Declaration
    rules: list[RuleRun]
    updated: datetime
    status: Status = Status.IN_PROGRESS
    summary: str = ""

    @property
    def result(self) -> str:
        return self.declaration.get("result", "FAIL")


@dataclass
class StageRun:
    """One run of one stage, or of its entry condition."""

    declaration: Declaration
    started: datetime
    updated: datetime
    phase: Phase = Phase.RUNNING
    status: Status = Status.IN_PROGRESS
    actions: list[ActionRun] = field(default_factory=list)
    conditions: dict[ConditionType, ConditionRun] = field(default_factory=dict)
    automatic_retries: int = 0
    manual_retries: int = 0
    last_retry: str = ""

    @property
    def name(self) -> str:
        return self.declaration["name"]

    def pending_actions(self) -> list[Declaration]:
        """The actions that start next: the lowest run order that has not run."""
        done = {action.name for action in self.actions}
        waiting = [action for action in self.declaration["actions"] if action["name"] not in done]
        first = min((action.get("runOrder", 1) for action in waiting), default=0)
        return [action for action in waiting if action.get("runOrder", 1) == first]

    def with_status(self, *statuses: Status) -> list[ActionRun]:
        return [action for action in self.actions if action.status in statuses]
