"""The life of an AWS resource, as far as it is the same for every type."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import jmespath

from sandbox.plugins.aws import tags
from sandbox.plugins.aws.account import Account
from sandbox.plugins.aws.api import Api, ApiError, Params
from sandbox.plugins.aws.checks import check
from sandbox.plugins.aws.decoding import decode
from sandbox.plugins.aws.encoding import encode
from sandbox.plugins.aws.mapping import COMPUTED, DocumentMapping
from sandbox.plugins.difference import same
from sandbox.plugins.resource import Failure, Live, PartialCreateError, Previous, ProviderError
from sandbox.plugins.values import UNKNOWN, Values


@dataclass(frozen=True)
class Setting:
    """A property that the service keeps outside the request that creates the resource."""

    default: Any = COMPUTED
    """What the service begins with."""
    member: tuple[str, str] | None = None
    """The operation and the member of its request that takes the value; None for a switch."""


class AwsResource(ABC):
    """A resource type: a table of what is particular to it, and the four calls."""

    token: ClassVar[str]
    service: ClassVar[str]
    request: ClassVar[str]
    """The operation whose request (or, after a dot, a member of it) the properties describe."""
    renames: ClassVar[Mapping[str, str]] = {}
    folded: ClassVar[Mapping[str, str]] = {}
    constant: ClassVar[Mapping[str, Any]] = {}
    unset: ClassVar[Mapping[str, Any]] = {}
    settings: ClassVar[Mapping[str, Setting]] = {}
    own: ClassVar[frozenset[str]] = frozenset()
    documents: ClassVar[frozenset[str]] = frozenset()
    """Properties that hold a JSON document; an object in its place is written as one."""
    not_emulated: ClassVar[frozenset[str]] = frozenset()
    computed: ClassVar[Mapping[str, str]] = {}
    """Outputs, each with its JMESPath in what `find` returns."""
    remembered: ClassVar[frozenset[str]] = frozenset()
    """Computed outputs that the service tells once, at creation."""
    replaces: ClassVar[frozenset[str]] = frozenset()
    kept: ClassVar[frozenset[str]] = frozenset()
    unsent: ClassVar[frozenset[str]] = frozenset()
    unread: ClassVar[frozenset[str]] = frozenset()
    sensitive: ClassVar[frozenset[str]] = frozenset()
    delete_missing: ClassVar[bool] = True
    """Whether deleting what is gone already is fine."""
    unordered: ClassVar[frozenset[str]] = frozenset()
    autoname: ClassVar[str | None] = None
    regional: ClassVar[bool] = True
    taggable: ClassVar[bool] = True
    """Whether the type has tags, where its request has."""
    tagging: ClassVar[tags.TagOperations | None] = None
    tagged_by: ClassVar[str] = "arn"
    """The output (or `id`) by which the tagging calls name the resource."""

    def __init__(self, account: Account) -> None:
        self.account = account

    @abstractmethod
    def insert(self, api: Api, document: Params, inputs: Values) -> tuple[str, Params]:
        """Create it; the identifier, and what the service answered."""

    @abstractmethod
    def find(self, api: Api, identifier: str, inputs: Values) -> Params | None:
        """The live resource in the shape of `request`, with whatever `computed` and `settings` need.

        Settings stand by their property's name under `settings`, tags under `tags` unless `tagging`
        fetches them. A missing resource may be None or an AWS error that says so.
        """

    @abstractmethod
    def change(self, api: Api, identifier: str, document: Params, old: Values, new: Values) -> None:
        """Make the live resource what `document` says."""

    @abstractmethod
    def remove(self, api: Api, identifier: str, inputs: Values) -> None:
        """Delete it; a missing one is an AWS error that says so."""

    def settle(self, api: Api, identifier: str, old: Values, new: Values) -> None:  # noqa: B027 -- few have any
        """Bring `settings` from `old` to `new`; nothing by default."""

    def rules(self, inputs: Values) -> Iterator[Failure]:
        """What the service refuses beyond its model; nothing by default."""
        return iter(())

    @cached_property
    def mapping(self) -> DocumentMapping:
        operation, _, member = self.request.partition(".")
        return DocumentMapping(
            shape=self.account.models.request(self.service, operation, member or None),
            renames=self.renames,
            own=self.own
            | self.unsent
            | self.settings.keys()
            | {"tags", "tagsAll"}
            | ({"region"} if self.regional else set()),
            unread=self.unread,
            unordered=self.unordered,
            folded=self.folded,
            constant=self.constant,
            unset=self.unset,
        )

    @cached_property
    def tags_shape(self) -> Any:
        """The shape of tags in the request that creates the resource; None for untagged types."""
        shape = self.account.models.request(self.service, self.request.partition(".")[0])
        member = tags.tags_member(shape) if self.taggable else None
        return shape.members[member] if member else None

    def api(self, inputs: Values) -> Api:
        return self.account.api(inputs.get("region") if self.regional else None)

    def check(self, name: str, inputs: Values, previous: Previous) -> tuple[Values, list[Failure]]:
        return check(self, name, inputs, previous)

    def planned(self, inputs: Values, state: Values) -> Values:
        computed = {name: state.get(name, UNKNOWN) for name in self.computed}
        return {**self._defaults(inputs), **inputs, **computed}

    def create(self, inputs: Values) -> Live:
        api = self.api(inputs)
        identifier, answer = self.insert(api, encode(self.mapping, inputs)[0], inputs)
        try:
            self.settle(api, identifier, {}, inputs)
            return self._present(api, identifier, inputs, {}, answer)
        except ProviderError as error:
            raise PartialCreateError(identifier, inputs, str(error)) from error

    def read(self, identifier: str, inputs: Values, state: Values) -> Live | None:
        if not inputs and not state:
            identifier, inputs = self.imported(identifier)
            inputs = inputs | ({"region": self.account.region} if self.regional else {})
        return self._live(self.api(inputs), identifier, inputs, state, {})

    def imported(self, given: str) -> tuple[str, Values]:
        """What `pulumi import` is given, as the identifier and the properties that it says."""
        return given, {}

    def update(self, identifier: str, old: Values, new: Values, state: Values) -> Live:
        api = self.api(new)
        document = encode(self.mapping, self.mapping.defaults() | new)[0]
        self.change(api, identifier, document, old, new)
        self.settle(api, identifier, old, new)
        live = self._present(api, identifier, new, state, {})
        wanted = new.get("tagsAll", {})
        if self.tagging is None or live.inputs.get("tagsAll", {}) == wanted:
            return live
        self.tagging.make(api, self.service, self._tagged(identifier, live.state), wanted)
        return self._present(api, identifier, new, state, {})

    def delete(self, identifier: str, inputs: Values) -> None:
        try:
            self.remove(self.api(inputs), identifier, inputs)
        except ApiError as error:
            if not (error.not_found and self.delete_missing):
                raise

    def request_tags(self, inputs: Values) -> Params:
        """The tags as a member of the request that creates the resource."""
        wanted = inputs.get("tagsAll")
        shape = self.account.models.request(self.service, self.request.partition(".")[0])
        member = tags.tags_member(shape)
        return {member: tags.written(wanted, shape.members[member])} if wanted and member else {}

    def _present(self, api: Api, identifier: str, inputs: Values, state: Values, answer: Params) -> Live:
        live = self._live(api, identifier, inputs, state, answer)
        if live is None:
            raise ProviderError(f"{identifier}: was written, but is not found afterwards")
        return live

    def _live(self, api: Api, identifier: str, inputs: Values, state: Values, answer: Params) -> Live | None:
        try:
            found = self.find(api, identifier, inputs)
        except ApiError as error:
            if error.not_found:
                return None
            raise
        if found is None:
            return None
        computed = self._computed(found | {"created": answer}, state)
        if self.tagging:
            tagged = self._tagged(identifier, computed)
            found = found | {"tags": self.tagging.fetch(api, self.service, tagged)}
        properties = {
            **decode(self.mapping, found, inputs),
            **self._observed(found.get("settings", {}), inputs),
        }
        if self.tags_shape is not None:
            properties |= self.account.observed_tags(tags.plain(found.get("tags")), inputs)
        return Live(identifier, properties, {**self._defaults(inputs), **properties, **computed})

    def _tagged(self, identifier: str, state: Values) -> str:
        return identifier if self.tagged_by == "id" else state[self.tagged_by]

    def _computed(self, found: Params, state: Values) -> Values:
        computed = {name: jmespath.search(path, found) for name, path in self.computed.items()}
        for name in self.remembered:
            if computed[name] is None:
                computed[name] = state.get(name)
        return computed

    def _observed(self, live: Values, inputs: Values) -> Values:
        """Settings as they are, where the program set them or they are not what AWS begins with."""
        observed = {}
        for name, setting in self.settings.items():
            value = live.get(name)
            default = setting.default is COMPUTED or same(setting.default, value)
            if value is not None and (name in inputs or not default):
                observed[name] = value
        return observed

    def _defaults(self, inputs: Values) -> Values:
        region = {"region": inputs.get("region", self.account.region)} if self.regional else {}
        begun = {name: s.default for name, s in self.settings.items() if s.default is not COMPUTED}
        return {**self.mapping.defaults(), **begun, **region}
