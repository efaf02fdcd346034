"""Faults of the newest execution: it failed, was stopped, was superseded, or took too long."""

from __future__ import annotations

import copy
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

from sandbox.aws.codebuild.build import FAILED, SUCCEEDED, Build, PhaseRun
from sandbox.aws.codepipeline.build_action import reason_of
from sandbox.aws.codepipeline.model import Execution, Transition, Trigger
from sandbox.aws.codepipeline.runs import (
    ActionRun,
    ConditionRun,
    ConditionType,
    Outcome,
    Phase,
    StageRun,
    Status,
    new_id,
)
from sandbox.faults.fault import Fault, FaultError
from sandbox.faults.past import begin_earlier, move_builds, move_older, moved
from sandbox.faults.record import Lines, Record, copied_build
from sandbox.faults.story import tells
from sop.names import Environment, Stage
from sop.thresholds import Thresholds

if TYPE_CHECKING:
    from sandbox.core.account import Account

STOP_REASON = "The release was called off"
_COMMANDS = "BUILD"  # the phase in which the sample's buildspecs have their commands
_NO_LONGER_TOLD = 2  # lines: the last event of the stack, and that it is complete


def succeeded(record: Record) -> Execution:
    """The newest execution. Raises FaultError unless it succeeded."""
    execution = record.newest
    if execution.status is not Status.SUCCEEDED or execution.is_rollback:
        what = "a rollback" if execution.is_rollback else str(execution.status)
        raise FaultError(
            f"the newest execution of {execution.pipeline} is {what}, there is nothing to break; "
            "`sandbox heal`, or `sandbox push` for one that succeeds"
        )
    return execution


def run_of(execution: Execution, stage: Stage) -> StageRun:
    run = execution.latest_run(stage)
    if run is None:
        raise FaultError(f"execution {execution.id} has not been in stage {stage}")
    return run


def build_of(record: Record, run: StageRun) -> tuple[ActionRun, Build]:
    """A stage's newest build, and the action that started it. Raises FaultError where there is none."""
    for action in reversed(run.actions):
        build = record.builds.get(action.external_id)
        if build is not None:
            return action, build
    raise FaultError(f"stage {run.name} has run no build")


def fail_deploy(record: Record, *, told: int, said: list[str]) -> None:
    """Deploy failed in the newest execution, and so did that."""
    execution = succeeded(record)
    end_failed(execution, fail(record, run_of(execution, Stage.DEPLOY), told=told, said=said))


def end_failed(execution: Execution, run: StageRun) -> None:
    """An execution ended with its last run, which failed."""
    execution.status = Status.FAILED
    execution.summary = f"Failed in stage {run.name}: {run.actions[-1].name}"
    execution.next_stage = [declared["name"] for declared in execution.stages].index(run.name)


def fail(record: Record, run: StageRun, *, told: int, said: list[str]) -> StageRun:
    """A stage's build failed in its commands: `told` lines of them stay in the log, then comes what they `said`."""
    action, build = build_of(record, run)
    lines = record.lines.get(build.id, [])
    command = _command(lines)
    message = f"Error while executing command: {command}. Reason: exit status 1"
    build.status, build.exported_variables, build.artifact, build.artifact_location = FAILED, {}, b"", ""
    build.phases = [phase for phase in build.phases if phase.type != "UPLOAD_ARTIFACTS"]
    phase = _phase(build, _COMMANDS)
    phase.status, phase.code, phase.message = FAILED, "COMMAND_EXECUTION_ERROR", message
    record.lines[build.id] = _failed_lines(lines, told, said, command, phase)
    build.tail.extend(said)
    action.status = run.status = Status.FAILED
    action.outcome = Outcome(False, error_code="JobFailed", error_message=reason_of(build))
    return run


def _failed_stage(account: Account, record: Record) -> None:
    """Deploy failed although its stack was updated: the build lost sight of CloudFormation, which went on."""
    _, build = build_of(record, run_of(succeeded(record), Stage.DEPLOY))
    said = [
        f'Could not connect to the endpoint URL: "https://cloudformation.{account.region}.amazonaws.com/"',
        f"deploy: cannot read the events of {_stack_name(build)}",
    ]
    fail_deploy(record, told=-_NO_LONGER_TOLD, said=said)


def slower_by(limits: Thresholds) -> timedelta:
    """20 minutes, or more where so much is allowed."""
    return timedelta(minutes=max(20, limits.pipeline_alert_minutes + 5))


def _slow_pipeline(account: Account, record: Record) -> None:
    """The installation in Build's build took so long: all before it, older executions too, was so much earlier."""
    stacks = map(account.configured.of, Environment)
    span = slower_by(next(stack.limits for stack in stacks if stack.names.pipeline == record.pipeline.name))
    execution = record.newest
    _, build = build_of(record, run_of(execution, Stage.BUILD))
    install = _phase(build, "INSTALL")
    deployed = run_of(execution, Stage.DEPLOY).started
    move_older(record, execution, span, deployed)
    begin_earlier(record, build, install, span)
    record.executions[-1] = moved(execution, span, install.started)


def _stopped_execution(_account: Account, record: Record) -> None:
    """Somebody stopped and abandoned it during Deploy; its build went on without it, to the end."""
    _stop(record, succeeded(record))


