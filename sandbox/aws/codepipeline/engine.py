"""Every pipeline of the account and what can be done to it. Pure: time, actions and rules are given.

All state is read and changed under `changed`; what happened is told after the lock is free again.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

from sandbox.aws.codepipeline.conditions import Conditions, Rules
from sandbox.aws.codepipeline.model import Execution, Pipeline, Transition, Trigger
from sandbox.aws.codepipeline.progress import Actions, Change, Progress, retry_of, rollback_trigger
from sandbox.aws.codepipeline.runs import ActionRun, ConditionType, Declaration, Mode, Outcome, Phase, StageRun, Status
from sandbox.aws.service import AwsError

_KEEPS = timedelta(days=30)


class Engine:
    """The account's pipelines, moving."""

    def __init__(
        self,
        *,
        now: Callable[[], datetime],
        actions: Actions,
        rules: Rules,
        tell: Callable[[Change], None],
    ) -> None:
        self.pipelines: dict[str, Pipeline] = {}
        self.changed = threading.Condition(threading.RLock())
        self._now = now
        self._tell = tell
        self._telling = threading.RLock()
        self._untold: deque[Change] = deque()
        self._moving = False
        self._depth = 0  # of nested changes
        self._conditions = Conditions(now, rules)
        self._progress = Progress(
            now=now,
            actions=actions,
            conditions=self._conditions,
            report=self._untold.append,
            roll_back=self._roll_back_by_itself,
        )

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Change something, then let everything move that can, then tell what happened."""
        with self.changed:
            self._depth += 1
            try:
                yield
                self._move()
                self.changed.notify_all()
            finally:
                self._depth -= 1
            nested = self._depth > 0
        if not nested:
            self._tell_all()

    def reconsider(self) -> None:
        """Look again at what waits: time has passed, or an alarm has changed."""
        with self.changing():
            pass

    def start(
        self,
        pipeline: Pipeline,
        trigger: Trigger,
        *,
        variables: Mapping[str, str] | None = None,
        source_revisions: Mapping[str, str] | None = None,
    ) -> Execution:
        with self.changing():
            resolved = {**_default_variables(pipeline.declaration), **(variables or {})}
            execution = self._create(pipeline, trigger, resolved)
            execution.source_revisions = dict(source_revisions or {})
            return execution

    def finish(self, action: ActionRun, outcome: Outcome) -> None:
        """An action has ended. One that was abandoned meanwhile, or belongs to no pipeline, is ignored."""
        with self.changing():
            found = self._of(action)
            if found is None or action.status is not Status.IN_PROGRESS:
                return
            execution, run = found
            action.status = Status.SUCCEEDED if outcome.succeeded else Status.FAILED
            action.outcome = outcome
            action.updated = execution.updated = self._now()
            for artifact in outcome.outputs:
                execution.artifacts[artifact.name] = artifact
            namespace = action.declaration.get("namespace")
            if namespace:
                execution.namespaces[namespace] = dict(outcome.variables)
            self._untold.append(Change(execution, action.status.upper(), run, action))

    def stop(self, execution: Execution, reason: str, *, abandon: bool) -> None:
        with self.changing():
            if not execution.active:
                raise AwsError(
                    "PipelineExecutionNotStoppableException", f"The execution is already {execution.status}."
                )
            if execution.status is Status.STOPPING and not abandon:
                raise AwsError("DuplicatedStopRequestException", "The execution is already stopping.")
            execution.status = Status.STOPPING
            execution.stop_reason = reason
            self._untold.append(Change(execution, "STOPPING"))
            if abandon:
                self._abandon_actions(execution)

    def retry(self, execution: Execution, run: StageRun, *, all_actions: bool) -> None:
        """Run a failed stage again, from the entry condition if that is what failed."""
        with self.changing():
            again = retry_of(run, self._now(), all_actions=all_actions)
            again.manual_retries += 1
            again.last_retry = "ManualStageRetry"
            condition = again.conditions.get(ConditionType.BEFORE_ENTRY)
            execution.status, execution.summary = Status.IN_PROGRESS, ""
            self._untold.append(Change(execution, "RESUMED"))
            if condition is not None and condition.status in (Status.FAILED, Status.ABANDONED):
                self._progress.enter(execution, again)
            else:
                execution.runs.append(again)
                self._untold.append(Change(execution, "RESUMED", again))

    def override(self, execution: Execution, run: StageRun, type_: ConditionType) -> None:
        """Let the execution pass a condition that holds it up or has failed."""
        with self.changing():
            condition = run.conditions.get(type_)
            if condition is None or condition.status not in (Status.IN_PROGRESS, Status.FAILED):
                raise AwsError(
                    "ConditionNotOverridableException",
                    f"Stage {run.name} has no {type_} condition that holds this execution up.",
                )
            if run.phase is Phase.OVER:
                if execution is not self.pipelines[execution.pipeline].latest_in(run.name):
                    raise AwsError("NotLatestPipelineExecutionException", "A later execution has been in this stage.")
                execution.status, execution.summary = Status.IN_PROGRESS, ""
                run.status = Status.IN_PROGRESS
                run.phase = Phase.ENTERING if type_ is ConditionType.BEFORE_ENTRY else Phase.SUCCEEDING
                self._untold.append(Change(execution, "RESUMED", run))
            self._conditions.override(condition)

    def roll_back(self, pipeline: Pipeline, stage: str, target: Execution, *, automated: bool) -> Execution:
        """A new execution that takes a former one's artifacts through one stage again."""
        with self.changing():
            execution = self._create(pipeline, rollback_trigger(target.id, automated=automated), target.variables)
            execution.rollback_target = target.id
            execution.artifacts = dict(target.artifacts)
            execution.namespaces = dict(target.namespaces)
            execution.next_stage = pipeline.stage_index(stage) or 0
            return execution

    def set_transition(self, pipeline: Pipeline, stage: str, transition: Transition) -> None:
        """Let executions into a stage, or none. What waited for more than 30 days does not go on by itself.

        https://docs.aws.amazon.com/codepipeline/latest/userguide/transitions.html. Not documented, and so taken as it
        is worse: that disabling it again does not begin the 30 days anew.
        """
        with self.changing():
            since = pipeline.transition(stage).disabled_since
            if transition.enabled and since is not None and self._now() - since > _KEEPS:
                for execution in pipeline.executions:
                    execution.forgotten |= execution.waits_for(stage)
            disabled_since = None if transition.enabled else since or self._now()
            pipeline.transitions[stage] = replace(transition, disabled_since=disabled_since)

    def cancel_all(self, pipeline: Pipeline) -> None:
        """The structure changes: executions on their way end as Cancelled."""
        with self.changing():
            for execution in [found for found in pipeline.executions if found.active]:
                self._abandon_actions(execution)
                if execution.current is not None:
                    for condition in execution.current.conditions.values():
                        if condition.status is Status.IN_PROGRESS:
                            self._conditions.abandon(condition)
                    self._progress.end_stage(execution, execution.current, Status.CANCELLED)
                self._progress.end(execution, Status.CANCELLED, "The pipeline's definition was updated")

    def rollback_candidate(self, pipeline: Pipeline, stage: str, failed: Execution) -> Execution | None:
        """The newest earlier execution of the same structure that succeeded in the stage."""
        return next(
            (
                execution
                for execution in reversed(pipeline.executions)
                if execution is not failed
                and execution.version == pipeline.version
                and not execution.is_rollback
                and (run := execution.latest_run(stage)) is not None
                and run.status is Status.SUCCEEDED
            ),
            None,
        )

    def _create(self, pipeline: Pipeline, trigger: Trigger, variables: Mapping[str, str]) -> Execution:
        now = self._now()
        execution = Execution(
            pipeline=pipeline.name,
            version=pipeline.version,
            stages=pipeline.stages,
            mode=Mode(pipeline.mode),
            number=len(pipeline.executions) + 1,
            trigger=trigger,
            started=now,
            updated=now,
            variables=dict(variables),
        )
        pipeline.executions.append(execution)
        self._untold.append(Change(execution, "STARTED"))
        return execution

    def _roll_back_by_itself(self, pipeline: Pipeline, failed: Execution, stage: str) -> str:
        target = self.rollback_candidate(pipeline, stage, failed)
        if target is None:
            return "No earlier execution of this pipeline version can be rolled back to"
        execution = self.roll_back(pipeline, stage, target, automated=True)
        return f"Rolled back to {target.id} by execution {execution.id}"

    def _abandon_actions(self, execution: Execution) -> None:
        run = execution.current
        for action in run.with_status(Status.IN_PROGRESS) if run else []:
            action.status = Status.ABANDONED
            action.updated = self._now()
            self._untold.append(Change(execution, "ABANDONED", run, action))

    def _of(self, action: ActionRun) -> tuple[Execution, StageRun] | None:
        for pipeline in self.pipelines.values():
            for execution in pipeline.executions:
                if execution.current is not None and action in execution.current.actions:
                    return execution, execution.current
        return None

    def _move(self) -> None:
        if self._moving:  # an action ended while it was being started; the loop below goes on
            return
        self._moving = True
        try:
            while any(
                self._progress.step(pipeline, execution)
                for pipeline in list(self.pipelines.values())
                for execution in list(pipeline.executions)
                if execution.active
            ):
                pass
        finally:
            self._moving = False

    def _tell_all(self) -> None:
        with self._telling:
            while self._untold:
                self._tell(self._untold.popleft())


def _default_variables(declaration: Declaration) -> dict[str, str]:
    return {
        variable["name"]: variable["defaultValue"]
        for variable in declaration.get("variables", [])
        if "defaultValue" in variable
    }
