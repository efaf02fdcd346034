"""What differs between two golden plans: what anybody can see of a change, without a stack and without credentials."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

import yaml

from scripts.plans.differences import differences
from scripts.plans.plan import Change, Operation, Plan, name_of
from scripts.plans.preview import NOT_SHOWN

OUTPUTS = "the stack's outputs"


def between(before: str, after: str, stack: str) -> Plan:
    """The plan that leads from one golden plan, as YAML, to another; an empty text is none at all.

    Raises:
        yaml.YAMLError: one of them is no YAML.
    """
    old, new = _read(before), _read(after)
    changes = list(_changes(_resources(old), _resources(new)))
    if outputs := tuple(differences(old.get("outputs", {}), new.get("outputs", {}))):
        changes.append(Change(Operation.UPDATE, "pulumi:pulumi:Stack", OUTPUTS, differences=outputs))
    return Plan(stack, tuple(changes), knows_replacements=False)


def _read(text: str) -> dict[str, Any]:
    return yaml.load(text, yaml.CSafeLoader) or {} if text.strip() else {}


def _resources(plan: Mapping[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    by_type: Mapping[str, Mapping[str, Any]] = plan.get("resources", {})
    return {(type_, name): resource for type_, named in by_type.items() for name, resource in named.items()}


def _changes(
    old: Mapping[tuple[str, str], dict[str, Any]], new: Mapping[tuple[str, str], dict[str, Any]]
) -> Iterator[Change]:
    for key in dict.fromkeys((*old, *new)):
        before, after = old.get(key), new.get(key)
        operation = Operation.CREATE if before is None else Operation.DELETE if after is None else Operation.UPDATE
        found = tuple(differences(_shown(before), _shown(after)))
        if operation is Operation.UPDATE and not found:
            continue
        options = cast("Mapping[str, Any]", (before or {}).get("options") or {})
        type_, name = key
        yield Change(
            operation,
            type_,
            name,
            resource=name_of(type_, *(one.get("inputs", {}) for one in (before, after) if one)),
            differences=() if operation is Operation.DELETE else found,
            protected=bool(options.get("protect")),
            retained=bool(options.get("retainOnDelete")),
        )


def _shown(resource: Mapping[str, Any] | None) -> dict[str, Any]:
    """Its inputs as they are, and what else was said of it by its own name."""
    if resource is None:
        return {}
    inputs = {key: value for key, value in resource.get("inputs", {}).items() if key not in NOT_SHOWN}
    others = {f"({key})": value for key, value in resource.items() if key != "inputs"}
    return {**inputs, **others}
