"""Taking a deployment back: a creation is deleted, an update undone."""

from __future__ import annotations

import copy
import time
from collections.abc import Collection
from typing import TYPE_CHECKING

from sandbox.aws.cloudformation import permissions
from sandbox.aws.cloudformation.deletion import always, delete_resources
from sandbox.aws.cloudformation.deployment import Action, Deployment, Step, touches
from sandbox.aws.cloudformation.model import StackResource
from sandbox.aws.cloudformation.resolution import Resolution
from sandbox.aws.cloudformation.resources.base import HANDLERS, Context, failure_reason

if TYPE_CHECKING:
    from sandbox.aws.cloudformation.plan import Plan


def roll_back(deployment: Deployment, reason: str, skip: Collection[str] = ()) -> None:
    """Bring the stack back to what it was before `deployment`.

    `skip` names resources whose restoring is given up (ContinueUpdateRollback).
    """
    if deployment.creating:
        _roll_back_creation(deployment, reason)
    else:
        _UpdateRollback(deployment, skip).run(reason)


def _roll_back_creation(deployment: Deployment, reason: str) -> None:
    engine, stack = deployment.engine, deployment.stack
    stack.deletion_begun = engine.account.clock.now()
    engine.set_status(stack, "ROLLBACK_IN_PROGRESS", reason)
    undeleted = delete_resources(engine, stack, list(stack.resources.values()), always)
    deployment.open = False
    if undeleted:
        engine.set_status(
            stack, "ROLLBACK_FAILED", f"The following resource(s) failed to delete: [{', '.join(undeleted)}]. "
        )
    else:
        engine.set_status(stack, "ROLLBACK_COMPLETE")


class _UpdateRollback:
    def __init__(self, deployment: Deployment, skip: Collection[str]) -> None:
        self._deployment = deployment
        self._engine = deployment.engine
        self._stack = deployment.stack
        self._skip = skip

    def run(self, reason: str) -> None:
        engine, stack, before = self._engine, self._stack, self._deployment.before
        engine.set_status(stack, "UPDATE_ROLLBACK_IN_PROGRESS", reason)
        doomed = self._set_aside_what_is_new()
        with engine.lock:
            stack.plan, stack.output_values = before.plan, dict(before.outputs)
            stack.imports, stack.tags = before.imports, before.tags
        failed = self._restore_all(before.plan) if before.plan else []
        if failed:
            engine.set_status(
                stack,
                "UPDATE_ROLLBACK_FAILED",
                f"The following resource(s) failed to update: [{', '.join(failed)}]. ",
            )
            return
        engine.set_status(stack, "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
        delete_resources(engine, stack, doomed, always)
        for record in doomed:
            if stack.resources.get(record.logical_id) is record:
                del stack.resources[record.logical_id]
        self._deployment.open = False
        engine.set_status(stack, "UPDATE_ROLLBACK_COMPLETE")

    def _set_aside_what_is_new(self) -> list[StackResource]:
        """What this deployment created; replaced resources are the old ones again."""
        doomed: list[StackResource] = []
        for name, step in self._deployment.steps.items():
            if step.action is Action.MODIFY:
                continue
            doomed.append(step.record)
            if step.before is not None:
                self._stack.resources[name] = step.before
                self._engine.set_resource_status(self._stack, step.before, "UPDATE_COMPLETE")
        return doomed

    def _restore_all(self, plan: Plan) -> list[str]:
        """Undo in-place updates, dependencies first. The names that could not be restored are returned."""
        resolution = Resolution(self._engine, self._stack, plan)
        failed: list[str] = []
        for name, resource in plan.resources.items():
            record = self._stack.resources.get(name)
            step = self._deployment.steps.get(name)
            if record is None or name in self._skip:
                continue
            record.definition = resource
            record.depends_on = frozenset(plan.dependencies[name])
            try:
                properties = resolution.properties(resource)
            except Exception as failure:
                failed.append(name)
                self._engine.set_resource_status(
                    self._stack, record, "UPDATE_FAILED", failure_reason(failure, record.type)
                )
                continue
            modified = step is not None and step.action is Action.MODIFY
            if (modified or record.properties != properties) and not self._restore(
                resolution, record, step, properties
            ):
                failed.append(name)
        return failed

    def _restore(
        self, resolution: Resolution, record: StackResource, step: Step | None, properties: dict[str, object]
    ) -> bool:
        begun = time.monotonic()
        context = Context(
            self._engine,
            self._stack,
            record,
            creation_policy=resolution.resolve(dict(record.definition.creation_policy)),
            update_policy=resolution.resolve(dict(record.definition.update_policy)),
        )
        handler = HANDLERS[record.type]
        now = record.properties
        record.properties = properties
        self._engine.set_resource_status(self._stack, record, "UPDATE_IN_PROGRESS")
        try:
            if touches(record, now, properties):
                permissions.require(context, "update", now, properties)
                handler.restore(context, record.physical_id, copy.deepcopy(now), copy.deepcopy(properties))
            handler.settle(context, record.physical_id, properties)
        except Exception as error:
            record.properties = now
            reason = failure_reason(error, record.type)
            self._engine.set_resource_status(self._stack, record, "UPDATE_FAILED", reason)
            return False
        self._engine.wait_until(begun + self._engine.pace)
        record.intact = True
        self._engine.set_resource_status(self._stack, record, "UPDATE_COMPLETE")
        return True
