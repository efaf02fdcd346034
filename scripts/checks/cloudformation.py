"""SOP 4.2: what the deployment left of the stack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from scripts.checks.context import Context
from scripts.checks.framework import check
from scripts.checks.pinned import EXECUTION_PERMISSIONS, SOON, verify_newest, without_deployment
from scripts.checks.stack_changes import changes, judge_changes, judge_revision, with_drift
from scripts.facts.stack import Stack, StackEvent
from scripts.results import Evidence, Outcome, failed, inconclusive, passed
from scripts.text import count, listing, utc

COMPLETE = ("UPDATE_COMPLETE", "CREATE_COMPLETE")
_AGAIN = "Run the same command again when CloudFormation has finished."
# Neither good nor bad, and what to do. A rollback or a deletion under way is bad already.
UNDECIDED = {
    "CREATE_IN_PROGRESS": _AGAIN,
    "UPDATE_IN_PROGRESS": _AGAIN,
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS": _AGAIN,
    "IMPORT_IN_PROGRESS": _AGAIN,
    "REVIEW_IN_PROGRESS": "Nobody has carried out the change set that is to create the stack: execute or delete it.",
}
STACK_PERMISSIONS = (*EXECUTION_PERMISSIONS, "cloudformation:DescribeStacks")
EVENT_PERMISSIONS = (*STACK_PERMISSIONS, "cloudformation:DescribeStackEvents", "cloudformation:ListStackResources")
STATUS_PERMISSIONS = (*EVENT_PERMISSIONS, "cloudformation:ListChangeSets")


@check(
    id="stack-status",
    sop="4.2",
    title="Stack status",
    why="UPDATE_ROLLBACK_COMPLETE ends in COMPLETE too, and means that the release is not there. Nor is it where "
    "another commit was deployed, or where somebody changed the stack or a nested one by hand afterwards.",
    expected="UPDATE_COMPLETE or CREATE_COMPLETE, by this execution's commit, and nobody has changed the stack since",
    fix="Find the cause under stack-events, correct it on a branch, and merge.",
    permissions=STATUS_PERMISSIONS,
    runbook="docs/runbooks/rollback.md",
)
def stack_status(context: Context) -> Outcome:
    if early := without_deployment(context):
        return early
    stack = context.stack
    if stack is None:
        return _no_stack(context)
    evidence: dict[str, object] = {"status": stack.status, "stack_id": stack.id, "changed": utc(stack.changed)}
    if changed := judge_changes(context, changes(context)) or _changed_since(context, stack):
        return replace(changed, evidence={**evidence, **changed.evidence})
    if stack.status not in COMPLETE:
        return _not_complete(context, stack, evidence)
    if context.deploy.status != "Succeeded" and context.history.deployed is None:
        deploy = f"{context.deploy.name} {context.deploy.status}"
        return passed(f"{stack.status} since the change of {utc(stack.changed)}; {deploy}.", evidence=evidence)
    return with_drift(context, judge_revision(context, stack, evidence))


@check(
    id="stack-events",
    sop="4.2",
    title="Stack events",
    why="One event among hundreds has the reason of a rollback; a resource can also fail in an update that succeeds.",
    expected="No failed resource in this deployment, nested stacks included",
    fix="Correct the named resource in the templates, and merge; what could not be deleted, delete by hand.",
    permissions=EVENT_PERMISSIONS,
    runbook="docs/runbooks/rollback.md",
)
def stack_events(context: Context) -> Outcome:
    if early := without_deployment(context):
        return early
    stack = context.stack
    if stack is None:
        return _no_stack(context)
    started, ended = context.deployed
    during = context.history.during
    events = [event for operation in during for event in operation.everything]
    until = max((operation.last for operation in during), default=ended)
    evidence = {"since": utc(started), "until": utc(max(until, ended)), "events": len(events)}
    mended = deleted_after_all(events)
    failures = [event for event in events if event.failed and event not in mended]
    if failures:
        named = [_as_evidence(event) for event in failures]
        return failed(_describe(failures), evidence={**evidence, "failed": named})
    if not events:
        return _nothing_happened(context, stack, evidence)
    warnings = [event for event in events if event.hook_warning]
    lines = [f"{count(len(events), 'event')} since {utc(started)}, no failed resource."]
    lines += [f"warning: {event.resource}: {event.hook_warning}" for event in warnings]
    lines += [f"warning: {event.resource} was deleted only at another try: {event.reason}" for event in mended]
    if unfinished := [operation for operation in during if not operation.complete]:
        lines.insert(0, f"{unfinished[-1].stack} is still {unfinished[-1].status}.")
        return inconclusive("\n".join(lines), fix=_AGAIN, evidence=evidence, again_at=context.now + SOON)
    return passed("\n".join(lines), evidence=evidence)


@check(
    id="stack-outputs",
    sop="4.2",
    title="Stack outputs",
    why="Other stacks and the monitoring find the infrastructure by these outputs.",
    expected="All expected outputs are present and have a value",
    fix="Restore the outputs in main.yaml, and merge.",
    permissions=STACK_PERMISSIONS,
    runbook="docs/runbooks/deployment.md",
)
def stack_outputs(context: Context) -> Outcome:
    if early := without_deployment(context):
        return early
    stack = context.stack
    if stack is None:
        return _no_stack(context)
    if superseded := _changed_since(context, stack):
        return superseded
    wanted = context.outputs.expected_stack_outputs
    if not wanted:
        return inconclusive("The Pulumi stack's outputs name no expected output.", fix=_pulumi_up(context))
    expected = f"{listing(wanted)}, each with a value"
    evidence = {"outputs": stack.outputs}
    lacking = [f"{name} is missing" for name in wanted if name not in stack.outputs]
    lacking += [f"{name} is empty" for name in wanted if not stack.outputs.get(name, "missing").strip()]
    if lacking:
        return failed(f"{listing(lacking)}.", expected=expected, evidence=evidence)
    return passed(f"All {len(wanted)} expected outputs have a value.", expected=expected, evidence=evidence)


def deleted_after_all(events: Sequence[StackEvent]) -> list[StackEvent]:
    """The failures to delete something that is gone since: CloudFormation tries again while it cleans up."""
    gone = {(event.stack_id, event.physical_id): event.at for event in events if event.status == "DELETE_COMPLETE"}
    return [
        event
        for event in events
        if event.status == "DELETE_FAILED"
        and event.physical_id
        and event.at <= gone.get((event.stack_id, event.physical_id), datetime.min.replace(tzinfo=UTC))
    ]


def _not_complete(context: Context, stack: Stack, evidence: Evidence) -> Outcome:
    reason = f": {stack.status_reason}" if stack.status_reason else ""
    if stack.status in UNDECIDED:
        fix = UNDECIDED[stack.status]
        again_at = context.now + SOON if fix == _AGAIN else None
        return inconclusive(f"{stack.status}{reason}.", fix=fix, evidence=evidence, again_at=again_at)
    return failed(f"{stack.status}{reason}", evidence=evidence)


def _no_stack(context: Context) -> Outcome:
    return failed(
        f"There is no CloudFormation stack {context.outputs.cloudformation_stack_name}.",
        fix="Start the pipeline again; its Deploy stage creates the stack.",
    )


def _changed_since(context: Context, stack: Stack) -> Outcome | None:
    """The stack speaks of its last change only: after a newer one it says nothing about this execution."""
    ended = context.deploy.ended
    if ended is None or stack.changed <= ended:
        return None
    return inconclusive(
        f"The stack was changed again at {utc(stack.changed)}, after this execution's Deploy ended at {utc(ended)}; "
        f"it is {stack.status} now.",
        fix=f"{verify_newest(context)}, or find out who changes the stack by hand.",
    )


def _nothing_happened(context: Context, stack: Stack, evidence: Evidence) -> Outcome:
    started, ended = context.deployed
    if started <= stack.changed <= ended:
        return inconclusive(
            f"The stack was changed at {utc(stack.changed)}, but its events are not to be found.",
            fix="Run the same command again in a minute.",
            evidence=evidence,
            again_at=context.now + SOON,
        )
    return passed("This deployment changed no resource.", evidence=evidence)


def _describe(failures: Sequence[StackEvent]) -> str:
    """The causes first; what CloudFormation gave up because of them is set apart."""
    followed = {event.stack_id for event in failures}
    causes = [event for event in failures if not event.is_cascade and event.nested_stack not in followed]
    causes = causes or list(failures)
    cascade = [event for event in failures if event.is_cascade and event not in causes]
    lines = [f"{count(len(causes), 'resource')} failed: {listing([event.resource for event in causes])}."]
    lines += [
        f"{event.resource} ({event.type}) in {event.stack}: {event.status} at {utc(event.at)}: "
        f"{event.reason or 'no reason given'}"
        for event in causes
    ]
    if cascade:
        names = listing(sorted({event.resource for event in cascade}))
        lines.append(f"Given up because of that: {names}.")
    return "\n".join(lines)


def _as_evidence(event: StackEvent) -> dict[str, str]:
    return {
        "stack": event.stack,
        "resource": event.resource,
        "type": event.type,
        "status": event.status,
        "reason": event.reason,
        "at": utc(event.at),
    }


def _pulumi_up(context: Context) -> str:
    return f"pulumi up --stack {context.outputs.stack}"
