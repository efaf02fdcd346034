"""What AWS tells of one execution at one moment; what is made of it is pure, and the same for whoever looks again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from scripts.facts.builds import BuildRun
from scripts.facts.door import Door
from scripts.facts.operations import Operation
from scripts.facts.pipeline import ActionRun, Execution, RuleRun
from sop.calendar.calendar import Calendar
from sop.names import Stage

APPROVAL = "Approval"  # an action's category


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What an execution is held to, from the stack's outputs.

    `alert` is how long it may work, `calendar` is None where the stack is released at any time.
    """

    stack: str
    pipeline: str
    region: str
    cloudformation_stack: str
    stages: tuple[str, ...]
    alert: timedelta
    calendar: Calendar | None


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """One execution.

    Attributes:
        at: when it was looked at, by AWS's clock.
        actions: every attempt at every action, oldest first.
        rules: every attempt at every rule, oldest first.
        doors: the closed ones, by stage.
        inside: which other execution is in a stage, by stage.
        passed: the stages that CodePipeline calls succeeded for this execution; of those that others are in since it
            says nothing.
        operations: those on the CloudFormation stack that began while Deploy was at work, oldest first.
        builds: those of its actions that were asked for, by CodeBuild's id.
        structure: the version of the pipeline's structure now.
        successor: of a superseded one the execution that took its place; None where that cannot be told.
        contains: whether the successor's commit has this one's in it; None where that cannot be told.
    """

    at: datetime
    held_to: Rules
    execution: Execution
    actions: tuple[ActionRun, ...] = ()
    rules: tuple[RuleRun, ...] = ()
    doors: Mapping[str, Door] = field(default_factory=dict[str, Door])
    inside: Mapping[str, str] = field(default_factory=dict[str, str])
    passed: frozenset[str] = frozenset()
    operations: tuple[Operation, ...] = ()
    builds: Mapping[str, BuildRun] = field(default_factory=dict[str, BuildRun])
    structure: int | None = None
    successor: Execution | None = None
    contains: bool | None = None

    @property
    def own_operations(self) -> list[Operation]:
        """Those that this execution's commit was deployed with; one that names none may be."""
        return [one for one in self.operations if one.commit in (None, self.execution.revision)]

    @property
    def left(self) -> list[Operation]:
        """Those of its last time in Deploy."""
        tried = self.attempts(Stage.DEPLOY)
        return [one for one in self.own_operations if tried and one.started >= tried[-1].started]

    @property
    def settled(self) -> bool:
        """Whether nothing more comes: CloudFormation goes on by itself where a build was stopped or timed out.

        CodePipeline's lists need not be of the same moment: one may still have an action at work that another has not.
        """
        at_work = self.execution.status in ("Succeeded", "Failed") and any(not run.over for run in self.actions)
        return self.execution.ended is not None and not at_work and all(one.complete for one in self.own_operations)

    def attempts(self, stage: str) -> list[Attempt]:
        return attempts(self.actions, stage)

    @property
    def stages(self) -> tuple[str, ...]:
        """Those that there should be, and those that somebody has added."""
        return tuple(dict.fromkeys((*self.held_to.stages, *(run.stage for run in self.actions))))

    @property
    def next_stage(self) -> str | None:
        """The first that it has not been at work in, whether a rule keeps it out or not; None after the last.

        A rollback goes through Deploy alone.
        """
        ahead = (Stage.DEPLOY,) if self.execution.is_rollback else self.held_to.stages
        return next((name for name in ahead if not self.attempts(name)), None)

    def is_through(self, attempt: Attempt) -> bool:
        """Whether nothing of the stage is still to come: between two of its actions none is at work."""
        if not attempt.succeeded or attempt.number != len(self.attempts(attempt.stage)):
            return False
        later = self.stages[self.stages.index(attempt.stage) + 1 :]
        begun = {one.stage for one in (*self.actions, *self.rules) if one.started >= attempt.started}
        return attempt.stage in self.passed or self.execution.ended is not None or not begun.isdisjoint(later)


@dataclass(frozen=True)
class Attempt:
    """One time through a stage: its actions' runs, oldest first."""

    stage: str
    number: int
    runs: tuple[ActionRun, ...]

    @property
    def name(self) -> str:
        """`deploy`, `deploy-2`: as it stands in a key of the ledger."""
        return self.stage.lower() if self.number == 1 else f"{self.stage.lower()}-{self.number}"

    @property
    def told(self) -> str:
        """`Deploy`, `Deploy (attempt 2)`."""
        return self.stage if self.number == 1 else f"{self.stage} (attempt {self.number})"

    @property
    def started(self) -> datetime:
        return self.runs[0].started

    @property
    def ended(self) -> datetime | None:
        """None while one of its actions is at work."""
        return None if any(not run.over for run in self.runs) else max(run.updated for run in self.runs)

    @property
    def succeeded(self) -> bool:
        return all(run.status == "Succeeded" for run in self.runs)


def attempts(actions: Iterable[ActionRun], stage: str) -> list[Attempt]:
    """Each time through the stage; a retry begins where an action is there a second time."""
    found: list[list[ActionRun]] = []
    for run in (one for one in actions if one.stage == stage):
        if not found or run.action in {one.action for one in found[-1]}:
            found.append([])
        found[-1].append(run)
    return [Attempt(stage, number, tuple(runs)) for number, runs in enumerate(found, 1)]


def worked(actions: Iterable[ActionRun], until: datetime) -> list[tuple[datetime, datetime]]:
    """The spans in which something was at work, in order and apart; who waits for an approval does not work."""
    spans: list[tuple[datetime, datetime]] = []
    runs = (run for run in actions if run.category != APPROVAL)
    for start, end in sorted((run.started, run.updated if run.over else max(run.started, until)) for run in runs):
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], end))
        else:
            spans.append((start, end))
    return spans


def reached(spans: Iterable[tuple[datetime, datetime]], work: timedelta) -> datetime | None:
    """When that much work was done; None: it was not."""
    for start, end in spans:
        if end - start > work:
            return start + work
        work -= end - start
    return None


def successor(
    superseded: Execution, newer: Iterable[Execution], arrived: Callable[[Execution], datetime | None]
) -> Execution | None:
    """Which execution took its place: the last that came to the same stage until then; None: none is known to have.

    CodePipeline does not say. A newer one that failed before it came there has superseded nobody.

    Args:
        superseded: an execution that ended Superseded.
        newer: those that began later.
        arrived: when an execution was through the stage before.
    """
    if superseded.ended is None:
        return None
    latest = superseded.ended + _CLOSE
    known = [(at, one) for one in newer if not one.is_rollback and (at := arrived(one)) and at <= latest]
    return max(known, key=lambda each: each[0])[1] if known else None


def through(actions: Iterable[ActionRun], stage: str) -> datetime | None:
    """When it was through that stage; None: it was not."""
    done = [one.ended for one in attempts(actions, stage) if one.succeeded]
    return done[-1] if done else None


def last_through(snapshot_actions: Iterable[ActionRun], stages: tuple[str, ...]) -> str | None:
    """The last stage, of all in order, that it was through; None: none."""
    runs = tuple(snapshot_actions)
    passed = [stage for stage in stages if through(runs, stage)]
    return passed[-1] if passed else None


_CLOSE = timedelta(minutes=1)  # within which an arrival and what it supersedes are told
