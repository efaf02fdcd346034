"""The repository's branch protection, asked of GitHub through the provider."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pulumi
import pulumi_github as github


class BranchRules:
    """Answers one lookup as a client of AWS would, with what was read before: a hook must not invoke."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self._patterns = patterns

    def can_paginate(self, _: str) -> bool:
        """As botocore's clients say it."""
        return False

    def branch_protection_rules(self) -> dict[str, Any]:
        """All of them, by their patterns."""
        return {"rules": [{"pattern": pattern} for pattern in self._patterns]}


def read_patterns(repository: str, opts: pulumi.InvokeOptions) -> Sequence[str]:
    """What the rules of the repository are for.

    None where the token may not read them: nothing is lost, since GitHub refuses a second rule for a branch by itself.
    """
    try:
        return [rule.pattern for rule in github.get_branch_protection_rules(repository=repository, opts=opts).rules]
    except Exception as error:
        pulumi.log.debug(f"the branch protection rules of {repository} cannot be read: {error}")
        return ()
