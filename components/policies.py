"""IAM policy documents as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from components.account import Account

Conditions = Mapping[str, Mapping[str, Any]]

# What the account's administrators may do with a key, by its policy. Named one by one: a key policy that
# forgets PutKeyPolicy locks everyone out, one with kms:* says nothing.
_KEY_ADMINISTRATION = (
    "kms:CancelKeyDeletion",
    "kms:CreateAlias",
    "kms:CreateGrant",
    "kms:DeleteAlias",
    "kms:DescribeKey",
    "kms:DisableKey",
    "kms:DisableKeyRotation",
    "kms:EnableKey",
    "kms:EnableKeyRotation",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListAliases",
    "kms:ListGrants",
    "kms:ListKeyPolicies",
    "kms:ListResourceTags",
    "kms:PutKeyPolicy",
    "kms:RevokeGrant",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateAlias",
    "kms:UpdateKeyDescription",
)
KEY_USE = ("kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey")

# CloudFormation and EventBridge are not among them: neither documents a source account when it takes a role
_SAYS_FOR_WHOM = ("chatbot", "codebuild", "codepipeline", "scheduler")

# In a resource's own policy this is the resource itself
ITSELF = ("*",)


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One statement. Without `principals` it belongs to an identity's policy, with them to a resource's."""

    sid: str
    actions: Sequence[str]
    resources: Sequence[pulumi.Input[str]]
    conditions: Conditions | None = None
    principals: Mapping[str, str | Sequence[str]] | str | None = None
    effect: str = "Allow"

    def to_dict(self) -> dict[str, Any]:
        """The statement as IAM reads it."""
        statement: dict[str, Any] = {"Sid": self.sid, "Effect": self.effect}
        if self.principals is not None:
            statement["Principal"] = self.principals
        statement |= {"Action": list(self.actions), "Resource": list(self.resources)}
        if self.conditions:
            statement["Condition"] = self.conditions
        return statement


def document(statements: Sequence[Statement]) -> pulumi.Output[str]:
    """The policy of these statements, as JSON."""
    return pulumi.Output.json_dumps(
        {"Version": "2012-10-17", "Statement": [statement.to_dict() for statement in statements]}
    )


def trust(service: str, account: Account) -> pulumi.Output[str]:
    """Lets an AWS service take a role, on behalf of this account only where the service says for whom it acts."""
    statement: dict[str, Any] = {
        "Effect": "Allow",
        "Principal": {"Service": f"{service}.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    if service in _SAYS_FOR_WHOM:
        statement["Condition"] = from_account(account)
    return pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": [statement]})


def from_account(account: Account) -> Conditions:
    """Holds when a service acts for a resource of this account."""
    return {"StringEquals": {"aws:SourceAccount": account.account_id}}


def key_administration(account: Account) -> Statement:
    """Lets the account's own IAM policies decide who administers and who uses a key."""
    return Statement(
        sid="AccountDecides",
        principals={"AWS": account.root},
        actions=tuple(sorted({*_KEY_ADMINISTRATION, *KEY_USE})),
        resources=ITSELF,
    )
