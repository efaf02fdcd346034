"""A role that an AWS service takes, with its one policy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.account import Account
from components.policies import Statement, document, trust


@dataclass(frozen=True, kw_only=True)
class ServiceRoleArgs:
    """`service` is the principal without `.amazonaws.com`."""

    account: Account
    role_name: str
    service: str
    description: str
    statements: Sequence[Statement]
    managed_policies: Sequence[str] = ()  # ARNs of policies that somebody else keeps, attached besides


class ServiceRole(pulumi.ComponentResource):
    """A role and what it may do.

    Creates an IAM role that one service may take for this account, its inline policy, and the attachments of others.
    Who needs the permissions to be there before it is created depends on `policy`.
    """

    arn: pulumi.Output[str]
    policy: aws.iam.RolePolicy

    def __init__(self, name: str, args: ServiceRoleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("release:index:ServiceRole", name, None, opts)

        role = aws.iam.Role(
            f"{name}-role",
            name=args.role_name,
            description=args.description,
            assume_role_policy=trust(args.service, args.account),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.policy = aws.iam.RolePolicy(
            f"{name}-policy",
            name=args.role_name,
            role=role.name,
            policy=document(args.statements),
            opts=pulumi.ResourceOptions(parent=self),
        )
        for policy_arn in args.managed_policies:
            aws.iam.RolePolicyAttachment(
                f"{name}-{policy_arn.rpartition('/')[2]}",
                role=role.name,
                policy_arn=policy_arn,
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.arn = role.arn
        self.register_outputs({"arn": self.arn})
