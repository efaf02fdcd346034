"""Faults of whose the stack is: somebody changed it by hand, another commit was deployed, or nothing was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from sandbox.aws.cloudformation.model import StackEvent
from sandbox.faults.fault import Active, Fault, FaultError, Undo
from sandbox.faults.pipeline import run_of, succeeded
from sandbox.faults.record import Record, StackRecord
from sandbox.faults.story import tells
from sandbox.github import github_of
from sop.names import Stage

if TYPE_CHECKING:
    from sandbox.core.account import Account

AFTERWARDS = timedelta(minutes=5)  # from the deployment's end to what somebody does by hand
STEP = timedelta(seconds=2)
ANOTHER_COMMIT = "5eaf00d" + 33 * "0"
CONSOLE = "Console-UpdateStack-0c7d8a52-6d0b-4a6e-9d3f-5b1c2e9f7a10"
UPDATING, CLEANING, UPDATED = "UPDATE_IN_PROGRESS", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_COMPLETE"


def _nested_stack_changed(account: Account, record: Record) -> None:
    """Somebody updated a nested stack by itself, back and forth: all that the deployment did in it, once more.

    It is the one that the deployment changed most, the servers' with the sample. Nothing shows in the stack above.
    """
    since = run_of(record.newest, Stage.DEPLOY).started
    changed = {
        stack_id: [event for event in stack.events if event.at >= since]
        for stack_id, stack in record.stacks.items()
        if stack is not record.root
    }
    stack_id, events = max(changed.items(), key=lambda each: len(each[1]), default=("", []))
    if not events:
        raise FaultError("the newest execution changed no nested stack; `sandbox push` deploys another version")
    begin = _afterwards(account, record)
    again = [
        replace(event, id=str(uuid4()), token=None, at=begin + number * STEP) for number, event in enumerate(events)
    ]
    _add(record.stacks[stack_id], again)


def _stack_changed(account: Account, record: Record) -> None:
    """Somebody changed the stack's tags in the console: no resource took notice."""
    begin = _afterwards(account, record)
    own = next(event for event in reversed(record.root.events) if event.physical_id == event.stack_id)
    told = [
        replace(own, id=str(uuid4()), token=CONSOLE, status=status, reason=reason, at=begin + number * STEP)
        for number, (status, reason) in enumerate(((UPDATING, "User Initiated"), (CLEANING, ""), (UPDATED, "")))
    ]
    _add(record.root, told)


def _afterwards(account: Account, record: Record) -> datetime:
    """When somebody does something by hand after the newest deployment."""
    at = run_of(record.newest, Stage.DEPLOY).updated + AFTERWARDS
    if at + timedelta(minutes=1) > account.clock.now():
        raise FaultError("nobody has had the time to change the stack since the deployment; `sandbox pass 10m`")
    return at


def _add(stack: StackRecord, events: list[StackEvent]) -> None:
    stack.events = [*stack.events, *events]
    own = next((event for event in reversed(events) if event.physical_id == event.stack_id), events[-1])
    stack.facts |= {"status": own.status, "reason": "", "updated": events[0].at}
    for event in events:
        if event.logical_id in stack.resources:
            stack.resources[event.logical_id] |= {"updated": event.at}


def _another_commit(_account: Account, record: Record) -> None:
    """What Deploy carried out was another commit's: its build had the wrong one checked out, say."""
    _rename(record, f"release-{ANOTHER_COMMIT}-1")


def _no_commit(_account: Account, record: Record) -> None:
    """The buildspec deploys with `aws cloudformation deploy`, which passes no client request token."""
    _rename(record, None)


def _rename(record: Record, token: str | None) -> None:
    run = run_of(record.newest, Stage.DEPLOY)
    if not any(run.started <= event.at <= run.updated for event in record.root.events):
        raise FaultError("the newest execution changed nothing in the stack; `sandbox push` deploys another version")
    for stack in record.stacks.values():
        stack.events = [
            replace(event, token=token) if run.started <= event.at <= run.updated else event for event in stack.events
        ]


def _nothing_deployed(_account: Account, record: Record) -> None:
    """Deploy succeeded without asking CloudFormation for anything: the stack is as it was before."""
    run = run_of(succeeded(record), Stage.DEPLOY)
    for stack in record.stacks.values():
        before = [event for event in stack.events if event.at < run.started]
        later = [event for event in stack.events if event.at > run.updated]
        if len(before) + len(later) == len(stack.events):
            continue
        last = next((event for event in reversed(before) if event.physical_id == event.stack_id), None)
        if last is None or stack.deployment is None or stack.deployment.before.plan is None:
            raise FaultError("the newest execution created the stack; `sandbox push` deploys another version")
        stack.events = [*before, *later]
        stack.facts |= {"plan": stack.deployment.before.plan}
        if not later:
            stack.facts |= {"status": last.status, "updated": last.at}
        _as_before(stack, {event.logical_id: event for event in before if event.physical_id != event.stack_id})


def _as_before(stack: StackRecord, newest: Mapping[str, StackEvent]) -> None:
    for name, facts in stack.resources.items():
        if name in newest and facts["updated"] > newest[name].at:
            facts |= {"status": newest[name].status, "updated": newest[name].at}


def _push_missed(account: Account, active: Active) -> Undo:
    """Somebody switched change detection off, and the merge after that started nothing."""
    github, stack = github_of(account), account.configured.of(active.environment)
    names, branch = stack.names, stack.branch
    pipeline = account.service("codepipeline").engine.pipelines.get(names.pipeline)
    if pipeline is None:
        raise FaultError(f"{names.pipeline} has never run; `pulumi up` makes it, and `sandbox push` starts it")
    configuration = pipeline.declaration["stages"][0]["actions"][0]["configuration"]
    head, detected = github.repository.branches()[branch], configuration.get("DetectChanges", "true")
    merged = github.repository.commit_change(head, _another_version)
    configuration["DetectChanges"] = "false"
    github.repository.set_branch(branch, merged)

    def undo() -> None:
        configuration["DetectChanges"] = detected
        if github.repository.branches()[branch] == merged:  # else somebody has pushed since, and that stays
            github.repository.set_branch(branch, head)

    return undo


def _another_version(checkout: Path) -> str:
    (checkout / "VERSION").write_text("2.0.0\n")
    return "Release version 2.0.0 of the site"


FAULTS = (
    Fault(
        "nested-stack-changed",
        "somebody updated a nested stack by hand after the deployment",
        "stack-status",
        tells(_nested_stack_changed),
    ),
    Fault(
        "stack-changed",
        "somebody changed the stack's tags by hand after the deployment",
        "stack-status",
        tells(_stack_changed),
    ),
    Fault("another-commit", "Deploy deployed another commit", "stack-status", tells(_another_commit)),
    Fault("no-commit-named", "Deploy did not say which commit it deploys", "stack-status", tells(_no_commit)),
    Fault("nothing-deployed", "Deploy succeeded and deployed nothing", "stack-status", tells(_nothing_deployed)),
    Fault(
        "push-missed",
        "change detection was switched off, and a merge started no execution",
        "pipeline-stages",
        _push_missed,
    ),
)
