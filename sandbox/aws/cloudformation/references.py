"""What a template's resources refer to, and the order that follows from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.aws.cloudformation.errors import ValidationError
from sandbox.aws.cloudformation.intrinsics import SUB_VARIABLE, function_of

PSEUDO_PARAMETERS = {
    "AWS::AccountId",
    "AWS::NotificationARNs",
    "AWS::NoValue",
    "AWS::Partition",
    "AWS::Region",
    "AWS::StackId",
    "AWS::StackName",
    "AWS::URLSuffix",
}

ANY = "*"  # the attribute that a function will tell
Reference = tuple[str, str | None]  # a name, and the attribute where it is Fn::GetAtt


def attributes(value: Any, path: str = "") -> Iterator[tuple[str, str, str]]:
    """Every attribute that `value` asks for, with its place in the template and the resource's name."""
    function = function_of(value)
    if function in ("Fn::GetAtt", "Fn::Sub"):
        asked = [(name, attribute) for name, attribute in references(value) if attribute is not None]
        yield from ((f"{path}/{function}", name, attribute) for name, attribute in asked)
    elif isinstance(value, dict):
        for key, entry in value.items():
            yield from attributes(entry, f"{path}/{key}")
    elif isinstance(value, list):
        for index, entry in enumerate(value):
            yield from attributes(entry, f"{path}/{index}")


def references(value: Any) -> Iterator[Reference]:
    """Every name that `value` refers to by Ref, Fn::GetAtt or Fn::Sub."""
    function = function_of(value)
    if function == "Ref":
        yield str(value["Ref"]), None
    elif function == "Fn::GetAtt":
        argument = value["Fn::GetAtt"]
        parts = argument.split(".", 1) if isinstance(argument, str) else argument
        if isinstance(parts, list) and len(parts) == 2:  # noqa: PLR2004 - resource and attribute
            yield str(parts[0]), parts[1] if isinstance(parts[1], str) else ANY
            yield from references(parts[1])
    elif function == "Fn::Sub":
        yield from _sub_references(value["Fn::Sub"])
    elif isinstance(value, dict):
        for entry in value.values():
            yield from references(entry)
    elif isinstance(value, list):
        for entry in value:
            yield from references(entry)


def _sub_references(argument: Any) -> Iterator[Reference]:
    text, variables = argument if isinstance(argument, list) else (argument, {})
    yield from references(list(variables.values()))
    for match in SUB_VARIABLE.finditer(str(text)):
        name = match["name"].strip()
        if match["literal"] or name in variables:
            continue
        resource, _, attribute = name.partition(".")
        yield resource, attribute or None


def imported_names(value: Any) -> Iterator[Any]:
    """The argument of every Fn::ImportValue in `value`, unresolved."""
    if function_of(value) == "Fn::ImportValue":
        yield value["Fn::ImportValue"]
    elif isinstance(value, dict):
        for entry in value.values():
            yield from imported_names(entry)
    elif isinstance(value, list):
        for entry in value:
            yield from imported_names(entry)


def order(dependencies: Mapping[str, set[str]]) -> list[str]:
    """The names so that each comes after what it depends on; else in the template's order.

    Raises:
        ValidationError: they depend on each other in a circle.
    """
    ordered: list[str] = []
    done: set[str] = set()
    while len(ordered) < len(dependencies):
        ready = [name for name in dependencies if name not in done and dependencies[name] <= done]
        if not ready:
            circle = [name for name in dependencies if name not in done]
            raise ValidationError(f"Circular dependency between resources: [{', '.join(circle)}]")
        ordered += ready
        done.update(ready)
    return ordered
