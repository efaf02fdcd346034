"""Applying a plan to a stack, resource by resource."""

from __future__ import annotations

import copy
import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

from sandbox.aws.cloudformation import permissions
from sandbox.aws.cloudformation.errors import ResourceError, StackError
from sandbox.aws.cloudformation.model import Stack, StackOutput, StackResource
from sandbox.aws.cloudformation.plan import STACK_TYPE, Plan, Recreation, check_attributes, differences
from sandbox.aws.cloudformation.resolution import Resolution
from sandbox.aws.cloudformation.resources.base import HANDLERS, Context, failure_reason
from sandbox.aws.cloudformation.template import Resource
from sandbox.aws.service import AwsError

if TYPE_CHECKING:
    from sandbox.aws.cloudformation.engine import Engine

CANCELLED = "Resource {} cancelled"
_REPLACING = "Requested update requires the creation of a new physical resource; hence creating one."


class Action(Enum):
    """What is done to a resource."""

    CREATE = auto()
    MODIFY = auto()
    REPLACE = auto()

    @property
    def status(self) -> str:
        return "CREATE" if self is Action.CREATE else "UPDATE"

    @property
    def noun(self) -> str:
        return "creation" if self is Action.CREATE else "update"


@dataclass
class Step:
    """One resource at work."""

    action: Action
    record: StackResource
    before: StackResource | None  # a copy, as it was
    properties: dict[str, Any]
    context: Context
    begun: float


@dataclass(frozen=True)
class Before:
    """What a stack was before a deployment."""

    plan: Plan | None
    outputs: Mapping[str, StackOutput]
    imports: frozenset[str]
    tags: Mapping[str, str]


