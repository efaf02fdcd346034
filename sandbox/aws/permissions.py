"""What a role's policies allow: enough of IAM to notice a permission that was forgotten.

Conditions are taken to hold for Allow, and not to hold for Deny; boundaries and organisation policies are
not looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from sandbox.aws.service import AwsError

if TYPE_CHECKING:
    from sandbox.core.account import Account

_CONNECTION_PREFIXES = ("codeconnections", "codestar-connections")


class Permissions:
    """One role's statements, read when first asked."""

    def __init__(self, account: Account, role_arn: str) -> None:
        self._iam: Any = account.client("iam")
        self._role_arn = role_arn
        self._known: list[dict[str, Any]] | None = None

    def allows(self, action: str, resource: str) -> bool:
        if self._known is None:
            self._known = list(self._statements())
        matching = [statement for statement in self._known if _covers(statement, action, resource)]
        denied = any(statement["Effect"] == "Deny" and "Condition" not in statement for statement in matching)
        return not denied and any(statement["Effect"] == "Allow" for statement in matching)

    def require(self, action: str, resource: str, code: str = "AccessDeniedException") -> None:
        """Raises AwsError in IAM's words when the role may not."""
        if not self.allows(action, resource):
            raise AwsError(
                code,
                f"User: {self._role_arn} is not authorized to perform: {action} on resource: {resource} because no "
                f"identity-based policy allows the {action} action",
            )

    def require_connection(self, action: str, arn: str, code: str = "AccessDeniedException") -> None:
        """The action under both of the service's prefixes, on the connection under either."""
        path = arn.split(":", 3)[3]
        arns = [f"arn:aws:{prefix}:{path}" for prefix in _CONNECTION_PREFIXES]
        for prefix in _CONNECTION_PREFIXES:
            full_action = f"{prefix}:{action}"
            if not any(self.allows(full_action, either) for either in arns):
                self.require(full_action, arn, code)

    def _statements(self) -> Iterator[dict[str, Any]]:
        role = self._role_arn.rpartition("/")[2]
        try:
            for name in self._iam.list_role_policies(RoleName=role)["PolicyNames"]:
                yield from _of(self._iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"])
            for attached in self._iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]:
                yield from self._managed(attached["PolicyArn"])
        except ClientError as error:
            raise AwsError("AccessDeniedException", f"Cannot assume {self._role_arn}: {error}") from error

    def _managed(self, arn: str) -> Iterator[dict[str, Any]]:
        version = self._iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        yield from _of(self._iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"])


def is_trusted(account: Account, role_arn: str, service: str) -> bool:
    """Whether the role exists and lets `service` ("codebuild.amazonaws.com") assume it."""
    try:
        role = account.client("iam").get_role(RoleName=role_arn.rpartition("/")[2])["Role"]
    except ClientError:
        return False
    trust = [statement for statement in _of(role["AssumeRolePolicyDocument"]) if _trusts(statement, service)]
    denied = any(statement["Effect"] == "Deny" and "Condition" not in statement for statement in trust)
    allowed = any(statement["Effect"] == "Allow" for statement in trust)
    return role["Arn"] == role_arn and allowed and not denied


def _trusts(statement: dict[str, Any], service: str) -> bool:
    principal = statement.get("Principal", {})
    named = principal == "*" or service in _listed(principal.get("Service", []))
    return named and any(fnmatchcase("sts:assumerole", action.lower()) for action in _listed(statement["Action"]))


def _of(document: dict[str, Any]) -> list[dict[str, Any]]:
    return _listed(document.get("Statement", []))


def _covers(statement: dict[str, Any], action: str, resource: str) -> bool:
    if "Action" in statement:
        actions = any(fnmatchcase(action.lower(), pattern.lower()) for pattern in _listed(statement["Action"]))
    else:
        actions = not any(fnmatchcase(action.lower(), pattern.lower()) for pattern in _listed(statement["NotAction"]))
    if "Resource" in statement:
        resources = any(fnmatchcase(resource, pattern) for pattern in _listed(statement["Resource"]))
    else:
        resources = not any(fnmatchcase(resource, pattern) for pattern in _listed(statement.get("NotResource", "*")))
    return actions and resources


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
