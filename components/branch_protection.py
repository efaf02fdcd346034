"""What GitHub asks for before a merge into this environment's branch (SOP 1.2)."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_github as github

from components.configuration import keys
from components.configuration.settings import BranchRules, Settings
from sop.names import STATUS_CHECK


def rules_of_branch(settings: Settings, kept: Sequence[str]) -> BranchRules | None:
    """What this stack asks for; None, told in one line, where another stack protects the branch.

    Args:
        settings: of this stack.
        kept: the URNs of the protections that this stack's state has.

    Raises:
        pulumi.RunError: another stack is to protect the branch that this one does: an update would take that away.
    """
    if settings.branch_rules is None:
        branch = f"branch {settings.branch} of {settings.repository}"
        if kept:
            stack = pulumi.get_stack()
            commands = (shlex.join(["pulumi", "state", "delete", urn, "--force", "--stack", stack]) for urn in kept)
            raise pulumi.RunError(
                f"{keys.MANAGE_PROTECTION.name} is false, and this stack protects {branch}: an update would delete "
                "the rule. It was left as it is.\n"
                "  mend: hand it over: the state forgets it, GitHub keeps it, and the preview of the stack that is to "
                "protect the branch tells how to import it" + "".join(f"\n  {command}" for command in commands)
            )
        pulumi.log.info(
            f"{keys.MANAGE_PROTECTION.name} is false: {branch} is another stack's to protect, and nobody protects it "
            "if there is none."
        )
    return settings.branch_rules


@dataclass(frozen=True, kw_only=True)
class ProtectedBranchArgs:
    """`repository_name` is without its owner: the provider knows that. What is protected, Pulumi does not delete."""

    repository_name: str
    branch: str
    rules: BranchRules
    protect: bool


class ProtectedBranch(pulumi.ComponentResource):
    """Protects one branch.

    Creates a branch protection: pull requests only, so many approvals of the newest commit, the check
    `CFN-Lint`. Administrators are bound by it too; only the configured actors may merge without review, and
    even they not without the check.
    """

    pattern: pulumi.Output[str]

    def __init__(self, name: str, args: ProtectedBranchArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("release:index:ProtectedBranch", name, None, opts)

        protection = github.BranchProtection(
            f"{name}-protection",
            repository_id=self._node_id(args.repository_name),
            pattern=args.branch,
            enforce_admins=True,
            allows_deletions=False,
            allows_force_pushes=False,
            required_pull_request_reviews=[_reviews(args.rules)],
            required_status_checks=[
                github.BranchProtectionRequiredStatusCheckArgs(contexts=[STATUS_CHECK], strict=args.rules.up_to_date)
            ],
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
        self.pattern = protection.pattern
        self.register_outputs({"pattern": self.pattern})

    def _node_id(self, repository_name: str) -> str:
        """What an import stores, too: by name, an imported rule would be replaced, and GitHub refuses a second one."""
        try:
            return github.get_repository(name=repository_name, opts=pulumi.InvokeOptions(parent=self)).node_id
        except Exception as error:
            raise pulumi.RunError(f"cannot read the repository {repository_name} on GitHub: {error}") from None


def _reviews(rules: BranchRules) -> github.BranchProtectionRequiredPullRequestReviewArgs:
    return github.BranchProtectionRequiredPullRequestReviewArgs(
        required_approving_review_count=rules.approvals,
        # An approval is of the commit that was read
        dismiss_stale_reviews=True,
        require_code_owner_reviews=rules.code_owner_reviews,
        pull_request_bypassers=list(rules.bypass_actors) or None,
    )