def touches(record: StackResource, old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether an update reaches the resource itself; a change of its Metadata alone does not."""
    return old != new or not record.intact or record.type == STACK_TYPE


class Deployment:
    """Brings a stack from what it is to what a plan says, and remembers how it was."""

    def __init__(self, engine: Engine, stack: Stack, plan: Plan, *, nested: bool) -> None:
        self.engine = engine
        self.stack = stack
        self.plan = plan
        self.creating = stack.plan is None
        self.reason = ""  # why it failed
        self.succeeded = False
        self.settled = threading.Event()  # applied, or rolled back after a failure of its own
        self.steps: dict[str, Step] = {}
        self.before = Before(stack.plan, dict(stack.output_values), stack.imports, dict(stack.tags))
        self.nested = nested
        self.open = True  # neither committed nor rolled back
        self._cancelled = ""
        self._failed: dict[Action, list[str]] = {}
        self._resolution = Resolution(engine, stack, plan)

    def cancel(self, reason: str) -> None:
        """Stop after the calls under way, and roll back; too late once it has settled."""
        self._cancelled = reason
        for step in list(self.steps.values()):
            child = self.engine.find(step.record.physical_id)
            if child is not None and child.deployment is not None:
                child.deployment.cancel(reason)

    @property
    def kind(self) -> str:
        return "CREATE" if self.creating else "UPDATE"

    # -- applying -------------------------------------------------------------------------------------

    def apply(self) -> bool:
        """Create and update what differs, dependencies first. False: `reason` says why not."""
        waiting = dict(self.plan.resources)
        done: set[str] = set()
        at_work: deque[Step] = deque()
        try:
            check_attributes(self.plan, self.engine.has_attribute)
            while waiting or at_work:
                ready = [name for name in waiting if self.plan.dependencies[name] <= done]
                for name in ready:
                    self._check_cancelled()
                    step = self._begin(waiting.pop(name))
                    if step is None:
                        done.add(name)
                    else:
                        at_work.append(step)
                if at_work:
                    self._finish(at_work[0])
                    done.add(at_work.popleft().record.logical_id)
            self._take_over()
        except ResourceError:
            self._cancel_siblings(at_work)
        except Exception as failure:
            self._cancel_siblings(at_work)
            self.reason = failure_reason(failure, STACK_TYPE)
        if self._failed and not self.reason:
            self.reason = self._describe_failures()
        if self.reason and self.creating and not self.stack.disable_rollback:
            self.reason = f"{self.reason.rstrip('. ')}. Rollback requested by user."
        return not self.reason

    def _check_cancelled(self) -> None:
        if self._cancelled:
            raise StackError(self._cancelled)

    def _begin(self, resource: Resource) -> Step | None:
        """Start on one resource; None where nothing differs."""
        record = self.stack.resources.get(resource.logical_id)
        try:
            properties = self._resolution.properties(resource)
        except Exception as error:
            reason = failure_reason(error, resource.type)
            self._fail_unresolved(resource, record, reason)
            raise ResourceError(reason) from error
        action = self._action(resource, record, properties)
        if record is not None:
            record.definition = resource
            record.depends_on = frozenset(self.plan.dependencies[resource.logical_id])
        if action is None:
            return None
        step = self._step(action, resource, record, properties)
        try:
            self._carry_out(step)
        except Exception as error:
            raise self._failure(step, error) from error
        return step

    def _action(self, resource: Resource, record: StackResource | None, properties: Mapping[str, Any]) -> Action | None:
        if record is None:
            return Action.CREATE
        changes = differences(
            self._resolution.schema(resource.type),
            HANDLERS[resource.type].replaces_on,
            record.properties,
            properties,
        )
        if any(change.recreation is Recreation.ALWAYS for change in changes):
            return Action.REPLACE
        # A nested stack's own templates may differ where its properties do not.
        changed = changes or record.definition.metadata != resource.metadata
        return Action.MODIFY if changed or resource.type == STACK_TYPE or not record.intact else None

    def _step(
        self, action: Action, resource: Resource, record: StackResource | None, properties: dict[str, Any]
    ) -> Step:
        before = copy.copy(record)
        if record is None or action is Action.REPLACE:
            record = StackResource(
                logical_id=resource.logical_id,
                type=resource.type,
                definition=resource,
                status="",
                updated=self.engine.account.clock.now(),
                depends_on=frozenset(self.plan.dependencies[resource.logical_id]),
            )
            self.stack.resources[resource.logical_id] = record
        context = Context(
            self.engine,
            self.stack,
            record,
            creation_policy=self._resolution.resolve(dict(resource.creation_policy)),
            update_policy=self._resolution.resolve(dict(resource.update_policy)),
        )
        step = Step(action, record, before, properties, context, time.monotonic())
        self.steps[resource.logical_id] = step
        return step

    def _carry_out(self, step: Step) -> None:
        record, action = step.record, step.action
        handler = HANDLERS[record.type]
        status = f"{action.status}_IN_PROGRESS"
        if action is Action.MODIFY:
            old = record.properties
            touched = touches(record, old, step.properties)
            record.properties, record.intact = step.properties, False
            self.engine.set_resource_status(self.stack, record, status)
            if touched:
                permissions.require(step.context, "update", old, step.properties)
                handler.update(step.context, record.physical_id, copy.deepcopy(old), copy.deepcopy(step.properties))
            return
        record.properties = step.properties
        self.engine.set_resource_status(self.stack, record, status, _REPLACING if action is Action.REPLACE else "")
        self._check_custom_name(step)
        permissions.require(step.context, "create", {}, step.properties)
        record.physical_id = handler.create(step.context, copy.deepcopy(step.properties))
        self.engine.set_resource_status(self.stack, record, status, "Resource creation Initiated")

    def _check_custom_name(self, step: Step) -> None:
        name = self._resolution.schema(step.record.type).custom_name
        if step.before is None or name is None or name not in step.properties:
            return
        if step.before.properties.get(name) == step.properties[name]:
            raise ResourceError(
                "CloudFormation cannot update a stack when a custom-named resource requires replacing. "
                f"Rename {step.properties[name]} and update the stack again."
            )

    def _finish(self, step: Step) -> None:
        try:
            HANDLERS[step.record.type].settle(step.context, step.record.physical_id, step.properties)
        except Exception as error:
            raise self._failure(step, error) from error
        self.engine.wait_until(step.begun + self.engine.pace)
        step.record.intact = True
        self.engine.set_resource_status(self.stack, step.record, f"{step.action.status}_COMPLETE")

    # -- failing --------------------------------------------------------------------------------------

    def _failure(self, step: Step, error: Exception) -> Exception:
        """Record a failed step. Returns what to raise."""
        reason = failure_reason(error, step.record.type)
        self._record_failure(step, reason)
        return ResourceError(reason)

    def _record_failure(self, step: Step, reason: str) -> None:
        step.record.intact = False
        self._failed.setdefault(step.action, []).append(step.record.logical_id)
        self.engine.set_resource_status(self.stack, step.record, f"{step.action.status}_FAILED", reason)

    def _fail_unresolved(self, resource: Resource, record: StackResource | None, reason: str) -> None:
        step = self._step(Action.CREATE if record is None else Action.MODIFY, resource, record, {})
        self.engine.set_resource_status(self.stack, step.record, f"{step.action.status}_IN_PROGRESS")
        self._failed.setdefault(step.action, []).append(resource.logical_id)
        self.engine.set_resource_status(self.stack, step.record, f"{step.action.status}_FAILED", reason)

    def _cancel_siblings(self, at_work: deque[Step]) -> None:
        """What was at work beside the failed resource is given up."""
        for step in at_work:
            if step.record.status.endswith("_FAILED"):
                continue
            child = self.engine.find(step.record.physical_id)
            if child is not None and child.deployment is not None:
                child.deployment.cancel(CANCELLED.format(step.action.noun))
            self._record_failure(step, CANCELLED.format(step.action.noun))

    def _describe_failures(self) -> str:
        verbs = {"create": (Action.CREATE,), "update": (Action.MODIFY, Action.REPLACE)}
        sentences: list[str] = []
        for verb, actions in verbs.items():
            names = [name for action in actions for name in self._failed.get(action, [])]
            if names:
                sentences.append(f"The following resource(s) failed to {verb}: [{', '.join(names)}]. ")
        return "".join(sentences)

    # -- outputs --------------------------------------------------------------------------------------

    def _take_over(self) -> None:
        """Everything is applied: the stack is now the plan's, with its outputs.

        Raises:
            StackError: an export is taken, or one in use would change or go.
        """
        self._check_cancelled()
        try:
            outputs = self._resolution.outputs()
        except (ResourceError, AwsError) as failure:
            raise StackError(str(failure)) from failure
        with self.engine.lock:
            self._check_exports(outputs)
            self.stack.output_values = outputs
            self.stack.plan = self.plan
            self.stack.imports = frozenset(self._resolution.imports)

    def _check_exports(self, outputs: Mapping[str, StackOutput]) -> None:
        new = {output.export_name: output.value for output in outputs.values() if output.export_name}
        taken = self.engine.exports()
        for name in new:
            if name in taken and taken[name][0] is not self.stack:
                raise StackError(f"Export with name {name} is already exported by stack {taken[name][0].name}")
        for output in self.before.outputs.values():
            name = output.export_name
            users = ", ".join(stack.name for stack in self.engine.importers(name)) if name else ""
            if name and users and name not in new:
                raise StackError(f"Export {name} cannot be deleted as it is in use by {users}")
            if name and users and new[name] != output.value:
                raise StackError(f"Export {name} cannot be updated as it is in use by {users}")
