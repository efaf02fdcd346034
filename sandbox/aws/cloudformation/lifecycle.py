"""From beginning to end: a deployment in the background, committed or rolled back."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sandbox.aws.cloudformation.deletion import begin_deletion, delete_resources, delete_stack
from sandbox.aws.cloudformation.deployment import Action, Deployment
from sandbox.aws.cloudformation.model import Stack, StackResource
from sandbox.aws.cloudformation.plan import STACK_TYPE
from sandbox.aws.cloudformation.resources.base import HANDLERS, failure_reason
from sandbox.aws.cloudformation.rollback import roll_back

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from sandbox.aws.cloudformation.engine import Engine
    from sandbox.aws.cloudformation.plan import Plan

_FAILED = {
    "CREATE_IN_PROGRESS": "CREATE_FAILED",
    "ROLLBACK_IN_PROGRESS": "ROLLBACK_FAILED",
    "UPDATE_IN_PROGRESS": "UPDATE_FAILED",
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS": "UPDATE_FAILED",
    "UPDATE_ROLLBACK_IN_PROGRESS": "UPDATE_ROLLBACK_FAILED",
    "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS": "UPDATE_ROLLBACK_FAILED",
    "DELETE_IN_PROGRESS": "DELETE_FAILED",
}


def start_deployment(
    engine: Engine,
    stack: Stack,
    plan: Plan,
    *,
    reason: str = "User Initiated",
    nested: bool = False,
    then: Callable[[bool], None] | None = None,
) -> Deployment:
    """Begin in the background; the stack is IN_PROGRESS when this returns.

    `then` is told whether it succeeded, once nothing is at work any more.

    The root's deployment runs to its end by itself. A nested stack's update waits, applied, for its
    parent's verdict: `commit` or `roll_back`.
    """
    deployment = Deployment(engine, stack, plan, nested=nested)
    if not deployment.creating:
        stack.updated = engine.account.clock.now()
    stack.deployment = deployment
    stack.tags = plan.tags
    engine.set_status(stack, f"{deployment.kind}_IN_PROGRESS", reason)
    engine.account.background.start(f"stack {stack.name}", lambda: _run(deployment, then))
    return deployment


@contextmanager
def _never_hanging(engine: Engine, stack: Stack) -> Iterator[None]:
    """What is at work on a stack ends it in a failed status, whatever fails."""
    try:
        yield
    except Exception as error:
        status = _FAILED.get(stack.status, stack.status)
        engine.set_status(stack, status, failure_reason(error, STACK_TYPE))


def _run(deployment: Deployment, then: Callable[[bool], None] | None) -> None:
    try:
        with _never_hanging(deployment.engine, deployment.stack):
            _carry_out(deployment)
        if then is not None:
            then(deployment.succeeded)
    finally:
        deployment.settled.set()


def _carry_out(deployment: Deployment) -> None:
    engine, stack = deployment.engine, deployment.stack
    applied = deployment.apply()
    if not applied:
        _give_up(deployment)
        return
    if deployment.creating:
        deployment.open = False
        engine.set_status(stack, "CREATE_COMPLETE")
    elif deployment.nested:
        engine.set_status(stack, "UPDATE_COMPLETE")
    else:
        commit(deployment)
    deployment.succeeded = True


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

    def policy(record: StackResource) -> str | None:
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
        with _never_hanging(engine, stack):
            delete_stack(engine, stack, retain)

    engine.account.background.start(f"delete {stack.name}", run)


def start_rollback(deployment: Deployment, skip: Collection[str]) -> None:
    """Roll back in the background once more (ContinueUpdateRollback)."""

    def run() -> None:
        with _never_hanging(deployment.engine, deployment.stack):
            roll_back(deployment, "User Initiated", skip)

    deployment.engine.account.background.start(f"roll back {deployment.stack.name}", run)
