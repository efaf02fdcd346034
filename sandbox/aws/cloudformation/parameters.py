"""Parameter values: given, previous or default, held to their constraints, resolved by their type."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.aws.cloudformation.errors import ValidationError
from sandbox.aws.cloudformation.template import Parameter, as_text

SSM_VALUE = re.compile(r"AWS::SSM::Parameter::Value<(?P<type>.+)>")
_LIST = re.compile(r"List<(?P<type>.+)>")
_PLAIN_TYPES = {"String", "Number", "CommaDelimitedList", "List<Number>", "List<String>"}
AWS_TYPES = {
    "AWS::EC2::AvailabilityZone::Name",
    "AWS::EC2::Image::Id",
    "AWS::EC2::Instance::Id",
    "AWS::EC2::KeyPair::KeyName",
    "AWS::EC2::SecurityGroup::GroupName",
    "AWS::EC2::SecurityGroup::Id",
    "AWS::EC2::Subnet::Id",
    "AWS::EC2::VPC::Id",
    "AWS::EC2::Volume::Id",
    "AWS::Route53::HostedZone::Id",
    "AWS::SSM::Parameter::Name",
}


@dataclass(frozen=True)
class ParameterValue:
    """One parameter of one stack: the text that was given, and what it stands for in the template."""

    parameter: Parameter
    text: str
    value: Any
    fetched: str | None = None  # the Systems Manager parameter's value

    def described(self) -> dict[str, str]:
        """As DescribeStacks shows it."""
        shown = {"ParameterKey": self.parameter.name, "ParameterValue": self.text}
        if self.parameter.no_echo:
            shown["ParameterValue"] = "****"
        if self.fetched is not None:
            shown["ResolvedValue"] = self.fetched
        return shown


def choose(
    parameters: Mapping[str, Parameter],
    given: Iterable[Mapping[str, Any]],
    previous: Mapping[str, ParameterValue],
) -> dict[str, str]:
    """The text of every parameter: what is given, else the template's default.

    Raises:
        ValidationError: a value is missing, or given for a parameter that is not declared.
    """
    entries = {str(entry["ParameterKey"]): entry for entry in given}
    unknown = [name for name in entries if name not in parameters]
    if unknown:
        raise ValidationError(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    texts: dict[str, str] = {}
    missing: list[str] = []
    for name, parameter in parameters.items():
        entry = entries.get(name, {})
        if entry.get("UsePreviousValue"):
            if name not in previous:
                raise ValidationError(
                    f"Invalid input for parameter key {name}. Cannot specify usePreviousValue as true "
                    "for a parameter key not in the previous template"
                )
            texts[name] = previous[name].text
        elif "ParameterValue" in entry:
            texts[name] = str(entry["ParameterValue"])
        elif parameter.default is not None:
            texts[name] = parameter.default
        else:
            missing.append(name)
    if missing:
        raise ValidationError(f"Parameters: [{', '.join(missing)}] must have values")
    return texts


def interpret(
    parameters: Mapping[str, Parameter],
    texts: Mapping[str, str],
    fetch: Callable[[str], str | None],
    check_exists: Callable[[str, str, list[str]], None],
) -> dict[str, ParameterValue]:
    """Every parameter's value by its type.

    `fetch` reads a Systems Manager parameter, None where there is none; `check_exists(type, name, values)`
    raises ValidationError for AWS resources that are not there.

    Raises:
        ValidationError: a value breaks a constraint, or a Systems Manager parameter does not exist.
    """
    values: dict[str, ParameterValue] = {}
    for name, parameter in parameters.items():
        text = texts[name]
        ssm = SSM_VALUE.fullmatch(parameter.type)
        fetched = None
        kind = parameter.type
        if ssm:
            _check_limits(parameter, [text])
            fetched, kind = fetch(text), ssm["type"]
            if fetched is None:
                raise ValidationError(f"Unable to fetch parameters [{text}] from parameter store for this account.")
        value = _typed(name, kind, text if fetched is None else fetched)
        if fetched is None:
            _check_limits(parameter, value if isinstance(value, list) else [value])
        element_type = _element_type(kind)
        if element_type in AWS_TYPES:
            check_exists(element_type, name, list(value) if isinstance(value, list) else [value])
        values[name] = ParameterValue(parameter, text, value, fetched)
    return values


def check_types(parameters: Mapping[str, Parameter]) -> None:
    """Refuse a declared type that CloudFormation, or the sandbox, does not know."""
    for parameter in parameters.values():
        ssm = SSM_VALUE.fullmatch(parameter.type)
        kind = ssm["type"] if ssm else parameter.type
        if kind not in _PLAIN_TYPES and _element_type(kind) not in AWS_TYPES:
            raise ValidationError(f"Template format error: Unrecognized parameter type: {parameter.type}")


def _element_type(kind: str) -> str:
    """`AWS::EC2::Subnet::Id` of `List<AWS::EC2::Subnet::Id>`; any other type as it is."""
    element = _LIST.fullmatch(kind)
    return element["type"] if element else kind


def _typed(name: str, kind: str, text: str) -> Any:
    if kind == "CommaDelimitedList" or kind.startswith("List<"):
        entries = [entry.strip() for entry in text.split(",")]
        if kind == "List<Number>":
            for entry in entries:
                _number(name, entry)
        return entries
    if kind == "Number":
        _number(name, text)
    return text


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise ValidationError(f"Parameter '{name}' must be a number.") from error


def _check_limits(parameter: Parameter, values: list[str]) -> None:
    for value in values:
        complaint = _complaint(parameter, value)
        if complaint is None:
            continue
        description = parameter.limits.get("ConstraintDescription")
        if description:
            raise ValidationError(f"Parameter {parameter.name} failed to satisfy constraint: {description}")
        raise ValidationError(f"Parameter '{parameter.name}' {complaint}")


def _complaint(parameter: Parameter, value: str) -> str | None:
    limits = parameter.limits
    allowed = [as_text(entry) for entry in limits.get("AllowedValues", [])]
    if allowed and value not in allowed:
        return "must be one of AllowedValues"
    for name, (violated, complaint) in _LIMITS.items():
        if name in limits and violated(value, limits[name]):
            return complaint.format(limits[name])
    return None


# constraint -> whether a value breaks it, and what is said then
_LIMITS: Mapping[str, tuple[Callable[[str, Any], bool], str]] = {
    "AllowedPattern": (lambda value, limit: not re.fullmatch(limit, value), "must match pattern {}"),
    "MinLength": (lambda value, limit: len(value) < int(limit), "must contain at least {} characters"),
    "MaxLength": (lambda value, limit: len(value) > int(limit), "must contain at most {} characters"),
    "MinValue": (lambda value, limit: float(value) < float(limit), "must be a number not less than {}"),
    "MaxValue": (lambda value, limit: float(value) > float(limit), "must be a number not greater than {}"),
}
