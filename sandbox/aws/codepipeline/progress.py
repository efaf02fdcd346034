"""How an execution moves: one step at a time, under the engine's lock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sandbox.aws.codepipeline.conditions import Conditions
from sandbox.aws.codepipeline.model import Execution, Pipeline, Trigger
from sandbox.aws.codepipeline.runs import ActionRun, ConditionType, Mode, Phase, StageRun, Status


class Actions(Protocol):
    """Carries out actions. Neither call may block: an action reports its end to the engine."""

    def prepare(self, pipeline: Pipeline, execution: Execution, action: ActionRun) -> None: ...

    def start(self, pipeline: Pipeline, execution: Execution, action: ActionRun) -> None: ...


@dataclass(frozen=True)
class Change:
    """A state change as EventBridge reports it: of the execution, of a stage or of an action."""

    execution: Execution
    state: str
    stage: StageRun | None = None
    action: ActionRun | None = None


class Progress:
    """The rules by which CodePipeline moves executions from stage to stage."""

    def __init__(
        self,
        *,
        now: Callable[[], datetime],
        actions: Actions,
        conditions: Conditions,
        report: Callable[[Change], None],
        roll_back: Callable[[Pipeline, Execution, str], str],
    ) -> None:
        self._now = now
        self._actions = actions
        self._conditions = conditions
        self._report = report
        self._roll_back = roll_back

    def step(self, pipeline: Pipeline, execution: Execution) -> bool:
        """Move this execution if it can move; whether it did."""
        run = execution.current
        if run is None:
            return self._before_a_stage(pipeline, execution)
        steps = {
            Phase.ENTERING: self._entering,
            Phase.RUNNING: self._running,
            Phase.SUCCEEDING: self._succeeding,
            Phase.FAILING: self._failing,
        }
        return steps[run.phase](pipeline, execution, run)

    def end(self, execution: Execution, status: Status, summary: str = "") -> None:
        execution.status = status
        execution.summary = summary
        execution.updated = self._now()
        self._report(Change(execution, status.upper() if status is not Status.CANCELLED else "CANCELED"))

    def end_stage(self, execution: Execution, run: StageRun, status: Status) -> None:
        run.phase = Phase.OVER
        run.status = status
        run.updated = execution.updated = self._now()
        self._report(Change(execution, "CANCELED" if status is Status.CANCELLED else status.upper(), run))

    def _before_a_stage(self, pipeline: Pipeline, execution: Execution) -> bool:
        if execution.status is Status.STOPPING:
            self.end(execution, Status.STOPPED, execution.stop_reason or "")
            return True
        if execution.next_stage >= len(execution.stages) or (execution.is_rollback and execution.runs):
            self.end(execution, Status.SUCCEEDED)
            return True
        stage = execution.stages[execution.next_stage]
        if self._overtaken(pipeline, execution, stage["name"]):
            self.end(execution, Status.SUPERSEDED)
            return True
        closed = execution.forgotten or not pipeline.transition(stage["name"]).enabled
        if closed or self._occupied(pipeline, execution, stage["name"]):
            return False
        self.enter(execution, StageRun(stage, self._now(), self._now()))
        return True

    def enter(self, execution: Execution, run: StageRun) -> None:
        """Begin a stage's run, at its entry condition if it has one."""
        execution.runs.append(run)
        execution.updated = self._now()
        condition = self._conditions.begin(run.declaration, ConditionType.BEFORE_ENTRY)
        if condition is not None:
            run.conditions[condition.type] = condition
            run.phase = Phase.ENTERING
        self._report(Change(execution, "STARTED", run))

    def _overtaken(self, pipeline: Pipeline, execution: Execution, stage: str) -> bool:
        """In SUPERSEDED mode, a newer execution that arrives before a stage replaces the one that waits."""
        return (
            execution.mode is Mode.SUPERSEDED
            and not execution.is_rollback
            and any(
                newer.number > execution.number
                and not newer.is_rollback
                and (newer.waits_for(stage) or (newer.is_in(stage) and _is_entering(newer)))
                for newer in pipeline.executions
            )
        )

    def _occupied(self, pipeline: Pipeline, execution: Execution, stage: str) -> bool:
        """A stage runs one execution at a time, in the order they came; PARALLEL has no order."""
        if execution.mode is Mode.PARALLEL:
            return False
        if execution.mode is Mode.QUEUED and any(
            older.number < execution.number and older.active and older.waits_for(stage) for older in pipeline.executions
        ):
            return True
        return any(other is not execution and other.is_in(stage) for other in pipeline.executions)

    def _entering(self, pipeline: Pipeline, execution: Execution, run: StageRun) -> bool:
        condition = run.conditions[ConditionType.BEFORE_ENTRY]
        if execution.status is Status.STOPPING:
            self._conditions.abandon(condition)
            self._stopped(execution, run)
            return True
        if self._overtaken(pipeline, execution, run.name):
            self._conditions.abandon(condition)
            self.end_stage(execution, run, Status.CANCELLED)
            self.end(execution, Status.SUPERSEDED)
            return True
        self._conditions.evaluate(condition)
        if condition.status is Status.IN_PROGRESS:
            return False
        if condition.status is not Status.FAILED:
            run.phase = Phase.RUNNING
        elif condition.result == "SKIP":
            self._pass(execution, run, Status.SKIPPED)
        else:
            self.end_stage(execution, run, Status.FAILED)
            self.end(execution, Status.FAILED, f"The entry condition of stage {run.name} failed: {condition.summary}")
        return True

    def _running(self, pipeline: Pipeline, execution: Execution, run: StageRun) -> bool:
        if run.with_status(Status.IN_PROGRESS):
            return False
        if execution.status is Status.STOPPING:
            self._stopped(execution, run)
            return True
        if run.with_status(Status.FAILED, Status.ABANDONED):
            condition = self._conditions.begin(run.declaration, ConditionType.ON_FAILURE)
            if condition is not None:
                run.conditions[condition.type] = condition
            run.phase = Phase.FAILING
            return True
        pending = run.pending_actions()
        for declaration in pending:
            self._start(pipeline, execution, run, ActionRun(declaration, run.name, self._now()))
        if pending:
            return True
        condition = self._conditions.begin(run.declaration, ConditionType.ON_SUCCESS)
        if condition is None:
            self._pass(execution, run, Status.SUCCEEDED)
        else:
            run.conditions[condition.type] = condition
            run.phase = Phase.SUCCEEDING
        return True

    def _start(self, pipeline: Pipeline, execution: Execution, run: StageRun, action: ActionRun) -> None:
        run.actions.append(action)
        execution.updated = self._now()
        self._actions.prepare(pipeline, execution, action)
        self._report(Change(execution, "STARTED", run, action))
        self._actions.start(pipeline, execution, action)

    def _succeeding(self, pipeline: Pipeline, execution: Execution, run: StageRun) -> bool:
        condition = run.conditions[ConditionType.ON_SUCCESS]
        if execution.status is Status.STOPPING:
            self._conditions.abandon(condition)
            self._stopped(execution, run)
            return True
        self._conditions.evaluate(condition)
        if condition.status is Status.IN_PROGRESS:
            return False
        if condition.status is not Status.FAILED:
            self._pass(execution, run, Status.SUCCEEDED)
            return True
        summary = f"The success condition of stage {run.name} failed: {condition.summary}"
        self._fail(pipeline, execution, run, summary, roll_back=condition.result == "ROLLBACK")
        return True

    def _failing(self, pipeline: Pipeline, execution: Execution, run: StageRun) -> bool:
        condition = run.conditions.get(ConditionType.ON_FAILURE)
        if condition is not None:
            self._conditions.evaluate(condition)
            if condition.status is Status.IN_PROGRESS:
                return False
        declared = run.declaration.get("onFailure", {})
        if declared.get("result") == "RETRY" and not run.automatic_retries:
            self._retry_by_itself(execution, run, declared)
            return True
        if condition is not None:
            roll_back = condition.status is Status.FAILED and condition.result == "ROLLBACK"
        else:
            roll_back = declared.get("result") == "ROLLBACK"
        failed = ", ".join(action.name for action in run.with_status(Status.FAILED, Status.ABANDONED))
        self._fail(pipeline, execution, run, f"Failed in stage {run.name}: {failed}", roll_back=roll_back)
        return True

    def _retry_by_itself(self, execution: Execution, run: StageRun, declared: dict[str, dict[str, str]]) -> None:
        mode = declared.get("retryConfiguration", {}).get("retryMode", "FAILED_ACTIONS")
        self.end_stage(execution, run, Status.FAILED)
        again = retry_of(run, self._now(), all_actions=mode == "ALL_ACTIONS")
        again.automatic_retries += 1
        again.last_retry = "AutomatedStageRetry"
        execution.runs.append(again)
        self._report(Change(execution, "RESUMED", again))

    def _fail(self, pipeline: Pipeline, execution: Execution, run: StageRun, summary: str, *, roll_back: bool) -> None:
        self.end_stage(execution, run, Status.FAILED)
        if roll_back and not execution.is_rollback:
            summary = f"{summary}. {self._roll_back(pipeline, execution, run.name)}"
        self.end(execution, Status.FAILED, summary)

    def _pass(self, execution: Execution, run: StageRun, status: Status) -> None:
        execution.next_stage += 1
        self.end_stage(execution, run, status)

    def _stopped(self, execution: Execution, run: StageRun) -> None:
        self.end_stage(execution, run, Status.STOPPED)
        self.end(execution, Status.STOPPED, execution.stop_reason or "")


def retry_of(run: StageRun, now: datetime, *, all_actions: bool) -> StageRun:
    """The same stage once more; what succeeded is kept unless all actions are to run again."""
    return StageRun(
        run.declaration,
        now,
        now,
        actions=[] if all_actions else run.with_status(Status.SUCCEEDED),
        conditions={
            type_: condition for type_, condition in run.conditions.items() if type_ is ConditionType.BEFORE_ENTRY
        },
        automatic_retries=run.automatic_retries,
        manual_retries=run.manual_retries,
    )


def rollback_trigger(execution_id: str, *, automated: bool) -> Trigger:
    return Trigger("AutomatedRollback" if automated else "ManualRollback", execution_id)


def _is_entering(execution: Execution) -> bool:
    return execution.current is not None and execution.current.phase is Phase.ENTERING
