"""Follows a pipeline's execution or a pull request's checks, in lines for a person."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sandbox.aws.codepipeline.model import Execution
from sandbox.aws.codepipeline.rules import window_of
from sandbox.aws.codepipeline.runs import ActionRun, ConditionType, Phase, StageRun, Status
from sandbox.commands.exit_codes import PIPELINE_FAILED

if TYPE_CHECKING:
    from sandbox.aws.codebuild.service import CodeBuild
    from sandbox.aws.codepipeline.service import CodePipeline
    from sandbox.control import Lines
    from sandbox.world import World

_LOOK_SECONDS = 1.0
_LOCAL = "%a %d %b %Y %H:%M %Z"


@dataclass(frozen=True)
class Standing:
    """Where an execution stands: finished, held up (with what to do), or moving."""

    over: bool = False
    held_up: tuple[str, ...] = ()


class Follower:
    """Tells each stage of one execution once."""

    def __init__(self, world: World, execution: Execution) -> None:
        self._world = world
        self._execution = execution
        self._engine = codepipeline_of(world).engine
        self._told: set[tuple[str, int, str]] = set()

    def lines(self) -> Lines:
        """Until the execution is over, or waits for something that a person or the clock must give, and how."""
        while True:
            with self._engine.changed:
                news = list(self._news())
                standing = self._standing()
                if not news and not standing.over and not standing.held_up:
                    self._engine.changed.wait(_LOOK_SECONDS)
            yield from news
            if standing.held_up:
                yield from standing.held_up
                return 0
            if standing.over:
                yield from self._ending()
                return 0 if self._execution.status is Status.SUCCEEDED else PIPELINE_FAILED

    def until_it_rests(self) -> Iterator[str]:
        """While its actions are at work; what it waits for then is not told."""
        while True:
            with self._engine.changed:
                news = list(self._news())
                working = is_at_work(self._execution)
                if working and not news:
                    self._engine.changed.wait(_LOOK_SECONDS)
            yield from news
            if not working:
                yield from () if self._execution.active else self._ending()
                return

    def where_it_waits(self) -> list[str]:
        """What holds it up, if something does, after what has happened until then."""
        with self._engine.changed:
            standing = self._standing()
            return [*self._news(), standing.held_up[0]] if standing.held_up else []

    def skip_what_is_past(self) -> None:
        """Tell only what happens from now on."""
        with self._engine.changed:
            list(self._news())

    def _news(self) -> Iterator[str]:
        for number, run in enumerate(self._execution.runs):
            key = (run.name, number, run.status)
            if key in self._told or (run.status is Status.IN_PROGRESS and run.phase is Phase.ENTERING):
                continue
            self._told.add(key)
            if run.status is Status.IN_PROGRESS:
                yield f"  {run.name:<8} in progress"
            else:
                began = run.actions[0].started if run.actions else run.started  # without the wait at its entry
                yield f"  {run.name:<8} {run.status} after {(run.updated - began).total_seconds():.0f} s"
        yield from self._queueing()

    def _queueing(self) -> Iterator[str]:
        """Behind which execution this one waits, if it does."""
        pipeline = self._engine.pipelines.get(self._execution.pipeline)
        if pipeline is None:
            return
        for name in (stage["name"] for stage in pipeline.stages if self._execution.waits_for(stage["name"])):
            ahead = [other for other in pipeline.executions if other.is_in(name)]
            key = (name, len(self._execution.runs), "behind")
            if ahead and key not in self._told:
                self._told.add(key)
                yield f"  {name:<8} waits for execution {ahead[0].id}, which is in it"

    def _standing(self) -> Standing:
        execution = self._execution
        if not execution.active:
            return Standing(over=True)
        run = execution.current
        if run is None:
            return self._before_a_stage()
        condition = run.conditions.get(ConditionType.BEFORE_ENTRY)
        if run.phase is Phase.ENTERING and condition is not None and condition.status is Status.IN_PROGRESS:
            return Standing(held_up=tuple(self._how_to_go_on(run)))
        waiting = [action for action in run.with_status(Status.IN_PROGRESS) if action.token]
        if waiting and len(waiting) == len(run.with_status(Status.IN_PROGRESS)):
            return Standing(held_up=(self._how_to_approve(run, waiting[0]),))
        return Standing()

    def _before_a_stage(self) -> Standing:
        pipeline = self._engine.pipelines.get(self._execution.pipeline)
        if pipeline is None or self._execution.next_stage >= len(self._execution.stages):
            return Standing()
        stage = self._execution.stages[self._execution.next_stage]["name"]
        transition = pipeline.transition(stage)
        if transition.enabled:
            return Standing()
        return Standing(held_up=(f"  {stage:<8} waits: its inbound transition is disabled ({transition.reason})",))

    def _how_to_go_on(self, run: StageRun) -> Iterator[str]:
        condition = run.conditions[ConditionType.BEFORE_ENTRY]
        opening = self._opening(run)
        if opening is None:
            yield f"  {run.name:<8} waits at its entry condition: {condition.summary}"
        else:
            yield f"  {run.name:<8} waits for the release window, which opens {opening.strftime(_LOCAL)}"
            yield "To go on: wait until then, or let the time pass:"
            yield f"  sandbox clock {opening.strftime('%Y-%m-%dT%H:%M')}"
        yield "In an emergency (SOP 8), let it through:"
        yield (
            "  sandbox exec -- aws codepipeline override-stage-condition"
            f" --pipeline-name {self._execution.pipeline} --stage-name {run.name}"
            f" --pipeline-execution-id {self._execution.id} --condition-type BEFORE_ENTRY"
            f" --region {self._world.region}"
        )

    def _opening(self, run: StageRun) -> datetime | None:
        """When the release window that this stage waits for opens, in the window's zone."""
        for rule in run.conditions[ConditionType.BEFORE_ENTRY].rules:
            if rule.declaration["ruleTypeId"]["provider"] == "DeploymentWindow":
                window = window_of(rule.declaration["configuration"])
                opening = window.next_opening(self._world.clock.now())
                return opening.astimezone(window.zone) if opening else None
        return None

    def _how_to_approve(self, run: StageRun, action: ActionRun) -> str:
        return (
            f"  {run.name:<8} waits for approval: sandbox exec -- aws codepipeline put-approval-result"
            f" --pipeline-name {self._execution.pipeline} --stage-name {run.name} --action-name {action.name}"
            f" --token {action.token} --result summary=,status=Approved --region {self._world.region}"
        )

    def _ending(self) -> Iterator[str]:
        execution = self._execution
        seconds = (execution.updated - execution.started).total_seconds()
        yield f"{execution.pipeline}: {execution.status} after {seconds:.0f} s"
        if execution.status is Status.SUCCEEDED:
            return
        if execution.summary:
            yield f"  {execution.summary}"
        failed = [action for action in execution.actions() if action.status is Status.FAILED]
        for action in failed:
            if action.outcome is not None:
                yield f"  {action.outcome.error_code}: {action.outcome.error_message}"
            yield from build_tail(self._world, action.external_id)


def build_tail(world: World, build_id: str) -> Iterator[str]:
    """The last lines that a build has written."""
    codebuild: CodeBuild = world.service("codebuild")
    build = codebuild.builds.get(build_id)
    for line in build.tail if build is not None else ():
        yield f"    | {line}"


def codepipeline_of(world: World) -> CodePipeline:
    return world.service("codepipeline")


def is_at_work(execution: Execution) -> bool:
    """Whether an action runs; an approval waits for a person."""
    run = execution.current
    return execution.active and run is not None and any(not each.token for each in run.with_status(Status.IN_PROGRESS))
