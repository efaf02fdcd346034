"""Deleting resources, dependents first, and whole stacks."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable
from typing import TYPE_CHECKING

from sandbox.aws.cloudformation import permissions
from sandbox.aws.cloudformation.model import Stack, StackResource
from sandbox.aws.cloudformation.resources.base import HANDLERS, Context, failure_reason, is_gone

if TYPE_CHECKING:
    from sandbox.aws.cloudformation.engine import Engine

Policy = Callable[[StackResource], str | None]


def always(_: StackResource) -> str:
    """No policy keeps a resource: it was made by what is being rolled back."""
    return "Delete"


def deletion_policy(record: StackResource) -> str | None:
    return record.definition.deletion_policy


def delete_resources(engine: Engine, stack: Stack, doomed: Iterable[StackResource], policy: Policy) -> list[str]:
    """Delete what each resource's policy lets go. The names of those that could not be are returned."""
    undeleted: list[str] = []
    for record in _dependents_first(list(doomed)):
        if policy(record) in ("Retain", "RetainExceptOnCreate", "Snapshot"):
            engine.set_resource_status(stack, record, "DELETE_SKIPPED")
        elif not _delete(engine, stack, record):
            undeleted.append(record.logical_id)
    return undeleted


def _dependents_first(records: list[StackResource]) -> list[StackResource]:
    ordered: list[StackResource] = []
    left = list(records)
    while left:
        needed = {name for record in left for name in record.depends_on}
        free = [record for record in left if record.logical_id not in needed] or left
        ordered += free
        left = [record for record in left if record not in free]
    return ordered


def _delete(engine: Engine, stack: Stack, record: StackResource) -> bool:
    begun = time.monotonic()
    if record.physical_id:
        engine.set_resource_status(stack, record, "DELETE_IN_PROGRESS")
        context = Context(engine, stack, record)
        try:
            permissions.require(context, "delete", record.properties, {})
            HANDLERS[record.type].delete(context, record.physical_id, dict(record.properties))
        except Exception as error:
            if not is_gone(error):
                engine.set_resource_status(stack, record, "DELETE_FAILED", failure_reason(error, record.type))
                return False
        engine.wait_until(begun + engine.pace)
    engine.set_resource_status(stack, record, "DELETE_COMPLETE")
    return True


def begin_deletion(engine: Engine, stack: Stack, reason: str) -> None:
    stack.deletion_begun = engine.account.clock.now()
    engine.set_status(stack, "DELETE_IN_PROGRESS", reason)


def delete_stack(engine: Engine, stack: Stack, retain: Collection[str] = ()) -> bool:
    """Delete all of a stack that is DELETE_IN_PROGRESS, and say whether nothing is left."""
    with engine.lock:
        for output in stack.output_values.values():
            users = engine.importers(output.export_name) if output.export_name else []
            if users:
                names = ", ".join(user.name for user in users)
                engine.set_status(
                    stack,
                    "DELETE_FAILED",
                    f"Export {output.export_name} cannot be deleted as it is in use by {names}",
                )
                return False
    doomed = [
        record
        for record in stack.resources.values()
        if record.status != "DELETE_COMPLETE" and record.logical_id not in retain
    ]
    undeleted = delete_resources(engine, stack, doomed, deletion_policy)
    if undeleted:
        engine.set_status(
            stack,
            "DELETE_FAILED",
            f"The following resource(s) failed to delete: [{', '.join(undeleted)}]. ",
        )
        return False
    with engine.lock:
        stack.output_values, stack.imports = {}, frozenset()
        stack.deleted = engine.account.clock.now()
    engine.set_status(stack, "DELETE_COMPLETE")
    return True
