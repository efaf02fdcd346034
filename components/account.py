"""Where the resources live, and the ARNs that follow from it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Account:
    """One AWS account in one region."""

    account_id: str
    region: str

    def arn(self, service: str, resource: str) -> str:
        """The ARN of a regional `resource`, such as `alarm:prod-cpu`."""
        return f"arn:aws:{service}:{self.region}:{self.account_id}:{resource}"

    def global_arn(self, service: str, resource: str) -> str:
        """The ARN of a `resource` that has no region, such as `role/deployer`."""
        return f"arn:aws:{service}::{self.account_id}:{resource}"

    @property
    def root(self) -> str:
        """The account as a principal: whom it trusts is up to its own IAM policies."""
        return self.global_arn("iam", "root")
