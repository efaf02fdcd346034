"""Resource types whose four calls can be written down as a table."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import jmespath

from sandbox.plugins.aws.api import Api, Params
from sandbox.plugins.aws.encoding import encode
from sandbox.plugins.aws.resource import AwsResource
from sandbox.plugins.values import Values

_PLACE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Call:
    """An operation, its arguments with `{property}` or `{id}` in them, and the JMESPath of its answer."""

    operation: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    result: str = "@"

    def run(self, api: Api, service: str, scope: Values) -> Any:
        answer = api.call(service, self.operation, _filled(self.arguments, scope))
        return jmespath.search(_filled(self.result, scope), answer)


class Declared(AwsResource):
    """Created and changed by one document, found and deleted by its identifier."""

    identifier: ClassVar[str] = "{name}"
    """How the identifier is made of properties; they are read back from it, too."""
    identifier_in: ClassVar[str | None] = None
    """Where the answer has the identifier, when the service chooses it."""
    updates: ClassVar[str | None] = None
    """The operation that takes the whole document again; by default the one that creates."""
    reads: ClassVar[Call]
    deletes: ClassVar[Call]

    def insert(self, api: Api, document: Params, inputs: Values) -> tuple[str, Params]:
        operation, _, member = self.request.partition(".")
        params = ({member: document} if member else document) | self.request_tags(inputs)
        answer = api.call(self.service, operation, params)
        if self.identifier_in:
            return jmespath.search(self.identifier_in, answer), answer
        return _filled(self.identifier, inputs), answer

    def find(self, api: Api, identifier: str, inputs: Values) -> Params | None:
        found = self.reads.run(api, self.service, self.scope(identifier, inputs))
        return encode(self.mapping, self.named(identifier))[0] | found if found else None

    def change(self, api: Api, identifier: str, document: Params, old: Values, new: Values) -> None:
        operation, _, member = self.request.partition(".")
        api.call(self.service, self.updates or operation, {member: document} if member else document)

    def remove(self, api: Api, identifier: str, inputs: Values) -> None:
        self.deletes.run(api, self.service, self.scope(identifier, inputs))

    def named(self, identifier: str) -> Values:
        """The properties that the identifier is made of."""
        if self.identifier_in:
            return {}
        pattern = _PLACE.sub(r"(?P<\1>.+)", self.identifier)
        match = re.fullmatch(pattern, identifier)
        return match.groupdict() if match else {}

    def imported(self, given: str) -> tuple[str, Values]:
        return given, self.named(given)

    def scope(self, identifier: str, inputs: Values) -> Values:
        return {**inputs, **self.named(identifier), "id": identifier}


def _filled(template: Any, scope: Values) -> Any:
    if isinstance(template, str):
        return _PLACE.sub(lambda place: str(scope.get(place.group(1), place.group())), template)
    if isinstance(template, Mapping):
        return {name: _filled(value, scope) for name, value in template.items()}
    if isinstance(template, list):
        return [_filled(item, scope) for item in template]
    return template
