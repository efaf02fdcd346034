"""A template as CloudFormation reads it: parsed, its sections checked, nothing resolved."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.aws.cloudformation.errors import ValidationError
from sandbox.aws.cloudformation.yaml_loader import load

_SECTIONS = {
    "AWSTemplateFormatVersion",
    "Description",
    "Metadata",
    "Parameters",
    "Rules",
    "Mappings",
    "Conditions",
    "Transform",
    "Hooks",
    "Resources",
    "Outputs",
}
_UNSUPPORTED_SECTIONS = {"Rules", "Hooks"}
_RESOURCE_ATTRIBUTES = {
    "Type",
    "Properties",
    "DependsOn",
    "Condition",
    "Metadata",
    "DeletionPolicy",
    "UpdateReplacePolicy",
    "CreationPolicy",
    "UpdatePolicy",
}
_POLICIES = ("Delete", "Retain", "RetainExceptOnCreate", "Snapshot")


@dataclass(frozen=True)
class Parameter:
    """One declared parameter; `limits` holds its constraints under AWS's names."""

    name: str
    type: str
    default: str | None
    description: str
    no_echo: bool
    limits: Mapping[str, Any]


@dataclass(frozen=True)
class Resource:
    """One declared resource, its functions unresolved."""

    logical_id: str
    type: str
    properties: Mapping[str, Any] = field(default_factory=dict)
    depends_on: tuple[str, ...] = ()
    condition: str | None = None
    deletion_policy: str = "Delete"
    update_replace_policy: str = "Delete"
    creation_policy: Mapping[str, Any] = field(default_factory=dict)
    update_policy: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Output:
    """One declared output; `value` and `export_name` are unresolved."""

    name: str
    value: Any
    description: str | None
    export_name: Any
    condition: str | None


@dataclass(frozen=True)
class Template:
    """A parsed template and the text it came from."""

    body: str
    description: str | None
    parameters: Mapping[str, Parameter]
    mappings: Mapping[str, Any]
    conditions: Mapping[str, Any]
    resources: Mapping[str, Resource]
    outputs: Mapping[str, Output]
    metadata: Mapping[str, Any]

    @classmethod
    def parse(cls, body: str) -> Template:
        """Read a template.

        Raises:
            ValidationError: as AWS words it; transforms, rules and hooks are refused in the sandbox's words.
        """
        content = load(body)
        if not isinstance(content, dict):
            raise ValidationError("Template format error: unsupported structure.")
        unknown = sorted(set(map(str, content)) - _SECTIONS)
        if unknown:
            raise ValidationError(f"Invalid template property or properties [{', '.join(unknown)}]")
        _refuse_what_is_not_run(content)
        _check_nulls(content, "")
        resources = _section(content, "Resources")
        if not resources:
            raise ValidationError("Template format error: At least one Resources member must be defined.")
        return cls(
            body=body,
            description=content.get("Description"),
            parameters={name: _parameter(name, raw) for name, raw in _section(content, "Parameters").items()},
            mappings=_section(content, "Mappings"),
            conditions=_section(content, "Conditions"),
            resources={name: _resource(name, raw) for name, raw in resources.items()},
            outputs={name: _output(name, raw) for name, raw in _section(content, "Outputs").items()},
            metadata=_section(content, "Metadata"),
        )


def _section(content: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    section = content.get(name, {})
    if not isinstance(section, dict):
        raise ValidationError(f"Template format error: {name} must be an object.")
    return section


def _refuse_what_is_not_run(content: Mapping[str, Any]) -> None:
    transforms = content.get("Transform")
    if transforms:
        names = transforms if isinstance(transforms, list) else [transforms]
        raise ValidationError(f"The sandbox runs no transforms; the template asks for {names}.")
    for section in sorted(_UNSUPPORTED_SECTIONS & content.keys()):
        raise ValidationError(f"The sandbox does not know the template section {section}.")


def _check_nulls(value: Any, path: str) -> None:
    if value is None:
        raise ValidationError(f"Template format error: [{path}] 'null' values are not allowed in templates")
    if isinstance(value, dict):
        for key, entry in value.items():
            _check_nulls(entry, f"{path}/{key}")
    elif isinstance(value, list):
        for index, entry in enumerate(value):
            _check_nulls(entry, f"{path}/{index}")


def _parameter(name: str, raw: Any) -> Parameter:
    if not isinstance(raw, dict) or "Type" not in raw:
        raise ValidationError(
            f"Template format error: [/Parameters/{name}] Every Parameters object must contain a Type member."
        )
    default = raw.get("Default")
    return Parameter(
        name=name,
        type=str(raw["Type"]),
        default=None if default is None else as_text(default),
        description=str(raw.get("Description", "")),
        no_echo=as_text(raw.get("NoEcho", False)).lower() == "true",
        limits={key: raw[key] for key in raw if key not in ("Type", "Default", "Description", "NoEcho")},
    )


def _resource(name: str, raw: Any) -> Resource:
    if not re.fullmatch(r"[A-Za-z0-9]+", str(name)):
        raise ValidationError(f"Template format error: Resource name {{{name}}} is non alphanumeric.")
    if not isinstance(raw, dict) or "Type" not in raw:
        raise ValidationError(
            f"Template format error: [/Resources/{name}] Every Resources object must contain a Type member."
        )
    unknown = sorted(set(raw) - _RESOURCE_ATTRIBUTES)
    if unknown:
        raise ValidationError(f"Invalid template resource property '{unknown[0]}'")
    depends_on = raw.get("DependsOn", [])
    for attribute in ("DeletionPolicy", "UpdateReplacePolicy"):
        if raw.get(attribute, "Delete") not in _POLICIES:
            raise ValidationError(f"Template error: Unrecognized {attribute} {raw[attribute]} for resource {name}")
    return Resource(
        logical_id=name,
        type=str(raw["Type"]),
        properties=raw.get("Properties", {}),
        depends_on=tuple(depends_on) if isinstance(depends_on, list) else (depends_on,),
        condition=raw.get("Condition"),
        deletion_policy=raw.get("DeletionPolicy", "Delete"),
        update_replace_policy=raw.get("UpdateReplacePolicy", "Delete"),
        creation_policy=raw.get("CreationPolicy", {}),
        update_policy=raw.get("UpdatePolicy", {}),
    )


def _output(name: str, raw: Any) -> Output:
    if not isinstance(raw, dict) or "Value" not in raw:
        raise ValidationError(
            f"Template format error: [/Outputs/{name}] Every Outputs member must contain a Value object"
        )
    return Output(
        name=name,
        value=raw["Value"],
        description=raw.get("Description"),
        export_name=raw.get("Export", {}).get("Name"),
        condition=raw.get("Condition"),
    )


def as_text(value: Any) -> str:
    """A scalar as CloudFormation writes it: `true`, not `True`; `2.5`; `80`, also where YAML read 80.0."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
