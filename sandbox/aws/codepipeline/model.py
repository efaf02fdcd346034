"""What CodePipeline remembers: pipelines, their executions, and each stage, action and rule run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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


@dataclass(frozen=True)
class Trigger:
    type: str
    detail: str


@dataclass
class Execution:
    """One execution: a set of source revisions on its way through the stages."""

    pipeline: str
    version: int
    stages: list[Declaration]
    mode: Mode
    number: int
    trigger: Trigger
    started: datetime
    updated: datetime
    id: str = field(default_factory=new_id)
    status: Status = Status.IN_PROGRESS
    summary: str = ""
    variables: dict[str, str] = field(default_factory=dict)
    source_revisions: dict[str, str] = field(default_factory=dict)  # by action name
    artifacts: dict[str, Artifact] = field(default_factory=dict)
    namespaces: dict[str, dict[str, str]] = field(default_factory=dict)
    runs: list[StageRun] = field(default_factory=list)
    next_stage: int = 0
    rollback_target: str = ""
    stop_reason: str | None = None

    @property
    def current(self) -> StageRun | None:
        """The stage run that is not over."""
        return self.runs[-1] if self.runs and self.runs[-1].phase is not Phase.OVER else None

    @property
    def active(self) -> bool:
        return self.status in (Status.IN_PROGRESS, Status.STOPPING)

    @property
    def is_rollback(self) -> bool:
        return bool(self.rollback_target)

    @property
    def type(self) -> str:
        return "ROLLBACK" if self.is_rollback else "STANDARD"

    def waits_for(self, stage: str) -> bool:
        """It stands before this stage and has not entered."""
        at_the_door = self.active and self.current is None and self.next_stage < len(self.stages)
        return at_the_door and self.stages[self.next_stage]["name"] == stage

    def is_in(self, stage: str) -> bool:
        return self.active and self.current is not None and self.current.name == stage

    def latest_run(self, stage: str) -> StageRun | None:
        return next((run for run in reversed(self.runs) if run.name == stage), None)

    def actions(self) -> Iterator[ActionRun]:
        """Every action run, oldest first; one kept by a retry counts once."""
        seen: set[str] = set()
        for action in (action for run in self.runs for action in run.actions):
            if action.id not in seen:
                seen.add(action.id)
                yield action


@dataclass
class Transition:
    """Whether executions may enter a stage."""

    enabled: bool = True
    reason: str = ""
    changed_by: str = ""
    changed_at: datetime | None = None


@dataclass
class Pipeline:
    """A pipeline, its structure as declared, and everything it has executed."""

    declaration: Declaration
    created: datetime
    updated: datetime
    tags: dict[str, str] = field(default_factory=dict)
    executions: list[Execution] = field(default_factory=list)  # oldest first
    transitions: dict[str, Transition] = field(default_factory=dict)
    earlier_versions: dict[int, Declaration] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)  # client request token -> execution

    @property
    def name(self) -> str:
        return self.declaration["name"]

    @property
    def version(self) -> int:
        return self.declaration["version"]

    @property
    def mode(self) -> Mode:
        return Mode(self.declaration["executionMode"])

    @property
    def stages(self) -> list[Declaration]:
        return self.declaration["stages"]

    def transition(self, stage: str) -> Transition:
        return self.transitions.setdefault(stage, Transition())

    def stage_index(self, stage: str) -> int | None:
        names = [declared["name"] for declared in self.stages]
        return names.index(stage) if stage in names else None

    def execution(self, execution_id: str) -> Execution | None:
        return next((found for found in self.executions if found.id == execution_id), None)

    def latest_in(self, stage: str) -> Execution | None:
        """The execution whose run of this stage began last."""
        ran = [
            (run.started, execution.number, execution)
            for execution in self.executions
            if (run := execution.latest_run(stage)) is not None
        ]
        return max(ran, key=lambda entry: entry[:2])[2] if ran else None
