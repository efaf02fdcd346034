"""A template as CloudFormation reads it: parsed, its sections checked, nothing resolved."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sandbox.aws.cloudformation.errors import ValidationError
from sandbox.aws.cloudformation.yaml_loader import load
from sandbox.aws.service import UnsupportedError

_VERSION = "2010-09-09"
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
_PARAMETER_PROPERTIES = {
    *("Type", "Default", "Description", "NoEcho", "AllowedPattern", "AllowedValues", "ConstraintDescription"),
    *("MaxLength", "MaxValue", "MinLength", "MinValue"),
}
_POLICIES = {
    "DeletionPolicy": ("Delete", "Retain", "RetainExceptOnCreate", "Snapshot"),
    "UpdateReplacePolicy": ("Delete", "Retain", "Snapshot"),
}
_WITH_SNAPSHOTS = {
    *("AWS::DocDB::DBCluster", "AWS::EC2::Volume", "AWS::ElastiCache::CacheCluster", "AWS::Neptune::DBCluster"),
    *("AWS::ElastiCache::ReplicationGroup", "AWS::RDS::DBCluster", "AWS::RDS::DBInstance", "AWS::Redshift::Cluster"),
}
_SMALLEST_PLAIN, _SMALLEST_WITH_EXPONENT = 1e-3, 1e7  # where Java writes a double with an exponent
_MOST_KEYS = 200  # of a mapping and of each of its maps


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
    deletion_policy: Any = None  # a function until the template is bound to values, as the next
    update_replace_policy: Any = None
    metadata: Any = field(default_factory=dict)
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
            ValidationError: as AWS words it.
            UnsupportedError: transforms, rules and hooks.
        """
        content = load(body)
        if not isinstance(content, dict):
            raise ValidationError("Template format error: unsupported structure.")
        _refuse_what_is_not_run(content)
        unknown = sorted(set(map(str, content)) - _SECTIONS)
        if unknown:
            raise ValidationError(f"Invalid template property or properties [{', '.join(unknown)}]")
        if content.get("AWSTemplateFormatVersion", _VERSION) != _VERSION:
            raise ValidationError(
                f"Template format error: Unsupported template version {content['AWSTemplateFormatVersion']}."
            )
        _check_nulls(content, "")
        resources = _section(content, "Resources")
        if not resources:
            raise ValidationError("Template format error: At least one Resources member must be defined.")
        return cls(
            body=body,
            description=content.get("Description"),
            parameters={name: _parameter(name, raw) for name, raw in _section(content, "Parameters").items()},
            mappings={name: _mapping(name, raw) for name, raw in _section(content, "Mappings").items()},
            conditions=_section(content, "Conditions"),
            resources={name: _resource(name, raw) for name, raw in resources.items()},
            outputs={name: _output(name, raw) for name, raw in _section(content, "Outputs").items()},
            metadata=_section(content, "Metadata"),
        )


