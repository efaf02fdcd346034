"""A template bound to parameter values: the resources that are wanted, in order, and how they differ."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import Any

from sandbox.aws.cloudformation import checks, conditions, references
from sandbox.aws.cloudformation.errors import StackError, ValidationError
from sandbox.aws.cloudformation.intrinsics import NO_VALUE, Resolver, contains_unknown
from sandbox.aws.cloudformation.parameters import ParameterValue
from sandbox.aws.cloudformation.schema import ResourceSchema
from sandbox.aws.cloudformation.template import Output, Resource, Template, check_policy

STACK_TYPE = "AWS::CloudFormation::Stack"


@dataclass(frozen=True)
class Plan:
    """What one template with one set of parameter values asks for."""

    template: Template
    parameters: Mapping[str, ParameterValue]
    pseudo: Mapping[str, Any]
    tags: Mapping[str, str]  # of the whole stack

    @cached_property
    def values(self) -> Mapping[str, Any]:
        """What Ref gives for parameters and pseudo parameters."""
        return {**self.pseudo, **{name: value.value for name, value in self.parameters.items()}}

    @cached_property
    def conditions(self) -> Mapping[str, bool]:
        return conditions.evaluate(self.template.conditions, self.values, self.template.mappings)

    @cached_property
    def resources(self) -> Mapping[str, Resource]:
        """The resources whose conditions hold, in an order that respects what depends on what.

        Raises:
            ValidationError: a condition or a name that is not defined, or a circle.
        """
        wanted = {
            name: self._pruned(resource)
            for name, resource in self.template.resources.items()
            if self._holds(resource.condition)
        }
        needs = {name: self._needs(resource, wanted) for name, resource in wanted.items()}
        return {name: wanted[name] for name in references.order(needs)}

    @cached_property
    def dependencies(self) -> Mapping[str, set[str]]:
        """For each wanted resource, the resources it waits for."""
        return {name: self._needs(resource, self.resources) for name, resource in self.resources.items()}

    @cached_property
    def outputs(self) -> Mapping[str, Output]:
        """The outputs whose conditions hold.

        Raises:
            ValidationError: one refers to a resource whose own condition does not hold.
        """
        wanted = {
            name: replace(
                output,
                value=conditions.prune(output.value, self.conditions),
                export_name=conditions.prune(output.export_name, self.conditions),
            )
            for name, output in self.template.outputs.items()
            if self._holds(output.condition, "Outputs")
        }
        referred = [name for name, _ in references.references([[o.value, o.export_name] for o in wanted.values()])]
        absent = [name for name in referred if name in self.template.resources and name not in self.resources]
        if absent:
            raise ValidationError(
                f"Unresolved resource dependencies [{', '.join(dict.fromkeys(absent))}] "
                "in the Outputs block of the template"
            )
        return wanted

    def check(self) -> None:
        """Refuse what is wrong with the template and these values.

        Raises:
            ValidationError: in AWS's words.
            UnsupportedError: a dynamic reference that the sandbox does not resolve.
        """
        checks.check_expressions(
            self.values, self.template.mappings, [*self.resources.values()], [*self.outputs.values()]
        )

    def _holds(self, condition: str | None, section: str = "Resources") -> bool:
        if condition is None:
            return True
        if condition not in self.conditions:
            raise ValidationError(
                f"Template format error: Unresolved condition dependency {condition} "
                f"in the {section} block of the template"
            )
        return self.conditions[condition]

    def _policy(self, resource: Resource, attribute: str, written: Any) -> str | None:
        """A deletion policy's value; functions in it see parameters, mappings and conditions."""
        if written is None:
            return None
        resolver = Resolver(
            values=self.values,
            mappings=self.template.mappings,
            reference=conditions.refuse_resource,
            attribute=lambda name, _: conditions.refuse_resource(name),
            export=conditions.refuse_resource,
            zones=conditions.refuse_resource,
        )
        policy = resolver.resolve(conditions.prune(written, self.conditions))
        policy = "Delete" if policy is NO_VALUE else policy
        check_policy(resource.logical_id, resource.type, attribute, policy)
        return policy

    def _pruned(self, resource: Resource) -> Resource:
        return replace(
            resource,
            deletion_policy=self._policy(resource, "DeletionPolicy", resource.deletion_policy),
            update_replace_policy=self._policy(resource, "UpdateReplacePolicy", resource.update_replace_policy),
            properties=conditions.prune(resource.properties, self.conditions),
            creation_policy=conditions.prune(resource.creation_policy, self.conditions),
            update_policy=conditions.prune(resource.update_policy, self.conditions),
        )

    def _needs(self, resource: Resource, wanted: Mapping[str, Resource]) -> set[str]:
        parts = [dict(resource.properties), dict(resource.creation_policy), dict(resource.update_policy)]
        referred = [name for name, _ in references.references(parts) if name not in self.values]
        absent = [name for name in referred if name not in wanted and name not in references.PSEUDO_PARAMETERS]
        if absent:
            raise ValidationError(
                f"Template format error: Unresolved resource dependencies [{', '.join(dict.fromkeys(absent))}] "
                "in the Resources block of the template"
            )
        explicit = {name for name in resource.depends_on if name in wanted}
        return explicit | {name for name in referred if name in wanted}


