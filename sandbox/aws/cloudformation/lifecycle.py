"""From beginning to end: a deployment in the background, committed or rolled back."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from sandbox.aws.cloudformation.deletion import begin_deletion, delete_resources, delete_stack
from sandbox.aws.cloudformation.deployment import Action, Deployment
from sandbox.aws.cloudformation.model import Stack, StackResource
from sandbox.aws.cloudformation.resources.base import HANDLERS
from sandbox.aws.cloudformation.rollback import roll_back

if TYPE_CHECKING:
    from collections.abc import Collection

    from sandbox.aws.cloudformation.engine import Engine
    from sandbox.aws.cloudformation.plan import Plan

log = logging.getLogger("sandbox.cloudformation")


def start_deployment(
    engine: Engine, stack: Stack, plan: Plan, *, reason: str = "User Initiated", nested: bool = False
) -> Deployment:
    """Begin in the background; the stack is IN_PROGRESS when this returns.

    The root's deployment runs to its end by itself. A nested stack's update waits, applied, for its
    parent's verdict: `commit` or `roll_back`.
    """
    deployment = Deployment(engine, stack, plan, nested=nested)
    if not deployment.creating:
        stack.updated = engine.account.clock.now()
    stack.deployment = deployment
    stack.tags = plan.tags
    engine.set_status(stack, f"{deployment.kind}_IN_PROGRESS", reason)
    engine.account.background.start(f"stack {stack.name}", lambda: _run(deployment))
    return deployment


def _run(deployment: Deployment) -> None:
    engine, stack = deployment.engine, deployment.stack
    try:
        deployment.succeeded = deployment.apply()
        if not deployment.succeeded:
            _give_up(deployment)
        elif deployment.creating:
            deployment.open = False
            engine.set_status(stack, "CREATE_COMPLETE")
        elif deployment.nested:
            engine.set_status(stack, "UPDATE_COMPLETE")
        else:
            commit(deployment)
    finally:
        deployment.settled.set()


def _give_up(deployment: Deployment) -> None:
    engine, stack = deployment.engine, deployment.stack
    if not stack.disable_rollback:
        roll_back(deployment, deployment.reason)
        if stack.on_failure == "DELETE" and deployment.creating:
            begin_deletion(engine, stack, "")
            delete_stack(engine, stack)
        return
    deployment.open = False
    engine.set_status(stack, f"{deployment.kind}_FAILED", deployment.reason)


def commit(deployment: Deployment) -> None:
    """The update stands: remove what is no longer needed."""
    engine, stack, plan = deployment.engine, deployment.stack, deployment.plan
    engine.set_status(stack, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
    steps = deployment.steps.values()
    for step in steps:
        if step.action is Action.MODIFY:
            HANDLERS[step.record.type].commit(step.context, step.record.physical_id)
    replaced = [step.before for step in steps if step.action is Action.REPLACE and step.before]
    removed = [record for name, record in stack.resources.items() if name not in plan.resources]

    def policy(record: StackResource) -> str:
        definition = record.definition
        return definition.deletion_policy if record in removed else definition.update_replace_policy

    undeleted = delete_resources(engine, stack, [*replaced, *removed], policy)
    for record in removed:
        del stack.resources[record.logical_id]
    deployment.open = False
    reason = "Update successful. One or more resources could not be deleted." if undeleted else ""
    engine.set_status(stack, "UPDATE_COMPLETE", reason)


def start_deletion(engine: Engine, stack: Stack, retain: Collection[str]) -> None:
    """Delete a stack in the background; it is DELETE_IN_PROGRESS when this returns."""
    begin_deletion(engine, stack, "User Initiated")

    def run() -> None:
        delete_stack(engine, stack, retain)

    engine.account.background.start(f"delete {stack.name}", run)


def start_rollback(deployment: Deployment, skip: Collection[str]) -> None:
    """Roll back in the background once more (ContinueUpdateRollback)."""
    deployment.engine.account.background.start(
        f"roll back {deployment.stack.name}", lambda: roll_back(deployment, "User Initiated", skip)
    )