def _section(content: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    section = content.get(name, {})
    if not isinstance(section, dict):
        raise ValidationError(f"Template format error: Any {name} member must be an object.")
    return section


def _check_name(kind: str, name: Any) -> None:
    if not re.fullmatch(r"[A-Za-z0-9]+", str(name)):
        raise ValidationError(f"Template format error: {kind} name {name} is non alphanumeric.")


def _refuse_what_is_not_run(content: Mapping[str, Any]) -> None:
    transforms = content.get("Transform")
    if transforms:
        names = transforms if isinstance(transforms, list) else [transforms]
        raise UnsupportedError(f"The sandbox runs no transforms; the template asks for {names}.")
    _refuse_transforms_in(content)
    for section in sorted(_UNSUPPORTED_SECTIONS & content.keys()):
        raise UnsupportedError(f"The sandbox does not know the template section {section}.")


def _refuse_transforms_in(value: Any) -> None:
    """What a transform makes of the rest is not known: no further verdict."""
    if isinstance(value, dict):
        if "Fn::Transform" in value:
            raise UnsupportedError(f"The sandbox runs no transforms; the template asks for {value['Fn::Transform']}.")
        value = list(value.values())
    if isinstance(value, list):
        for entry in value:
            _refuse_transforms_in(entry)


def _check_nulls(value: Any, path: str) -> None:
    if value is None:
        raise ValidationError(f"[{path}] 'null' values are not allowed in templates")
    if isinstance(value, dict):
        for key, entry in value.items():
            _check_nulls(entry, f"{path}/{key}")
    elif isinstance(value, list):
        for index, entry in enumerate(value):
            _check_nulls(entry, f"{path}/{index}")


def _mapping(name: str, raw: Any) -> Mapping[str, Any]:
    """A map of maps whose values are scalars or lists of them; no functions."""
    _check_name("Mappings", name)
    if not isinstance(raw, dict) or not raw:
        raise ValidationError(f"Template format error: Every Mappings member {name} must be a map")
    for key, entries in raw.items():
        if not isinstance(entries, dict) or not entries:
            raise ValidationError(f"Template format error: Every Mappings member {key} must be a map")
        if len(raw) > _MOST_KEYS or len(entries) > _MOST_KEYS:
            raise ValidationError(f"Template format error: Mapping {name} has more than {_MOST_KEYS} attributes.")
        for value in entries.values():
            parts = value if isinstance(value, list) else [value]
            if any(isinstance(part, dict | list) for part in parts):
                raise ValidationError("Template format error: Every Mappings attribute must be a String or a List.")
    return {as_text(key): {as_text(k): v for k, v in entries.items()} for key, entries in raw.items()}


def _parameter(name: str, raw: Any) -> Parameter:
    _check_name("Parameter", name)
    if not isinstance(raw, dict) or "Type" not in raw:
        raise ValidationError(
            f"Template format error: [/Parameters/{name}] Every Parameters object must contain a Type member."
        )
    unknown = sorted(set(raw) - _PARAMETER_PROPERTIES)
    if unknown:
        raise ValidationError(f"Invalid template parameter property '{unknown[0]}'")
    default = raw.get("Default")
    if isinstance(default, dict | list):
        raise ValidationError("Template format error: Every Default member must be a string.")
    return Parameter(
        name=name,
        type=str(raw["Type"]),
        default=None if default is None else as_text(default),
        description=str(raw.get("Description", "")),
        no_echo=as_text(raw.get("NoEcho", False)).lower() == "true",
        limits={key: raw[key] for key in raw if key not in ("Type", "Default", "Description", "NoEcho")},
    )


def _resource(name: str, raw: Any) -> Resource:
    _check_name("Resource", name)
    if not isinstance(raw, dict):
        raise ValidationError("Template format error: Any Resources member must be an object.")
    if "Type" not in raw:
        raise ValidationError(
            f"Template format error: [/Resources/{name}] Every Resources object must contain a Type member."
        )
    kind = str(raw["Type"])
    if is_custom(kind):
        raise UnsupportedError(f"The sandbox makes no custom resources; {name} is a {kind}.")
    unknown = sorted(set(raw) - _RESOURCE_ATTRIBUTES)
    if unknown:
        raise ValidationError(f"Invalid template resource property '{unknown[0]}'")
    depends_on = raw.get("DependsOn", [])
    depends_on = depends_on if isinstance(depends_on, list) else [depends_on]
    if not all(isinstance(other, str) for other in depends_on):
        raise ValidationError("Template format error: Every DependsOn value must be a string.")
    for attribute in ("Properties", "CreationPolicy", "UpdatePolicy", "Metadata"):
        if not isinstance(raw.get(attribute, {}), dict):
            raise ValidationError(f"Template format error: [/Resources/{name}/{attribute}] must be an object.")
    for attribute in _POLICIES:
        if not isinstance(raw.get(attribute), dict | None):
            check_policy(name, kind, attribute, raw[attribute])
    return Resource(
        logical_id=name,
        type=kind,
        properties=raw.get("Properties", {}),
        depends_on=tuple(depends_on),
        condition=_condition(raw),
        deletion_policy=raw.get("DeletionPolicy"),
        update_replace_policy=raw.get("UpdateReplacePolicy"),
        creation_policy=raw.get("CreationPolicy", {}),
        update_policy=raw.get("UpdatePolicy", {}),
        metadata=raw.get("Metadata", {}),
    )


def check_policy(name: str, kind: str, attribute: str, policy: Any) -> None:
    """Refuse a value that the resource's DeletionPolicy or UpdateReplacePolicy cannot have.

    Raises:
        ValidationError: in AWS's words.
    """
    if policy not in _POLICIES[attribute]:
        raise ValidationError(f"Template error: Unrecognized {attribute} {policy} for resource {name}")
    if policy == "Snapshot" and kind not in _WITH_SNAPSHOTS:
        raise ValidationError(f"Template error: resource type {kind} does not support deletion policy Snapshot")


def is_custom(kind: str) -> bool:
    """Whether a resource type is made by its author's own function, not by AWS."""
    return kind == "AWS::CloudFormation::CustomResource" or kind.startswith("Custom::")


def _condition(raw: Mapping[str, Any]) -> str | None:
    condition = raw.get("Condition")
    if condition is not None and not isinstance(condition, str):
        raise ValidationError("Template format error: Every Condition member must be a string.")
    return condition


def _output(name: str, raw: Any) -> Output:
    _check_name("Output", name)
    if not isinstance(raw, dict) or "Value" not in raw:
        raise ValidationError("Template format error: Every Outputs member must contain a Value object")
    unknown = sorted(set(raw) - {"Value", "Description", "Export", "Condition"})
    if unknown:
        raise ValidationError(f"Invalid template output property '{unknown[0]}'")
    export = raw.get("Export", {})
    if not isinstance(export, dict) or (export and set(export) != {"Name"}):
        raise ValidationError(
            f"Template format error: Output {name} is malformed. Export must be an object with a Name"
        )
    description = raw.get("Description")
    if description is not None and not isinstance(description, str):
        raise ValidationError("Template format error: Every Description member must be a string.")
    return Output(
        name=name,
        value=raw["Value"],
        description=description,
        export_name=export.get("Name"),
        condition=_condition(raw),
    )


def as_text(value: Any) -> str:
    """A scalar as CloudFormation writes it: `true`, not `True`; `80`, also where YAML read 80.0; `1.23E10`."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and math.isfinite(value):
        if value and not _SMALLEST_PLAIN <= abs(value) < _SMALLEST_WITH_EXPONENT:
            return _with_exponent(value)
        if value.is_integer():
            return str(int(value))
    return str(value)


def _with_exponent(value: float) -> str:
    """As Java writes a double that is large or small: at least one digit after the point."""
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    first, rest = digits[0], "".join(map(str, digits[1:])) or "0"
    return f"{'-' if sign else ''}{first}.{rest}E{int(exponent) + len(digits) - 1}"
