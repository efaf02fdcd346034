"""What a configured provider of GitHub knows: whom it asks, and for which owner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox.plugins.github.api import GitHub
from sandbox.plugins.resource import ProviderError
from sandbox.plugins.values import Values


@dataclass
class Connection:
    """One configured instance's way to GitHub."""

    api: GitHub | None = None
    owner: str = ""

    def call(self, method: str, path: str, body: Values | None = None) -> Any:
        if self.api is None:
            raise ProviderError("the GitHub provider is not configured")
        return self.api.call(method, path, body)

    def repository(self, named: str) -> Values:
        """The owner's repository of that name or node id."""
        for repository in self.call("GET", f"/orgs/{self.owner}/repos") or []:
            if named in (repository["name"], repository["node_id"]):
                return repository
        raise ProviderError(f"Could not resolve to a Repository with the name '{self.owner}/{named}'.")


def get_repository(connection: Connection, arguments: Values) -> Values:
    """The data source: a repository of the owner's by its name, or by owner and name."""
    owner, _, name = (arguments.get("fullName") or f"{connection.owner}/{arguments.get('name')}").partition("/")
    found = connection.call("GET", f"/repos/{owner}/{name}")
    if found is None:
        raise ProviderError(f"GET /repos/{owner}/{name}: 404 Not Found")
    return {
        "id": found["name"],
        "name": found["name"],
        "fullName": found["full_name"],
        "nodeId": found["node_id"],
        "repoId": found["id"],
        "private": found["private"],
        "defaultBranch": found["default_branch"],
    }


def get_branch_protection_rules(connection: Connection, arguments: Values) -> Values:
    """The data source: the patterns of a repository's rules; here each is a branch's name."""
    name = connection.repository(arguments["repository"])["name"]
    branches = connection.call("GET", f"/repos/{connection.owner}/{name}/branches") or []
    protected = [{"pattern": branch["name"]} for branch in branches if branch["protected"]]
    return {"id": name, "repository": name, "rules": protected}
