"""What is wrong with a template's functions, told before anything is made: what is not known yet stays UNKNOWN."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.aws.cloudformation import conditions
from sandbox.aws.cloudformation.dynamic_references import check as check_dynamic_references
from sandbox.aws.cloudformation.intrinsics import UNKNOWN, Resolver
from sandbox.aws.cloudformation.references import PSEUDO_PARAMETERS
from sandbox.aws.cloudformation.template import Output, Resource, Template


def check_template(template: Template) -> None:
    """Refuse what is wrong whatever the parameters' values are.

    Raises:
        ValidationError: in AWS's words.
        UnsupportedError: a dynamic reference that the sandbox does not resolve.
    """
    values = dict.fromkeys([*template.parameters, *PSEUDO_PARAMETERS], UNKNOWN)
    conditions.evaluate(template.conditions, values, template.mappings)
    resolver = _resolver(values, template.mappings)
    for part in expressions([*template.resources.values()], [*template.outputs.values()]):
        resolver.resolve(_both_branches(part, template.conditions, resolver))


def check_expressions(
    values: Mapping[str, Any], mappings: Mapping[str, Any], resources: Sequence[Resource], outputs: Sequence[Output]
) -> None:
    """Refuse what is wrong with these parameters' values; conditions are pruned already. Raises as `check_template`."""
    resolver = _resolver(values, mappings)
    for part in expressions(resources, outputs):
        check_dynamic_references(resolver.resolve(part))


def expressions(resources: Sequence[Resource], outputs: Sequence[Output]) -> list[Any]:
    """Everything of resources and outputs that functions may be used in."""
    parts: list[Any] = []
    for resource in resources:
        parts += [dict(resource.properties), dict(resource.creation_policy), dict(resource.update_policy)]
    for output in outputs:
        parts += [output.value, *([] if output.export_name is None else [output.export_name])]
    return parts


def _resolver(values: Mapping[str, Any], mappings: Mapping[str, Any]) -> Resolver:
    return Resolver(
        values=values,
        mappings=mappings,
        reference=lambda _: UNKNOWN,
        attribute=lambda _, __: UNKNOWN,
        export=lambda _: UNKNOWN,
        zones=lambda _: UNKNOWN,
    )


def _both_branches(value: Any, known: Mapping[str, Any], resolver: Resolver) -> Any:
    """`value` with UNKNOWN for every Fn::If, whose branches are checked apart."""
    if isinstance(value, list):
        return [_both_branches(entry, known, resolver) for entry in value]
    if not isinstance(value, dict):
        return value
    if value.keys() != {"Fn::If"}:
        return {key: _both_branches(entry, known, resolver) for key, entry in value.items()}
    for branch in conditions.branches(value["Fn::If"], known)[1:]:
        resolver.resolve(_both_branches(branch, known, resolver))
    return UNKNOWN
