"""What AWS keeps of an environment's pipeline and stack: read as a whole, told differently, written back."""

from __future__ import annotations

import copy
import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sandbox.aws.cloudwatch.store import Metric
from sandbox.aws.codebuild import telling as codebuild_telling
from sandbox.aws.codepipeline import telling as codepipeline_telling
from sandbox.aws.codepipeline.runs import Status
from sandbox.faults.fault import FaultError
from sop.names import Environment

if TYPE_CHECKING:
    from sandbox.aws.cloudformation.deployment import Deployment
    from sandbox.aws.cloudformation.engine import Engine as StackEngine
    from sandbox.aws.cloudformation.model import Stack, StackEvent
    from sandbox.aws.cloudwatch.store import MetricStore
    from sandbox.aws.codebuild.build import Build
    from sandbox.aws.codepipeline.model import Execution, Pipeline, Transition
    from sandbox.core.account import Account

log = logging.getLogger("sandbox.faults")

Lines = list[tuple[int, str]]  # milliseconds since the epoch, and the line
Sample = tuple[Metric, float, float, str]  # a metric's value at a time (epoch seconds), and its unit

_FACTS = ("status", "reason", "created", "updated", "plan", "output_values", "imports", "tags")
_OF_RESOURCE = ("status", "reason", "updated")


@dataclass
class StackRecord:
    """One stack: its events, what DescribeStacks says of it, and what it says of its resources."""

    stack: Stack
    deployment: Deployment | None  # the newest when this was read
    events: list[StackEvent]
    facts: dict[str, Any]
    resources: dict[str, dict[str, Any]]
    carried_out: str | None  # the execution status of its change set

    @classmethod
    def read(cls, stack: Stack) -> StackRecord:
        change_set = _change_set(stack)
        return cls(
            stack=stack,
            deployment=stack.deployment,
            events=list(stack.events),
            facts={name: copy.copy(getattr(stack, name)) for name in _FACTS},
            resources={
                name: {key: getattr(record, key) for key in _OF_RESOURCE} for name, record in stack.resources.items()
            },
            carried_out=change_set.execution_status if change_set else None,
        )

    def copied(self) -> StackRecord:
        resources = {name: dict(facts) for name, facts in self.resources.items()}
        return replace(self, events=list(self.events), facts=dict(self.facts), resources=resources)

    def write(self, instead_of: StackRecord) -> None:
        """Into the stack; of one that was deployed again since, only the history is changed."""
        stack = self.stack
        stack.events[: len(instead_of.events)] = self.events
        if stack.deployment is not self.deployment or stack.deleted is not None:
            return
        for name, value in self.facts.items():
            setattr(stack, name, copy.copy(value))
        for name, facts in self.resources.items():
            for key, value in facts.items():
                setattr(stack.resources[name], key, value)
        change_set = _change_set(stack)
        if change_set is not None and self.carried_out is not None:
            change_set.execution_status = self.carried_out


@dataclass
class Record:
    """All of one environment. Executions are oldest first; builds and their log lines are by the build's id."""

    pipeline: Pipeline
    created: datetime  # the pipeline
    updated: datetime
    executions: list[Execution]
    transitions: dict[str, Transition]
    builds: dict[str, Build]
    lines: dict[str, Lines]
    stacks: dict[str, StackRecord] = field(default_factory=dict[str, StackRecord])  # by id, the root first

    @property
    def newest(self) -> Execution:
        return self.executions[-1]

    @property
    def root(self) -> StackRecord:
        """Raises FaultError where nothing has been deployed."""
        root = next(iter(self.stacks.values()), None)
        if root is None or root.stack.deleted is not None:
            raise FaultError(f"{self.pipeline.name} has deployed no stack yet; `sandbox push` deploys")
        return root

    def copied(self) -> Record:
        return Record(
            self.pipeline,
            self.created,
            self.updated,
            copy.deepcopy(self.executions),
            dict(self.transitions),
            {name: copied_build(build) for name, build in self.builds.items()},
            {name: list(lines) for name, lines in self.lines.items()},
            {name: stack.copied() for name, stack in self.stacks.items()},
        )

    def samples(self) -> Counter[Sample]:
        """What CodePipeline and CodeBuild measure of it."""
        found: Counter[Sample] = Counter()
        for build in self.builds.values():
            dimensions = {"ProjectName": build.project["name"]}
            if build.ended is not None:
                measured = codebuild_telling.measured(build)
                found.update(_samples(codebuild_telling.NAMESPACE, dimensions, measured, build.ended.timestamp()))
        for execution in self.executions:
            dimensions = {"PipelineName": execution.pipeline}
            retried = [run for run in execution.runs[:-1] if run.status is Status.FAILED]  # each was the end at first
            ends = [(execution.updated, execution.status), *((run.updated, run.status) for run in retried)]
            for end, status in ends:
                measured = codepipeline_telling.measured(replace(execution, updated=end), status)
                found.update(_samples(codepipeline_telling.NAMESPACE, dimensions, measured, end.timestamp()))
        return found


