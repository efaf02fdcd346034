"""SOP 4.2: what the deployment left of the stack."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from scripts.checks.context import Context
from scripts.checks.framework import check
from scripts.checks.pinned import EXECUTION_PERMISSIONS, without_deployment
from scripts.facts.stack import Stack, StackEvent, Window, read_events
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


@check(
    id="stack-status",
    sop="4.2",
    title="Stack status",
    why="UPDATE_ROLLBACK_COMPLETE ends in COMPLETE too, and means that the release is not there.",
    expected="UPDATE_COMPLETE or CREATE_COMPLETE",
    fix="Find the cause under stack-events, correct it on a branch, and merge.",
    permissions=STACK_PERMISSIONS,
    runbook="docs/runbooks/rollback.md",
)
def stack_status(context: Context) -> Outcome:
    if early := without_deployment(context):
        return early
    stack = context.stack
    if stack is None:
        return _no_stack(context)
    evidence = {"status": stack.status, "stack_id": stack.id, "changed": utc(stack.changed)}
    if superseded := _changed_since(context, stack):
        return superseded
    if stack.status in COMPLETE:
        return passed(f"{stack.status} since the change of {utc(stack.changed)}.", evidence=evidence)
    reason = f": {stack.status_reason}" if stack.status_reason else ""
    if stack.status in UNDECIDED:
        fix = UNDECIDED[stack.status]
        return inconclusive(f"{stack.status}{reason}.", fix=fix, evidence=evidence)
    return failed(f"{stack.status}{reason}", evidence=evidence)


@check(
    id="stack-events",
    sop="4.2",
    title="Stack events",
    why="One event among hundreds has the reason of a rollback; a resource can also fail in an update that succeeds.",
    expected="No failed resource in this deployment, nested stacks included",
    fix="Correct the named resource in the templates, and merge; what could not be deleted, delete by hand.",
    permissions=(*STACK_PERMISSIONS, "cloudformation:DescribeStackEvents"),
    runbook="docs/runbooks/rollback.md",
)
def stack_events(context: Context) -> Outcome:
    if early := without_deployment(context):
        return early
    stack = context.stack
    started, ended = context.deploy.started, context.deploy.ended
    if stack is None or started is None or ended is None:
        return _no_stack(context)
    window = Window(started, ended if stack.changed > ended else None)
    events = read_events(context.aws.cloudformation, stack.id or stack.name, window)
    evidence = {"since": utc(window.start), "until": utc(window.end or context.now), "events": len(events)}
    mended = deleted_after_all(events)
    failures = [event for event in events if event.failed and event not in mended]
    if failures:
        named = [_as_evidence(event) for event in failures]
        return failed(_describe(failures), evidence={**evidence, "failed": named})
    if not events:
        return _nothing_happened(stack, window, evidence)
    warnings = [event for event in events if event.hook_warning]
    lines = [f"{count(len(events), 'event')} since {utc(window.start)}, no failed resource."]
    lines += [f"warning: {event.resource}: {event.hook_warning}" for event in warnings]
    lines += [f"warning: {event.resource} was deleted only at another try: {event.reason}" for event in mended]
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
        fix="Verify the newest execution (leave --execution-id out), or find out who changes the stack by hand.",
    )


def _nothing_happened(stack: Stack, window: Window, evidence: Evidence) -> Outcome:
    if stack.changed < window.start:
        return passed(
            f"This deployment changed no resource: the stack's last change is of {utc(stack.changed)}.",
            evidence=evidence,
        )
    return inconclusive(
        f"The stack was changed at {utc(stack.changed)}, but its events are not to be found.",
        fix="Run the same command again in a minute.",
        evidence=evidence,
    )


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
    return f"pulumi up --stack {context.outputs.environment}"
