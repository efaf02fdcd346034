"""The properties of one stack's resources, resolved against what is there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sandbox.aws.cloudformation.dynamic_references import replace
from sandbox.aws.cloudformation.errors import ResourceError, StackError, ValidationError
from sandbox.aws.cloudformation.intrinsics import Resolver, contains_unknown
from sandbox.aws.cloudformation.model import Stack, StackOutput
from sandbox.aws.cloudformation.permissions import require_zones
from sandbox.aws.cloudformation.plan import Plan
from sandbox.aws.cloudformation.resources.base import HANDLERS, Context
from sandbox.aws.cloudformation.schema import ResourceSchema, resource_schema
from sandbox.aws.cloudformation.template import Resource, as_text

if TYPE_CHECKING:
    from sandbox.aws.cloudformation.engine import Engine


class Resolution:
    """Resolves a plan's expressions for one stack, and remembers which exports it imported."""

    def __init__(self, engine: Engine, stack: Stack, plan: Plan) -> None:
        self.engine = engine
        self.stack = stack
        self.plan = plan
        self.imports: set[str] = set()
        self._resolver = Resolver(
            values=plan.values,
            mappings=plan.template.mappings,
            reference=self.reference,
            attribute=self.attribute,
            export=self._import,
            zones=self._zones,
        )

    def reference(self, logical_id: str) -> Any:
        """What Ref gives for a resource."""
        record = self.stack.resources[logical_id]
        return HANDLERS[record.type].reference(record.physical_id)

    def attribute(self, logical_id: str, name: str) -> Any:
        """What Fn::GetAtt gives: always a value, or a failure."""
        record = self.stack.resources[logical_id]
        context = Context(self.engine, self.stack, record)
        value = HANDLERS[record.type].attribute(context, record.physical_id, name)
        if value in (None, ""):
            raise ResourceError(f"Attribute '{name}' of {logical_id} ({record.type}) has no value")
        return value

    def resolve(self, value: Any) -> Any:
        return self._resolver.resolve(value)

    def properties(self, resource: Resource) -> dict[str, Any]:
        """A resource's properties: resolved, in the schema's types, with the stack's tags.

        Raises:
            ResourceError: they do not conform to the type's schema; all problems at once.
        """
        schema = self.schema(resource.type)
        resolved = replace(self._resolver.resolve(dict(resource.properties)), self._stored)
        tagged = with_stack_tags(schema, resolved, self.plan.tags, resource.type)
        conforming, problems = schema.conform(tagged)
        if problems and not contains_unknown(tagged):
            raise ResourceError(
                f"Properties validation failed for resource {resource.logical_id} with message:\n"
                f"[{', '.join(problems)}]"
            )
        return conforming

    def schema(self, type_name: str) -> ResourceSchema:
        schema = resource_schema(self.engine.account.region, type_name)
        if schema is None:
            raise ValidationError(f"Template format error: Unrecognized resource types: [{type_name}]")
        return schema

    def outputs(self) -> dict[str, StackOutput]:
        """Every output's value.

        Raises:
            StackError: an export of that name belongs to another stack.
        """
        outputs: dict[str, StackOutput] = {}
        for name, output in self.plan.outputs.items():
            value = replace(self._resolver.resolve(output.value), self._stored)
            if isinstance(value, list | dict):
                raise StackError(f"Template format error: Output {name} is malformed. The value must be a string")
            export = None if output.export_name is None else as_text(self._resolver.resolve(output.export_name))
            outputs[name] = StackOutput(name, as_text(value), output.description, export)
        return outputs

    def _stored(self, key: str) -> str:
        value = self.engine.lookups.parameter(key)
        if value is None:
            raise StackError(f"Unable to fetch parameters [{key}] from parameter store for this account.")
        return value

    def _zones(self, region: str) -> list[str]:
        require_zones(self.engine.account, self.stack)
        return self.engine.lookups.zones(region)

    def _import(self, name: str) -> Any:
        found = self.engine.exports().get(name)
        if found is None:
            raise StackError(f"No export named {name} found.")
        self.imports.add(name)
        return found[1].value


def with_stack_tags(
    schema: ResourceSchema, properties: dict[str, Any], tags: Mapping[str, str], type_name: str
) -> dict[str, Any]:
    """The properties with the stack's own tags, as CloudFormation passes them on; a resource's own win."""
    if not tags or schema.tags is None:
        return properties
    own = properties.get(schema.tags)
    if schema.tags_are_a_map:
        return {**properties, schema.tags: {**tags, **(own or {})}}
    own_keys = {tag.get("Key") for tag in own or []}
    extra = HANDLERS[type_name].stack_tag
    passed_on = [{"Key": key, "Value": value, **extra} for key, value in tags.items() if key not in own_keys]
    return {**properties, schema.tags: [*(own or []), *passed_on]}
