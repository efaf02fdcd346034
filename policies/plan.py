"""A plan as the rules see it: its resources, and what may be known of each."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast


class Unknown:
    """Stands for a value that only the update will tell. It is something, but nobody can say what."""

    def __repr__(self) -> str:
        return "(known after the update)"


UNKNOWN: Final = Unknown()


@dataclass(frozen=True)
class Resource:
    """A resource with its inputs; `urn` is empty where no engine is."""

    type: str
    name: str
    inputs: Mapping[str, Any]
    protected: bool = False
    urn: str = ""

    @classmethod
    def of(
        cls, type_: str, name: str, inputs: Mapping[str, Any], *, protected: bool = False, urn: str = ""
    ) -> Resource:
        """The resource with inputs as the engine has them: those of a provider are strings of JSON."""
        if type_.startswith("pulumi:providers:"):
            inputs = {key: _parsed(value) for key, value in inputs.items()}
        return cls(type_, name, inputs, protected, urn)

    def get(self, path: str) -> Any:
        """The input at `path`, its keys and places separated by dots; None if there is none."""
        value: Any = self.inputs
        for key in path.split("."):
            if isinstance(value, Unknown):
                return value
            if isinstance(value, Mapping):
                value = cast("Mapping[str, Any]", value).get(key)
            elif isinstance(value, list) and key.isdigit() and int(key) < len(cast("list[Any]", value)):
                value = cast("list[Any]", value)[int(key)]
            else:
                return None
        return value

    def document(self, key: str) -> Mapping[str, Any] | Unknown | None:
        """The policy document under `key`, JSON or not; None if there is none."""
        value = self.inputs.get(key)
        if isinstance(value, str):
            return json.loads(value)
        return cast("Mapping[str, Any] | Unknown | None", value)


def _parsed(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) and value.startswith(("{", "[")) else value


@dataclass(frozen=True)
class Plan:
    """What an environment's stack would be; `left` are types that its configuration leaves to another stack."""

    environment: str
    resources: Sequence[Resource]
    left: frozenset[str] = frozenset()

    def of(self, *types: str) -> Iterator[Resource]:
        """The resources of a provider whose type ends with one of those: `Bucket`, `MetricAlarm`."""
        resources = (one for one in self.resources if not one.type.startswith("release:"))
        return (one for one in resources if one.type.rpartition(":")[2] in types)


@dataclass(frozen=True)
class Violation:
    """What is wrong, and with which resource; None where it is what the plan lacks."""

    resource: Resource | None
    message: str