def check_references(template: Template, has_attribute: Callable[[str, str], bool]) -> None:
    """Refuse names that the template does not define, and attributes that only AWS has.

    An attribute that nobody has is refused by deploying: see `check_attributes`.

    Raises:
        ValidationError: in AWS's words.
        UnsupportedError: by `has_attribute`, of a type and a name.
    """
    known = {*template.parameters, *template.resources, *references.PSEUDO_PARAMETERS}
    for resource in template.resources.values():
        for name in resource.depends_on:
            if name not in template.resources:
                raise ValidationError(
                    f"Template format error: Unresolved resource dependencies [{name}] "
                    "in the Resources block of the template"
                )
    sections = {
        "Resources": [
            [dict(r.properties), dict(r.creation_policy), dict(r.update_policy)] for r in template.resources.values()
        ],
        "Outputs": [[output.value, output.export_name] for output in template.outputs.values()],
    }
    for section, content in sections.items():
        for name, attribute in references.references(content):
            if attribute is not None:
                _check_attribute(template, name, attribute, has_attribute)
            elif name not in known:
                raise ValidationError(
                    f"Template format error: Unresolved resource dependencies [{name}] "
                    f"in the {section} block of the template"
                )


def _check_attribute(template: Template, name: str, attribute: str, has_attribute: Callable[[str, str], bool]) -> None:
    resource = template.resources.get(name)
    if resource is None:
        raise ValidationError(f"Template error: instance of Fn::GetAtt references undefined resource {name}")
    _has(resource.type, attribute, has_attribute)


def _has(type_name: str, attribute: str, has_attribute: Callable[[str, str], bool]) -> bool:
    if type_name == STACK_TYPE:
        return attribute.startswith("Outputs.")
    return attribute == references.ANY or has_attribute(type_name, attribute)


def check_attributes(plan: Plan, has_attribute: Callable[[str, str], bool]) -> None:
    """Refuse attributes that a resource's type does not have, as AWS does once a deployment has begun.

    Raises:
        StackError: in AWS's words.
    """
    sections = {
        "Resources": {name: {"Properties": dict(resource.properties)} for name, resource in plan.resources.items()},
        "Outputs": {name: {"Value": output.value} for name, output in plan.outputs.items()},
    }
    for path, name, attribute in references.attributes(sections):
        kind = plan.template.resources[name].type
        if not _has(kind, attribute, has_attribute):
            raise StackError(f"[Error] {path}: Resource type {kind} does not support attribute {{{attribute}}}")


class Recreation(StrEnum):
    """Whether changing a property replaces the resource, in the words of a change set."""

    NEVER = "Never"
    CONDITIONALLY = "Conditionally"
    ALWAYS = "Always"


@dataclass(frozen=True)
class PropertyChange:
    """One top-level property that differs."""

    name: str
    recreation: Recreation
    known: bool  # False where only deploying will tell whether it differs


def differences(
    schema: ResourceSchema | None,
    replaces_on: frozenset[str],
    before: Mapping[str, Any],
    after: Mapping[str, Any],
) -> list[PropertyChange]:
    """How `after` differs from `before`, property by property.

    `replaces_on` adds to the schema's create-only properties.
    """
    create_only = replaces_on | (schema.create_only if schema else frozenset())
    changes: list[PropertyChange] = []
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        known = not contains_unknown(new)
        recreation = Recreation.NEVER
        if name in create_only:
            recreation = Recreation.ALWAYS if known else Recreation.CONDITIONALLY
        changes.append(PropertyChange(name, recreation, known))
    return changes
