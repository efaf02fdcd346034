"""github:index/branchProtection:BranchProtection, over GitHub's REST API.

The real plugin speaks GraphQL and can protect patterns and branches that are not there yet; REST protects single
branches that exist, which is all that the program asks for. What GraphQL would say is said in its words.
"""

from __future__ import annotations

import hashlib
from typing import ClassVar

from sandbox.plugins.github import protection
from sandbox.plugins.github.connection import Connection
from sandbox.plugins.resource import Failure, Live, Previous, ProviderError
from sandbox.plugins.values import Values

_ID = "BPR_"


class BranchProtection:
    token: ClassVar[str] = "github:index/branchProtection:BranchProtection"
    replaces: ClassVar[frozenset[str]] = frozenset({"repositoryId"})
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
        repository, pattern = self._connection.repository(inputs["repositoryId"]), inputs["pattern"]
        if self._call("GET", repository["name"], pattern) is not None:
            raise ProviderError(f"Name already protected: {pattern}")
        self._put(repository["name"], inputs)
        return self._live(_identifier(repository, pattern), repository["name"], inputs)

    def read(self, identifier: str, inputs: Values, state: Values) -> Live | None:
        """By what state or program say; an import's `repository:pattern` is told as id and node id ever after."""
        if not identifier.startswith(_ID):
            name, _, pattern = identifier.partition(":")
            repository = self._connection.repository(name)
            inputs = {"repositoryId": repository["node_id"], "pattern": pattern}
            identifier = _identifier(repository, pattern)
        repository = self._connection.repository(inputs["repositoryId"])
        if self._call("GET", repository["name"], inputs["pattern"]) is None:
            return None
        return self._live(identifier, repository["name"], inputs)

    def update(self, identifier: str, old: Values, new: Values, state: Values) -> Live:
        """Another pattern is the same rule: it moves, and keeps its id."""
        name = self._connection.repository(new["repositoryId"])["name"]
        self._put(name, new)
        if old["pattern"] != new["pattern"]:
            self._call("DELETE", name, old["pattern"])
        return self._live(identifier, name, new)

    def delete(self, identifier: str, inputs: Values) -> None:
        name = self._connection.repository(inputs["repositoryId"])["name"]
        if self._call("DELETE", name, inputs["pattern"]) is None:
            raise ProviderError(f"Could not resolve to a node with the global id of '{identifier}'")

    def _live(self, identifier: str, repository: str, inputs: Values) -> Live:
        live = self._call("GET", repository, inputs["pattern"]) or {}
        named = {"repositoryId": inputs["repositoryId"], "pattern": inputs["pattern"]}
        found = named | protection.properties(live, inputs, self._connection.owner)
        return Live(identifier, found, found)

    def _put(self, repository: str, inputs: Values) -> None:
        body = protection.body(inputs, self._connection.owner)
        if self._call("PUT", repository, inputs["pattern"], body) is None:
            raise ProviderError(
                f"{repository}: no such branch: {inputs['pattern']}; GitHub would protect it all the same, "
                "the sandbox cannot"
            )

    def _call(self, method: str, repository: str, pattern: str, body: Values | None = None) -> Values | None:
        path = f"/repos/{self._connection.owner}/{repository}/branches/{pattern}/protection"
        return self._connection.call(method, path, body)


def _identifier(repository: Values, pattern: str) -> str:
    return _ID + hashlib.sha256(f"{repository['node_id']}:{pattern}".encode()).hexdigest()[:20]
