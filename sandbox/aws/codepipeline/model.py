"""What CodePipeline remembers: pipelines and their executions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from sandbox.aws.codepipeline.runs import ActionRun, Artifact, Declaration, Mode, Phase, StageRun, Status, new_id

PRINCIPAL = "codepipeline.amazonaws.com"


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
    forgotten: bool = False  # it waited before a transition for too long to go on

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
    """Whether executions may enter a stage; one that is disabled again is so since it first was."""

    enabled: bool = True
    reason: str = ""
    changed_by: str = ""
    changed_at: datetime | None = None
    disabled_since: datetime | None = None


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