def read(account: Account, environment: Environment) -> Record:
    """What there is now. Raises FaultError while the pipeline runs, and where it never has."""
    names = account.configured.of(environment).names
    engine = account.service("codepipeline").engine
    with engine.changed:
        pipeline: Pipeline | None = engine.pipelines.get(names.pipeline)
        if pipeline is None or not pipeline.executions:
            raise FaultError(f"{names.pipeline} has never run; `pulumi up` makes it, and `sandbox push` starts it")
        if any(execution.active for execution in pipeline.executions):
            raise FaultError(f"{names.pipeline} is running, or waits; wait until it has ended")
        executions = copy.deepcopy(pipeline.executions)
    builds: dict[str, Build] = {}
    for action in (action for execution in executions for action in execution.actions()):
        build = account.service("codebuild").builds.get(action.external_id)
        if build is not None:
            build.done.wait()  # its action has ended; this is a moment at most
            builds[build.id] = copied_build(build)
    logs = account.service("logs")
    lines = {build.id: logs.lines(build.log_group, build.log_stream) for build in builds.values() if build.log_group}
    stacks = _stacks(account, names.cloudformation_stack)
    transitions = dict(pipeline.transitions)
    return Record(pipeline, pipeline.created, pipeline.updated, executions, transitions, builds, lines, stacks)


def write(account: Account, told: Record, instead_of: dict[str, Record]) -> list[str]:
    """Let AWS tell a record.

    `instead_of` has, by the parts, the one that each tells now, and is brought up to date. A part that cannot be
    written is named in what is returned; the others are written nonetheless.
    """
    problems: list[str] = []
    for part, write_part in PARTS.items():
        try:
            write_part(account, told, instead_of[part])
        except Exception as error:
            log.exception("the %s were not told anew", part)
            problems.append(f"{part}: {error!r}")
        else:
            instead_of[part] = told
    return problems


def _write_builds(account: Account, told: Record, instead_of: Record) -> None:
    account.service("codebuild").builds.tell_anew(instead_of.builds, told.builds.values())


def _write_lines(account: Account, told: Record, instead_of: Record) -> None:
    logs = account.service("logs")
    for build in {**instead_of.builds, **told.builds}.values():
        lines = told.lines.get(build.id, [])
        if lines != instead_of.lines.get(build.id, []):
            logs.tell_anew(build.log_group, build.log_stream, lines)


def _write_stacks(account: Account, told: Record, instead_of: Record) -> None:
    with account.service("cloudformation").engine.lock:
        for stack_id, stack in told.stacks.items():
            stack.write(instead_of.stacks[stack_id])


def _stacks(account: Account, name: str) -> dict[str, StackRecord]:
    engine: StackEngine = account.service("cloudformation").engine
    stacks = list(_with_nested(engine, engine.find(name)))
    if any(stack.in_progress for stack in stacks):
        raise FaultError(f"CloudFormation is at work on {name}; wait until it has ended")
    return {stack.stack_id: StackRecord.read(stack) for stack in stacks}


def copied_build(build: Build) -> Build:
    return replace(build, phases=[copy.copy(phase) for phase in build.phases], tail=copy.copy(build.tail))


def _write_executions(account: Account, told: Record, instead_of: Record) -> None:
    with account.service("codepipeline").engine.changed:
        _replace_executions(told, instead_of)


def _replace_executions(told: Record, instead_of: Record) -> None:
    """In place of the old ones; what has run since stays where it is."""
    pipeline = told.pipeline
    known = {execution.id for execution in instead_of.executions}
    since = [execution for execution in pipeline.executions if execution.id not in known]
    pipeline.executions[:] = [*told.executions, *since]
    if pipeline.created == instead_of.created:
        pipeline.created = told.created
    if pipeline.updated == instead_of.updated:
        pipeline.updated = told.updated
    for stage in {*told.transitions, *instead_of.transitions}:
        if told.transitions.get(stage) == instead_of.transitions.get(stage):
            continue
        pipeline.transitions.pop(stage, None)
        if stage in told.transitions:
            pipeline.transitions[stage] = told.transitions[stage]


def _write_samples(account: Account, told: Record, instead_of: Record) -> None:
    store: MetricStore = account.service("cloudwatch").store
    now, before = told.samples(), instead_of.samples()
    for metric, value, at, unit in (before - now).elements():
        store.take_back(metric, value, at, unit)
    for metric, value, at, unit in (now - before).elements():
        store.record(metric, value, at, unit)


def _samples(
    namespace: str, dimensions: Mapping[str, str], measured: Mapping[str, tuple[float, str]], at: float
) -> Iterator[Sample]:
    for name, (value, unit) in measured.items():
        yield Metric.of(namespace, name, dimensions), value, at, unit


def _with_nested(engine: StackEngine, stack: Stack | None) -> Iterator[Stack]:
    if stack is None:
        return
    yield stack
    for record in list(stack.resources.values()):
        if record.type == "AWS::CloudFormation::Stack":
            yield from _with_nested(engine, engine.find(record.physical_id))


def _change_set(stack: Stack) -> Any:
    """The change set that was carried out last."""
    return stack.past_change_sets.get(stack.change_set_id or "")


# What the record is kept as; each part is told by a service of its own.
PARTS: Mapping[str, Callable[[Account, Record, Record], None]] = {
    "executions": _write_executions,
    "builds": _write_builds,
    "log lines": _write_lines,
    "stacks": _write_stacks,
    "metrics": _write_samples,
}
