"""What a plugin must tell about each of its resource types and functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Protocol

from sandbox.plugins.values import Values


class ProviderError(Exception):
    """What goes to the person at the terminal, as it is."""


@dataclass(frozen=True)
class Failure:
    """Why one property cannot be accepted."""

    property: str
    reason: str


class PartialCreateError(ProviderError):
    """A resource came to exist, but not in the state that was asked for."""

    def __init__(self, identifier: str, state: Values, reason: str) -> None:
        super().__init__(reason)
        self.identifier = identifier
        self.state = state


@dataclass(frozen=True)
class Live:
    """A resource as its service describes it now."""

    identifier: str
    inputs: Values
    state: Values
    """Inputs and everything else that the type's outputs are."""


@dataclass(frozen=True)
class Previous:
    """What a check may build upon: the inputs of the last one, and the engine's random seed."""

    inputs: Values = field(default_factory=dict)
    seed: bytes = b""


class Resource(Protocol):
    """One resource type."""

    token: ClassVar[str]
    replaces: ClassVar[frozenset[str]]
    """Properties whose change needs another resource in place of this one."""
    unordered: ClassVar[frozenset[str]]
    """Lists whose order means nothing."""
    kept: ClassVar[frozenset[str]]
    """Properties whose value stays where the program no longer sets one (Terraform: optional and computed)."""
    unsent: ClassVar[frozenset[str]]
    """Properties (paths without indexes) that the provider takes but never sends: they differ in every preview."""
    sensitive: ClassVar[frozenset[str]]
    """Outputs that are secret by themselves."""
    autoname: ClassVar[str | None]
    """The property that the provider makes up where the program does not set it.

    Where the program does set it, a replacement of any kind deletes first (the bridge's rule); every other type,
    and all of Terraform's Plugin Framework, is replaced by making the new one first, under the same name or not.
    """

    def check(self, name: str, inputs: Values, previous: Previous) -> tuple[Values, list[Failure]]:
        """The inputs with names and tags filled in, and all that the service would refuse."""
        ...

    def planned(self, inputs: Values, state: Values) -> Values:
        """The state a preview shows: what `state` (empty: nothing yet) does not tell is unknown."""
        ...

    def create(self, inputs: Values) -> Live: ...

    def read(self, identifier: str, inputs: Values, state: Values) -> Live | None:
        """The live resource, or None when it is gone."""
        ...

    def update(self, identifier: str, old: Values, new: Values, state: Values) -> Live: ...

    def delete(self, identifier: str, inputs: Values) -> None: ...


Function = Callable[[Values], Values]
"""A data source: what a program may ask without creating anything."""


class Provider(Protocol):
    """One plugin."""

    name: str
    version: str

    @property
    def resources(self) -> Mapping[str, Resource]: ...

    @property
    def functions(self) -> Mapping[str, Function]: ...

    def check_config(self, config: Values) -> list[Failure]: ...

    def configure(self, config: Values) -> None: ...
