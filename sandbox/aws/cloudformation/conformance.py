"""Properties against a registry schema: values take the type that is asked for, the rest is reported."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.aws.cloudformation.intrinsics import UNKNOWN
from sandbox.aws.cloudformation.template import as_text

Schema = Mapping[str, Any]
_TYPE_NAMES = {"object": "JSONObject", "array": "JSONArray", "string": "String", "boolean": "Boolean"}


class Conformance:
    """Checks values against one schema document."""

    def __init__(self, document: Schema) -> None:
        self._document = document

    def check(self, properties: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
        """The properties, coerced as CloudFormation does it, and one line for each thing wrong."""
        problems: list[str] = []
        root = {key: value for key, value in self._document.items() if key != "type"} | {"type": "object"}
        return self._value(dict(properties), root, "#", problems), problems

    def _value(self, value: Any, schema: Schema, path: str, problems: list[str]) -> Any:
        if value is UNKNOWN:
            return value
        schema = self._dereferenced(schema)
        coerced, ok = _coerced(value, schema.get("type"))
        if not ok:
            problems.append(f"{path}: expected type: {_described(schema['type'])}, found: {_found(value)}")
            return value
        value = self._alternatives(coerced, schema, path, problems)
        for keyword, violated in _CONSTRAINTS.items():
            if keyword in schema and violated(value, schema[keyword]):
                problems.append(_violation(path, keyword, value))
        if isinstance(value, dict):
            return self._object(value, schema, path, problems)
        if isinstance(value, list) and isinstance(schema.get("items"), dict):
            items = schema["items"]
            return [self._value(entry, items, f"{path}/{i}", problems) for i, entry in enumerate(value)]
        return value

    def _dereferenced(self, schema: Schema) -> Schema:
        while "$ref" in schema:
            target: Any = self._document
            for part in str(schema["$ref"]).removeprefix("#/").split("/"):
                target = target[part]
            schema = target
        return schema

    def _alternatives(self, value: Any, schema: Schema, path: str, problems: list[str]) -> Any:
        """anyOf and oneOf hold when a branch does; allOf when all do."""
        for part in schema.get("allOf", []):
            value = self._value(value, part, path, problems)
        for keyword in ("anyOf", "oneOf"):
            branches = schema.get(keyword)
            if not branches:
                continue
            reports: list[list[str]] = []
            for branch in branches:
                reports.append([])
                coerced = self._value(value, branch, path, reports[-1])
                if not reports[-1]:
                    value = coerced
                    break
            else:
                problems += min(reports, key=len)
        return value

    def _object(self, value: dict[str, Any], schema: Schema, path: str, problems: list[str]) -> dict[str, Any]:
        for name in schema.get("required", []):
            if name not in value:
                problems.append(f"{path}: required key [{name}] not found")
        _check_groups(value, schema, path, problems)
        known: Mapping[str, Schema] = schema.get("properties", {})
        patterns: Mapping[str, Schema] = schema.get("patternProperties", {})
        checked: dict[str, Any] = {}
        for name, entry in value.items():
            found = known.get(name) or next(
                (part for pattern, part in patterns.items() if _matches(pattern, name)), None
            )
            if found is None:
                if schema.get("additionalProperties") is False:
                    problems.append(f"{path}: extraneous key [{name}] is not permitted")
                checked[name] = entry
            else:
                checked[name] = self._value(entry, found, f"{path}/{name}", problems)
        return checked


def _check_groups(value: Mapping[str, Any], schema: Schema, path: str, problems: list[str]) -> None:
    """Properties that need or exclude one another."""
    one_of = schema.get("requiredXor", [])
    if one_of and sum(name in value for name in one_of) != 1:
        problems.append(f"{path}: exactly one of {one_of} must be specified")
    any_of = schema.get("requiredOr", [])
    if any_of and not any(name in value for name in any_of):
        problems.append(f"{path}: one of {any_of} must be specified")
    for name, others in schema.get("dependentRequired", {}).items():
        if name in value:
            problems += [f"{path}: required key [{other}] not found" for other in others if other not in value]
    for name, others in schema.get("dependentExcluded", {}).items():
        if name in value:
            problems += [
                f"{path}: {name} and {other} cannot be specified together" for other in others if other in value
            ]


def _coerced(value: Any, expected: Any) -> tuple[Any, bool]:
    """`value` as one of the `expected` types, and whether it can be."""
    kinds = expected if isinstance(expected, list) else [expected]
    if expected is None or any(_is(value, kind) for kind in kinds):
        return value, True
    for kind in kinds:
        if kind == "string" and isinstance(value, bool | int | float):
            return as_text(value), True
        if kind == "boolean" and isinstance(value, str) and value.lower() in ("true", "false"):
            return value.lower() == "true", True
        if kind in ("integer", "number") and isinstance(value, str):
            try:
                return (int(value) if kind == "integer" else float(value)), True
            except ValueError:
                continue
        if kind == "array" and not isinstance(value, dict | list):
            return [value], True
    return value, False


def _is(value: Any, kind: str) -> bool:
    if kind == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    if kind == "number":
        return isinstance(value, int | float) and not isinstance(value, bool)
    types: Mapping[str, type] = {"object": dict, "array": list, "string": str, "boolean": bool}
    return isinstance(value, types[kind])


def _described(expected: Any) -> str:
    kinds = expected if isinstance(expected, list) else [expected]
    return " or ".join(_TYPE_NAMES.get(str(kind), str(kind).capitalize()) for kind in kinds)


def _found(value: Any) -> str:
    return "JSONObject" if isinstance(value, dict) else "JSONArray" if isinstance(value, list) else "String"


def _violation(path: str, keyword: str, value: Any) -> str:
    if keyword in ("enum", "enumCaseInsensitive"):
        return f"{path}: {value} is not a valid enum value"
    return f"{path}: failed validation constraint for keyword [{keyword}]"


def _matches(pattern: str, text: str) -> bool:
    """Schemas are written for Java's expressions; one that Python cannot read constrains nothing here."""
    try:
        return re.search(pattern, text) is not None
    except re.error:
        return True


def _not_among(value: Any, allowed: list[Any]) -> bool:
    return value not in allowed and as_text(value) not in map(as_text, allowed)


_CONSTRAINTS: Mapping[str, Callable[[Any, Any], bool]] = {
    "enum": _not_among,
    "enumCaseInsensitive": lambda value, allowed: as_text(value).lower() not in [as_text(a).lower() for a in allowed],
    "const": lambda value, constant: value != constant,
    "pattern": lambda value, pattern: isinstance(value, str) and not _matches(pattern, value),
    "minLength": lambda value, limit: isinstance(value, str) and len(value) < limit,
    "maxLength": lambda value, limit: isinstance(value, str) and len(value) > limit,
    "minItems": lambda value, limit: isinstance(value, list) and len(value) < limit,
    "maxItems": lambda value, limit: isinstance(value, list) and len(value) > limit,
    "minimum": lambda value, limit: isinstance(value, int | float) and value < limit,
    "maximum": lambda value, limit: isinstance(value, int | float) and value > limit,
}
