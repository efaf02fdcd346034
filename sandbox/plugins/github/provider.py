"""The stand-in for the GitHub plugin: the sandbox's GitHub, and branch protection only."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import partial
from importlib.metadata import version

from sandbox.plugins.endpoint import sandbox_only
from sandbox.plugins.github.api import GitHub
from sandbox.plugins.github.branch_protection import BranchProtection
from sandbox.plugins.github.connection import Connection, get_branch_protection_rules, get_repository
from sandbox.plugins.resource import Failure, Function, ProviderError, Resource
from sandbox.plugins.values import Values

_KNOWN = frozenset({"baseUrl", "owner", "token", "version"})


class GitHubProvider:
    """One configured instance."""

    name = "github"

    def __init__(self) -> None:
        self.version = version("pulumi_github")
        self._connection = Connection()
        protection = BranchProtection(self._connection)
        self.resources: Mapping[str, Resource] = {protection.token: protection}
        self.functions: Mapping[str, Function] = {
            "github:index/getBranchProtectionRules:getBranchProtectionRules": partial(
                get_branch_protection_rules, self._connection
            ),
            "github:index/getRepository:getRepository": partial(get_repository, self._connection),
        }

    def check_config(self, config: Values) -> list[Failure]:
        return [
            Failure(name, f"{name}: is not emulated by the sandbox; known are {', '.join(sorted(_KNOWN))}")
            for name in sorted(config.keys() - _KNOWN)
        ]

    def configure(self, config: Values) -> None:
        """Take the configuration, what it leaves out from the environment, and make sure GitHub is there.

        Raises:
            ProviderError: no owner, no sandbox, or no answer.
        """
        base_url = config.get("baseUrl") or os.environ.get("GITHUB_BASE_URL")
        owner = config.get("owner") or os.environ.get("GITHUB_OWNER")
        if not owner:
            raise ProviderError("owner: is required, here or as GITHUB_OWNER")
        token = config.get("token") or os.environ.get("GITHUB_TOKEN", "")
        self._connection.api = GitHub(sandbox_only(base_url, "GITHUB_BASE_URL"), token)
        self._connection.owner = owner
