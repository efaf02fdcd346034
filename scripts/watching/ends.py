"""How an execution ended, told as what it is. Pure.

Only what CloudFormation says makes a rollback of it: a lint failure deploys nothing and takes nothing back.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from scripts.facts.operations import Operation
from scripts.text import printable, span, utc
from scripts.watching import causes
from scripts.watching.snapshot import Attempt, Snapshot
from sop.names import Stage

DONE, FAILED, UNDETERMINED = 0, 3, 4
COMPLETE = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE")


class End(StrEnum):
    """How."""

    SUCCEEDED = "succeeded"
    UNCHANGED = "succeeded, and changed nothing"
    FAILED = "failed"
    ROLLED_BACK = "rolled back"
    STOPPED = "stopped"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"
    UNKNOWN = "not determined"


@dataclass(frozen=True)
class Ending:
    """How, when, and what that means.

    Attributes:
        end: how.
        at: when.
        text: in a sentence.
        code: the exit code.
        stage: in which stage it failed, or was when it was stopped; empty where none was entered.
        cause: the first cause of a failure.
        deployed: whether the stack was touched at all.
        stack_status: the stack's status at the end of what was deployed; empty where nothing was.
        fix: what to do, where there is something.
        successor: which execution carries on, where its commit has this one's in it.
    """

    end: End
    at: datetime
    text: str
    code: int
    stage: str = ""
    cause: str = ""
    deployed: bool = False
    stack_status: str = ""
    fix: str = ""
    successor: str = ""


def ending(snapshot: Snapshot) -> Ending | None:
    """How it ended; None while it, or what CloudFormation does for it, goes on."""
    execution = snapshot.execution
    if execution.ended is None or not snapshot.settled:
        return None
    told = {
        "Succeeded": _succeeded,
        "Failed": _failed,
        "Stopped": _stopped,
        "Cancelled": _cancelled,
        "Superseded": _superseded,
    }.get(execution.status, _unknown)
    return told(snapshot, execution.ended)


def _unknown(snapshot: Snapshot, ended: datetime) -> Ending:
    execution = snapshot.execution
    text = f"It ended {execution.status}, of which this program knows nothing. {execution.status_summary}".rstrip()
    return Ending(End.UNKNOWN, ended, text, UNDETERMINED)


def _succeeded(snapshot: Snapshot, ended: datetime) -> Ending:
    execution, operations = snapshot.execution, snapshot.left
    took = span(ended - execution.started)
    if execution.is_rollback and (not operations or operations[-1].status in COMPLETE):
        text = f"The rollback to {execution.rolls_back_to} Succeeded after {took}"
        return Ending(End.SUCCEEDED, ended, text, DONE, deployed=bool(operations), stack_status=_status(operations))
    if not snapshot.attempts(Stage.DEPLOY):
        text = f"It Succeeded without ever being in {Stage.DEPLOY}: nothing was deployed"
        return Ending(End.FAILED, ended, text, FAILED, fix=f"release verify --stack {snapshot.held_to.stack}")
    if foreign := [one for one in snapshot.operations if one not in snapshot.own_operations]:
        text = (
            f"It Succeeded after {took}, but while {Stage.DEPLOY} was at work the stack was changed to commit "
            f"{(foreign[-1].commit or '')[:12]}, which is another: what runs is not known"
        )
        fix = f"release verify --stack {snapshot.held_to.stack} --execution-id {execution.id}"
        return Ending(End.UNKNOWN, ended, text, UNDETERMINED, Stage.DEPLOY, deployed=True, fix=fix)
    if not operations:
        text = f"Succeeded after {took}: {Stage.DEPLOY} changed nothing, the stack is as it was"
        return Ending(End.UNCHANGED, ended, text, DONE, Stage.DEPLOY)
    return _deployed(operations[-1], ended, took)


def _deployed(newest: Operation, ended: datetime, took: str) -> Ending:
    """What the stack says of an execution that Succeeded."""
    if "ROLLBACK" in newest.status:
        return _rolled_back(max(ended, newest.last), newest)
    if newest.status not in COMPLETE:
        cause = causes.told(newest)
        text = f"It Succeeded, but the stack is {newest.status}. First cause: {cause}"
        return replace(_of(newest, End.FAILED, ended, text), cause=cause)
    named = "" if newest.commit else "; of which commit its events do not say"
    text = f"Succeeded after {took}: {newest.stack} is {newest.status}{named}"
    return replace(_of(newest, End.SUCCEEDED, ended, text), code=DONE)


def _failed(snapshot: Snapshot, ended: datetime) -> Ending:
    operations = snapshot.left
    failed = _last_failed(snapshot)
    if failed is None:
        text, stage = _not_entered(snapshot)
        return Ending(End.FAILED, ended, text, FAILED, stage)
    if not operations:
        cause = _cause(snapshot, failed)
        touched = "" if snapshot.operations else "; nothing was deployed"
        text = f"Failed in {failed.told}{touched}. First cause: {cause}"
        return Ending(End.FAILED, ended, text, FAILED, failed.stage, cause, deployed=bool(snapshot.operations))
    newest = operations[-1]
    ended = max(ended, newest.last)
    if "ROLLBACK" in newest.status:
        return _rolled_back(ended, newest)
    runs = newest.status in COMPLETE
    cause = _cause(snapshot, failed) if runs else causes.told(newest)
    state = f"though the stack is {newest.status}: what was deployed runs" if runs else f"the stack is {newest.status}"
    text = f"Failed in {failed.told}, {state}. First cause: {cause}"
    return replace(_of(newest, End.FAILED, ended, text), cause=cause)


def _rolled_back(ended: datetime, operation: Operation) -> Ending:
    cause = causes.told(operation)
    if operation.status in causes.ROLLED_BACK:
        text = f"Failed in {Stage.DEPLOY} and rolled back: the stack is {operation.status}. First cause: {cause}"
        return replace(_of(operation, End.ROLLED_BACK, ended, text), cause=cause)
    failed = f"Failed in {Stage.DEPLOY}, and so did the rollback"
    text = f"{failed}: the stack is {operation.status}. First cause: {cause}"
    fix = f"aws cloudformation continue-update-rollback --stack-name {operation.stack}"
    return replace(_of(operation, End.FAILED, ended, text), cause=cause, fix=fix)


def _of(operation: Operation, end: End, at: datetime, text: str) -> Ending:
    return Ending(end, at, text, FAILED, Stage.DEPLOY, deployed=True, stack_status=operation.status)


def _stopped(snapshot: Snapshot, ended: datetime) -> Ending:
    execution, held = snapshot.execution, snapshot.held_to
    why = execution.stop_reason or execution.status_summary
    said = f"{printable(why)!r}" if why else "no reason"
    who = (
        "aws cloudtrail lookup-events --lookup-attributes AttributeKey=EventName,"
        f"AttributeValue=StopPipelineExecution --region {held.region}"
    )
    stage, where = _where(snapshot)
    text = f"Stopped {where}, with {said} as the reason; by whom CodePipeline does not say{_left(snapshot)}"
    return Ending(End.STOPPED, ended, text, FAILED, stage, why, *_touched(snapshot), fix=who)


def _cancelled(snapshot: Snapshot, ended: datetime) -> Ending:
    execution = snapshot.execution
    had = max((run.structure for run in snapshot.actions if run.structure is not None), default=None)
    versions = ""
    if had is not None and snapshot.structure is not None and snapshot.structure != had:
        versions = f" (version {had}, and now {snapshot.structure})"
    stage, where = _where(snapshot)
    said = f" {printable(execution.status_summary)}" if execution.status_summary else ""
    text = f"Cancelled {where}, because the pipeline's structure was changed{versions}{_left(snapshot)}.{said}"
    fix = f"release start --stack {snapshot.held_to.stack} --reason rerun-failed"
    return Ending(End.CANCELLED, ended, text, FAILED, stage, "", *_touched(snapshot), fix=fix)


def _superseded(snapshot: Snapshot, ended: datetime) -> Ending:
    next_one = snapshot.successor
    if next_one is None:
        text = "Superseded: a later execution took its place; which, CodePipeline does not say"
        return Ending(End.SUPERSEDED, ended, text, UNDETERMINED, fix=f"release verify --stack {snapshot.held_to.stack}")
    told = f"Superseded by execution {next_one.id}"
    follow = f"release watch --stack {snapshot.held_to.stack} --execution-id {next_one.id}"
    if snapshot.contains:
        text = f"{told}, whose commit {(next_one.revision or '')[:12]} has this one's in it and carries both"
        return Ending(End.SUPERSEDED, ended, text, UNDETERMINED, fix=follow, successor=next_one.id)
    unknown = snapshot.contains is None
    text = f"{told}, whose commit {'may not have' if unknown else 'does not have'} this one's in it"
    return Ending(End.SUPERSEDED, ended, text, UNDETERMINED, fix=follow)


def _where(snapshot: Snapshot) -> tuple[str, str]:
    """The stage that it was in, or before."""
    entered = [stage for stage in snapshot.stages if snapshot.attempts(stage)]
    current = snapshot.attempts(entered[-1])[-1] if entered else None
    if current and not current.succeeded:
        return current.stage, f"in {current.told}"
    ahead = snapshot.next_stage
    return ahead or "", f"before {ahead}" if ahead else "after its last stage"


def _left(snapshot: Snapshot) -> str:
    """What it leaves behind of the stack."""
    operations = snapshot.left
    return f"; the stack is {operations[-1].status}" if operations else "; nothing was deployed"


def _touched(snapshot: Snapshot) -> tuple[bool, str]:
    return bool(snapshot.left), _status(snapshot.left)


def _status(operations: list[Operation]) -> str:
    return operations[-1].status if operations else ""


def _last_failed(snapshot: Snapshot) -> Attempt | None:
    failed = [one for stage in snapshot.stages for one in snapshot.attempts(stage)[-1:] if not one.succeeded]
    return max(failed, key=lambda one: one.started, default=None)


def _cause(snapshot: Snapshot, failed: Attempt) -> str:
    """What the first action that failed says, and its build."""
    run = next(one for one in failed.runs if one.status != "Succeeded")
    build = snapshot.builds.get(run.external_id)
    said = (build.failed if build else "") or " ".join(run.error.split()) or "no reason given"
    log = f"; log: {run.link}" if run.link else ""
    return printable(f"action {run.action} {run.status}: {said}{log}")


def _not_entered(snapshot: Snapshot) -> tuple[str, str]:
    """A rule kept it out for good, or CodePipeline alone knows why it failed."""
    rule = next((one for one in snapshot.rules if one.status in ("Failed", "Abandoned")), None)
    if rule is None:
        return f"Failed without a failed action. {printable(snapshot.execution.status_summary)}".rstrip(), ""
    said = printable(rule.summary) or "no reason given"
    text = f"Failed before {rule.stage}, which rule {rule.rule} kept it out of at {utc(rule.updated)}: {said}"
    return f"{text}; nothing was deployed", rule.stage
