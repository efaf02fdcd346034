"""What deploying a plan would change, told before anything is touched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.aws.cloudformation.errors import ResourceError, StackError, ValidationError
from sandbox.aws.cloudformation.intrinsics import UNKNOWN
from sandbox.aws.cloudformation.model import ResourceChange, Stack
from sandbox.aws.cloudformation.plan import STACK_TYPE, Plan, Recreation, differences
from sandbox.aws.cloudformation.resolution import Resolution
from sandbox.aws.cloudformation.resources.base import HANDLERS
from sandbox.aws.cloudformation.template import Resource

if TYPE_CHECKING:
    from sandbox.aws.cloudformation.engine import Engine

_REPLACEMENT = {Recreation.ALWAYS: "True", Recreation.CONDITIONALLY: "Conditional", Recreation.NEVER: "False"}
_ATTRIBUTES = {
    "Metadata": "metadata",
    "CreationPolicy": "creation_policy",
    "UpdatePolicy": "update_policy",
    "DeletionPolicy": "deletion_policy",
    "UpdateReplacePolicy": "update_replace_policy",
}
_SEVERITY = [Recreation.NEVER, Recreation.CONDITIONALLY, Recreation.ALWAYS]


@dataclass(frozen=True)
class Changes:
    """What a change set shows; `any` is also true for a change of outputs or of the stack's tags alone."""

    resources: list[ResourceChange]
    any: bool


def expected_changes(engine: Engine, stack: Stack, plan: Plan) -> Changes:
    """The changes that deploying `plan` would make. A nested stack counts as changed, as on AWS.

    Raises:
        ValidationError: a resource would change its type, or an expression cannot be resolved.
    """
    forecast = _Forecast(engine, stack, plan)
    changes = [change for resource in plan.resources.values() if (change := _change(forecast, resource)) is not None]
    changes += [
        ResourceChange("Remove", name, record.physical_id, record.type)
        for name, record in stack.resources.items()
        if name not in plan.resources
    ]
    before = stack.plan
    outputs_differ = before is None or before.template.outputs != plan.template.outputs
    tags_differ = before is None or before.tags != plan.tags
    return Changes(changes, bool(changes) or outputs_differ or tags_differ)


class _Forecast(Resolution):
    """A resolution in which what only deploying will tell is UNKNOWN."""

    def __init__(self, engine: Engine, stack: Stack, plan: Plan) -> None:
        super().__init__(engine, stack, plan)
        self.recreated: dict[str, bool] = {}  # for each resource that changes

    def reference(self, logical_id: str) -> Any:
        if logical_id not in self.stack.resources or self.recreated.get(logical_id, False):
            return UNKNOWN
        return super().reference(logical_id)

    def attribute(self, logical_id: str, name: str) -> Any:
        if logical_id not in self.stack.resources or logical_id in self.recreated:
            return UNKNOWN
        return super().attribute(logical_id, name)


def _change(forecast: _Forecast, resource: Resource) -> ResourceChange | None:
    name = resource.logical_id
    record = forecast.stack.resources.get(name)
    try:
        properties = forecast.properties(resource)
    except (ResourceError, StackError):
        properties = {}  # deploying will say so, as an event of the resource or the stack
    if record is None:
        forecast.recreated[name] = True
        return ResourceChange("Add", name, "", resource.type)
    if record.type != resource.type:
        raise ValidationError(
            "Update of resource type is not permitted. The new template modifies resource type "
            f"of the following resources: [{name}]"
        )
    changes = differences(
        forecast.schema(resource.type), HANDLERS[resource.type].replaces_on, record.properties, properties
    )
    attributes = _changed_attributes(record.definition, resource)
    if not changes and not attributes and resource.type != STACK_TYPE:
        return None
    worst = max((change.recreation for change in changes), key=_SEVERITY.index, default=Recreation.NEVER)
    forecast.recreated[name] = worst is not Recreation.NEVER
    return ResourceChange("Modify", name, record.physical_id, resource.type, changes, _REPLACEMENT[worst], attributes)


def _changed_attributes(before: Resource, after: Resource) -> list[str]:
    """Attributes beside the properties that differ, under their names in a template."""
    return [attribute for attribute, name in _ATTRIBUTES.items() if getattr(before, name) != getattr(after, name)]
