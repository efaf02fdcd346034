"""AWS::CloudFormation::Stack: a stack as a resource of another."""

from __future__ import annotations

from typing import Any, ClassVar

from sandbox.aws.cloudformation import capabilities
from sandbox.aws.cloudformation.deletion import begin_deletion, delete_stack
from sandbox.aws.cloudformation.errors import ResourceError
from sandbox.aws.cloudformation.forecast import expected_changes
from sandbox.aws.cloudformation.lifecycle import commit, start_deployment
from sandbox.aws.cloudformation.model import Stack
from sandbox.aws.cloudformation.plan import STACK_TYPE
from sandbox.aws.cloudformation.resources.base import Context, Handler, Properties, handles
from sandbox.aws.cloudformation.rollback import roll_back
from sandbox.aws.cloudformation.template import Template

_KNOWN = {"TemplateURL", "Parameters", "Tags"}


@handles
class NestedStack(Handler):
    """Its physical id is the child's stack id."""

    type_name: ClassVar[str] = STACK_TYPE

    def create(self, context: Context, properties: Properties) -> str:
        parent = context.stack
        template = _template(context, properties)
        child = context.engine.add(
            context.name(),
            parent_id=parent.stack_id,
            root_id=parent.root_id or parent.stack_id,
            role_arn=parent.role_arn,
            caller=parent.caller,
            capabilities=parent.capabilities,
            token=parent.token,
        )
        _deploy(context, child, template, properties)
        return child.stack_id

    def settle(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Wait for the child.

        Raises:
            ResourceError: it failed; the reason quotes the child's.
        """
        deployment = _child(context, physical_id).deployment
        if deployment is None:
            return
        deployment.settled.wait()
        if deployment.succeeded:
            return
        if deployment.creating:
            raise ResourceError(f"Embedded stack {physical_id} was not successfully created: {deployment.reason}")
        raise ResourceError(
            f"Embedded stack {physical_id} was not successfully updated. "
            f"Currently in UPDATE_ROLLBACK_IN_PROGRESS with reason: {deployment.reason}"
        )

    def update(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        child = _child(context, physical_id)
        template = _template(context, new)
        child.role_arn, child.capabilities = context.stack.role_arn, context.stack.capabilities
        child.caller = context.stack.caller
        child.token = context.stack.token
        _deploy(context, child, template, new)

    def restore(self, context: Context, physical_id: str, now: Properties, then: Properties) -> None:
        """Have the child rolled back, unless it has done so itself."""
        child = _child(context, physical_id)
        if child.deployment is None:
            return
        child.deployment.settled.wait()
        if child.deployment.open:
            roll_back(child.deployment, "")
        if child.deployment.open:
            raise ResourceError(f"Embedded stack {physical_id} was not successfully rolled back: {child.reason}")
        child.deployment = None

    def commit(self, context: Context, physical_id: str) -> None:
        deployment = _child(context, physical_id).deployment
        if deployment is not None and deployment.open:
            commit(deployment)

    def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        child = _child(context, physical_id)
        if child.deployment is not None:
            child.deployment.settled.wait()
        if child.deleted is not None:
            return
        begin_deletion(context.engine, child, "")
        if not delete_stack(context.engine, child):
            raise ResourceError(f"Embedded stack {physical_id} could not be deleted: {child.reason}")

    def attribute(self, context: Context, physical_id: str, name: str) -> Any:
        key = name.removeprefix("Outputs.")
        outputs = _child(context, physical_id).outputs
        if key not in outputs:
            raise ResourceError(f"Output '{key}' not found in stack '{physical_id}'")
        return outputs[key]


def _child(context: Context, physical_id: str) -> Stack:
    child = context.engine.find(physical_id)
    if child is None:
        raise ResourceError(f"Stack with id {physical_id} does not exist")
    return child


def _template(context: Context, properties: Properties) -> Template:
    unknown = sorted(properties.keys() - _KNOWN)
    if unknown:
        raise ResourceError(f"The sandbox does not apply {unknown} of {STACK_TYPE}; AWS does.")
    template = context.engine.template(None, properties["TemplateURL"], context.stack)
    capabilities.check(template, context.stack.capabilities)
    return template


def _deploy(context: Context, child: Stack, template: Template, properties: Properties) -> None:
    """Start the child's deployment, or note that it has nothing to do."""
    given = [
        {"ParameterKey": name, "ParameterValue": ",".join(value) if isinstance(value, list) else str(value)}
        for name, value in properties.get("Parameters", {}).items()
    ]
    tags = {tag["Key"]: tag["Value"] for tag in properties.get("Tags", [])}
    plan = context.engine.plan(child, template, given, tags)
    if child.plan is not None and not expected_changes(context.engine, child, plan).any:
        child.deployment = None
    else:
        start_deployment(context.engine, child, plan, reason="", nested=True)
