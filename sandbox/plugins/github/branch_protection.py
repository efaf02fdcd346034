"""github:index/branchProtection:BranchProtection, over GitHub's REST API.

The real plugin speaks GraphQL and can protect patterns; REST protects single branches, which is all that
the program asks for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from sandbox.plugins.github import protection
from sandbox.plugins.github.api import GitHub
from sandbox.plugins.resource import Failure, Live, Previous, ProviderError
from sandbox.plugins.values import Values


@dataclass
class Connection:
    """What a configured provider knows."""

    api: GitHub | None = None
    owner: str = ""


class BranchProtection:
    token: ClassVar[str] = "github:index/branchProtection:BranchProtection"
    replaces: ClassVar[frozenset[str]] = frozenset({"pattern", "repositoryId"})
    unordered: ClassVar[frozenset[str]] = protection.UNORDERED
    autoname: ClassVar[str | None] = None
    kept: ClassVar[frozenset[str]] = frozenset()
    unsent: ClassVar[frozenset[str]] = frozenset()
    sensitive: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def check(self, name: str, inputs: Values, previous: Previous) -> tuple[Values, list[Failure]]:
        return inputs, list(protection.failures(inputs))

    def planned(self, inputs: Values, state: Values) -> Values:
        return inputs

    def create(self, inputs: Values) -> Live:
        return self._put(f"{inputs['repositoryId']}:{inputs['pattern']}", inputs)

    def read(self, identifier: str, inputs: Values, state: Values) -> Live | None:
        live = self._call("GET", identifier)
        if live is None:
            return None
        repository, pattern = identifier.split(":", 1)
        named = {"repositoryId": repository, "pattern": pattern}
        found = named | protection.properties(live, inputs, self._connection.owner)
        return Live(identifier, found, found)

    def update(self, identifier: str, old: Values, new: Values, state: Values) -> Live:
        return self._put(identifier, new)

    def delete(self, identifier: str, inputs: Values) -> None:
        self._call("DELETE", identifier)

    def _put(self, identifier: str, inputs: Values) -> Live:
        answer = self._call("PUT", identifier, protection.body(inputs, self._connection.owner))
        live = self.read(identifier, inputs, {}) if answer is not None else None
        if live is None:
            raise ProviderError(f"{identifier}: no such repository or branch of {self._connection.owner}")
        return live

    def _call(self, method: str, identifier: str, body: Values | None = None) -> Values | None:
        if self._connection.api is None:
            raise ProviderError("the GitHub provider is not configured")
        repository, pattern = identifier.split(":", 1)
        path = f"/repos/{self._connection.owner}/{repository}/branches/{pattern}/protection"
        return self._connection.api.call(method, path, body)
