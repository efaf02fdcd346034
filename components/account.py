"""Where the resources live, and the ARNs that follow from it."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws


@dataclass(frozen=True, kw_only=True)
class Account:
    """One AWS account in one region. `partition` is `aws`, or that of China or of the US government."""

    account_id: str
    region: str
    partition: str = "aws"

    def arn(self, service: str, resource: str) -> str:
        """The ARN of a regional `resource`, such as `alarm:prod-cpu`."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account_id}:{resource}"

    def global_arn(self, service: str, resource: str) -> str:
        """The ARN of a `resource` that has no region, such as `role/deployer`."""
        return f"arn:{self.partition}:{service}::{self.account_id}:{resource}"

    def aws_policy(self, name: str) -> str:
        """The ARN of a managed policy that AWS keeps, such as `CloudWatchReadOnlyAccess`."""
        return f"arn:{self.partition}:iam::aws:policy/{name}"

    @property
    def root(self) -> str:
        """The account as a principal: whom it trusts is up to its own IAM policies."""
        return self.global_arn("iam", "root")


def read_account(region: str, opts: pulumi.InvokeOptions) -> Account:
    """The account that the environment's credentials belong to.

    Raises:
        pulumi.RunError: AWS could not be asked, or does not know the credentials.
    """
    try:
        identity = aws.get_caller_identity(opts=opts)
    except Exception as error:
        raise pulumi.RunError(f"cannot ask AWS which account this is: {error}") from None
    return Account(account_id=identity.account_id, region=region, partition=identity.arn.split(":")[1])
