"""Why a deployment failed: the first thing that went wrong, by CloudFormation's events. Pure."""

from __future__ import annotations

from scripts.facts.operations import Operation
from scripts.facts.stack import NESTED_STACK, StackEvent
from scripts.text import printable, utc

ROLLED_BACK = ("ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_ROLLBACK_COMPLETE")


def first_cause(operation: Operation) -> StackEvent | None:
    """The first resource that failed by itself; None: none did.

    What CloudFormation gave up because of it, and the nested stack that it is in, failed as well.
    """
    failed = [one for one in operation.everything if one.failed and not one.of_the_stack and not one.is_cascade]
    own = [one for one in failed if one.type != NESTED_STACK]
    return next(iter(own or failed), None)


def rollback(operation: Operation) -> StackEvent | None:
    """The event with which the stack's rollback began; None: it did not."""
    return next((one for one in operation.events if one.of_the_stack and "ROLLBACK_IN_PROGRESS" in one.status), None)


def short(operation: Operation) -> str:
    """What failed first, without its reason."""
    cause = first_cause(operation)
    return f"{cause.resource} in {cause.stack} failed" if cause else told(operation)


def told(operation: Operation) -> str:
    """The first cause for a person; where no resource failed, as in a cancelled update, the stack's own reason."""
    if cause := first_cause(operation):
        reason = " ".join(cause.reason.split()) or "no reason given"
        return printable(f"{cause.resource} ({cause.type}) in {cause.stack} at {utc(cause.at)}: {reason}")
    begun = rollback(operation)
    return printable(" ".join(begun.reason.split())) if begun and begun.reason else "CloudFormation gives no reason"


def at_work(operation: Operation) -> str:
    """What it does just now, for a person."""
    last = {(one.stack_id, one.resource): one for one in operation.everything}
    busy = [one for one in last.values() if one.status.endswith("_IN_PROGRESS") and not one.of_the_stack]
    own = [one for one in busy if one.type != NESTED_STACK] or busy
    if not own:
        return f"the stack is {operation.status}"
    newest = own[-1]
    more = f" and {len(own) - 1} more" if len(own) > 1 else ""
    return f"the stack is {operation.status}: {newest.resource} {newest.status}{more}"
