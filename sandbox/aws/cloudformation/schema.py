"""What AWS publishes about its resource types: CloudFormation's registry schemas, as cfn-lint bundles them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sandbox.aws.cloudformation.conformance import Conformance

_TOP_LEVEL = 2  # parts of /properties/Name


class ResourceSchema:
    """One resource type's schema."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        self._content = content
        self.type_name: str = content["typeName"]

    @cached_property
    def create_only(self) -> frozenset[str]:
        """Properties that cannot be changed in place; a nested one stands for its whole property."""
        return frozenset(self._names("createOnlyProperties"))

    @cached_property
    def read_only(self) -> frozenset[str]:
        """Attributes that only AWS sets, nested ones with dots."""
        return frozenset(
            pointer.removeprefix("/properties/").replace("/", ".")
            for pointer in self._content.get("readOnlyProperties", [])
        )

    def may_have_attribute(self, name: str) -> bool:
        """Whether Fn::GetAtt may give it: an attribute that AWS sets or, as of some types, a property."""
        names = {*self.read_only, *self.properties}
        return any(name == known or name.startswith(f"{known}.") or known.startswith(f"{name}.") for known in names)

    @cached_property
    def custom_name(self) -> str | None:
        """The property by which the resource is known and which its author may set."""
        if len(self.identifiers) != 1:
            return None
        name = self.identifiers[0]
        return None if name in self.read_only else name

    @cached_property
    def tags(self) -> str | None:
        """The property that takes tags, or None where the type cannot be tagged."""
        tagging = self._content.get("tagging", {})
        pointer = tagging.get("tagProperty", "/properties/Tags")
        name = pointer.removeprefix("/properties/")
        return name if tagging.get("taggable") and name in self.properties else None

    @cached_property
    def identifiers(self) -> Sequence[str]:
        """The properties by which a resource of the type is known."""
        return [pointer.removeprefix("/properties/") for pointer in self._content.get("primaryIdentifier", [])]

    def permissions(self, handler: str) -> Sequence[str]:
        """The IAM actions that the handler (create, read, update, delete) says that it needs."""
        return self._content.get("handlers", {}).get(handler, {}).get("permissions", [])

    @property
    def tags_are_a_map(self) -> bool:
        return self.tags is not None and self.properties[self.tags].get("type") == "object"

    @property
    def properties(self) -> Mapping[str, Any]:
        return self._content.get("properties", {})

    def conform(self, properties: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
        """The properties in the types that the schema asks for, and what is wrong with them."""
        return Conformance(self._content).check(properties)

    def _names(self, key: str) -> set[str]:
        return {pointer.split("/")[_TOP_LEVEL] for pointer in self._content.get(key, [])}


@cache
def resource_schema(region: str, type_name: str) -> ResourceSchema | None:
    """The schema of a resource type in a region, or None where AWS has no such type there."""
    digest = _types(region).get(type_name)
    if digest is None:
        return None
    content = json.loads((_schemas() / "resources" / f"{digest}.json").read_text())
    return ResourceSchema(content)


@cache
def _types(region: str) -> Mapping[str, str]:
    return json.loads((_schemas() / "providers" / f"{region}.json").read_text())


@cache
def _schemas() -> Path:
    """The folder, found without importing cfn-lint: that would cost a second."""
    package = find_spec("cfnlint")
    if package is None or not package.submodule_search_locations:
        raise RuntimeError("cfn-lint is not installed; its schemas are needed")
    return Path(package.submodule_search_locations[0]) / "data" / "schemas"