def _superseded_execution(account: Account, record: Record) -> None:
    """A newer execution took the place of the one that would have released, at the door of Deploy.

    By CodePipeline's rules the newest execution is never Superseded: the one that supersedes it is newer. So the
    execution that was the newest arrives at Deploy earlier and waits there; one that somebody starts by hand, of
    the same revision, arrives and takes its place, carries out the deployment that really was, and is stopped and
    abandoned in it. Seen by its id the one is Superseded; the newest is Stopped. Neither is a release.
    """
    execution = succeeded(record)
    deploy = run_of(execution, Stage.DEPLOY)
    door = deploy.started
    earlier = door - execution.started
    newer = started_again(account, record, execution)
    move_older(record, execution, earlier, door)
    execution.runs.remove(deploy)
    move_builds(record, execution, earlier)
    superseded = record.executions[-1] = moved(execution, earlier)
    superseded.status, superseded.updated, superseded.next_stage = Status.SUPERSEDED, door, superseded.next_stage - 1
    condition = deploy.conditions.get(ConditionType.BEFORE_ENTRY)
    if condition is not None:
        superseded.runs.append(_waited(deploy, condition, earlier))
    else:
        by = account.service("codepipeline").caller_arn
        record.transitions[deploy.name] = Transition(True, "", by, door)  # it had been disabled until then
    record.executions.append(newer)
    _stop(record, newer)


def _stop(record: Record, execution: Execution) -> None:
    run = run_of(execution, Stage.DEPLOY)
    action, _ = build_of(record, run)
    action.status, action.outcome = Status.ABANDONED, None
    run.status = execution.status = Status.STOPPED
    execution.summary = execution.stop_reason = STOP_REASON
    execution.next_stage -= 1


def started_again(account: Account, record: Record, execution: Execution) -> Execution:
    """The same execution once more under an id of its own, started by hand; Source and the first build ran anew."""
    newer = copy.deepcopy(execution)
    newer.id, newer.number = new_id(), execution.number + 1
    newer.trigger = Trigger("StartPipelineExecution", account.service("codepipeline").caller_arn)
    newer.source_revisions = {}
    for run in newer.runs:
        if run.name != Stage.DEPLOY:
            run_anew(record, run)
    return newer


def run_anew(record: Record, run: StageRun) -> None:
    """A copied run's actions under ids of their own, with builds of their own."""
    for action in run.actions:
        action.id = new_id()
        build = record.builds.get(action.external_id)
        if build is not None:
            again = copied_build(build)
            again.id, again.number = f"{build.project['name']}:{uuid4()}", build.number + 1
            record.builds[again.id] = again
            record.lines[again.id] = list(record.lines.get(build.id, []))
            action.external_id, action.external_url = again.id, again.console_url


def _waited(deploy: StageRun, condition: ConditionRun, earlier: timedelta) -> StageRun:
    """A wait before Deploy for its entry condition, until another execution took the place."""
    arrived, left = deploy.started - earlier, deploy.started
    rules = [
        replace(rule, id=new_id(), status=Status.ABANDONED, started=arrived, updated=left, summary="", error_code="")
        for rule in condition.rules
    ]
    waited = replace(
        condition, rules=rules, updated=left, status=Status.ABANDONED, summary="The execution went no further"
    )
    return StageRun(
        deploy.declaration,
        arrived,
        left,
        phase=Phase.OVER,
        status=Status.CANCELLED,
        conditions={ConditionType.BEFORE_ENTRY: waited},
    )


def _phase(build: Build, type_: str) -> PhaseRun:
    found = next((phase for phase in build.phases if phase.type == type_), None)
    if found is None or found.status != SUCCEEDED:
        raise FaultError(f"build {build.id} has no phase {type_} that succeeded")
    return found


def _stack_name(build: Build) -> str:
    declared = build.project["environment"].get("environmentVariables", [])
    return next((each["value"] for each in declared if each["name"] == "STACK_NAME"), "the stack")


def _command(lines: Lines) -> str:
    run = [line.partition("Running command ")[2] for _, line in lines if "Running command " in line]
    return run[-1] if run else "the build's command"


def _failed_lines(lines: Lines, told: int, said: list[str], command: str, phase: PhaseRun) -> Lines:
    texts = [line for _, line in lines]
    begin = next((place + 1 for place, text in enumerate(texts) if text.endswith(f"Running command {command}")), None)
    end = next((place for place, text in enumerate(texts) if f"Phase complete: {_COMMANDS}" in text), None)
    if begin is None or end is None:
        return lines
    at = lines[end][0]
    stamp = texts[end].partition("Phase complete")[0]
    failed = [
        *said,
        f"{stamp}Command did not exit successfully {command} exit status 1",
        f"{stamp}Phase complete: {_COMMANDS} State: FAILED",
        f"{stamp}Phase context status code: {phase.code} Message: {phase.message}",
    ]
    after = lines[end + 2 :]
    upload = next((place for place, (_, text) in enumerate(after) if "Entering phase UPLOAD_ARTIFACTS" in text), None)
    return [*lines[:begin], *lines[begin:end][:told], *((at, text) for text in failed), *after[:upload]]


FAULTS = (
    Fault("failed-stage", "Deploy failed: its build lost sight of the stack", "pipeline-stages", tells(_failed_stage)),
    Fault(
        "slow-pipeline",
        "the newest execution took 20 minutes longer, at work in Build",
        "pipeline-duration",
        tells(_slow_pipeline, first=True),
    ),
    Fault(
        "superseded-execution",
        "a newer execution took the release's place before Deploy, and was stopped in it",
        "pipeline-stages",
        tells(_superseded_execution),
    ),
    Fault(
        "stopped-execution",
        "somebody stopped the newest execution in Deploy",
        "pipeline-stages",
        tells(_stopped_execution),
    ),
)
