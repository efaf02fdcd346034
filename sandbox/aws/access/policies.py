"""The policies that are in the account, where moto keeps them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from moto.core.exceptions import ServiceException
from moto.iam.models import IAMBackend, Role, iam_backends
from moto.kms.models import kms_backends
from moto.logs.models import logs_backends
from moto.s3.models import s3_backends
from moto.sns.models import sns_backends

from sandbox.aws.access.propagation import OF_A_POLICY, OF_A_TRUST, Propagation, trust_of
from sandbox.iam.decision import Policies
from sandbox.iam.policy import Policy
from sandbox.iam.request import PolicyKind, Principal

if TYPE_CHECKING:
    from sandbox.core.account import Account

_ADMINISTRATOR = Policy(
    PolicyKind.IDENTITY,
    "arn:aws:iam::aws:policy/AdministratorAccess",
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]},
)


class AccountPolicies:
    """Reads the policies that bear on a request."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self.propagation = Propagation(account.clock)

    @property
    def _iam(self) -> IAMBackend:
        return iam_backends[self._account.account_id]["aws"]

    def role(self, arn: str) -> Role | None:
        return next((role for role in self._iam.get_roles() if role.arn == arn), None)

    def bearing_on(self, principal: Principal, action: str, resource: str) -> Policies:
        """What decides whether the principal may: a service has only the resource's policy."""
        owned = self.of_resource(action, resource)
        if principal.is_service:
            return Policies(resource=owned)
        if not principal.role:
            return Policies([_ADMINISTRATOR], resource=owned)
        role = self.role(principal.role)
        if role is None:
            return Policies(resource=owned)
        identity = self.propagation.in_force(role.id, self._of_role(role))
        boundary = role.permissions_boundary_arn
        return Policies(identity, self._managed(PolicyKind.BOUNDARY, boundary) if boundary else None, owned)

    def change(self, operation: str, asked: Mapping[str, str]) -> None:
        """What the operation is about to change, if it is there, stays in force for a while."""
        if operation in OF_A_POLICY:
            arn = asked.get("PolicyArn", "")
            self.propagation.changes(arn, [self._default_version(PolicyKind.IDENTITY, arn)])
        role = next((role for role in self._iam.get_roles() if role.name == asked.get("RoleName")), None)
        if role is None:
            return
        if operation in OF_A_TRUST:
            self.propagation.changes(trust_of(role.id), [self._trust(role)])
        else:
            self.propagation.changes(role.id, self._of_role(role))

    def _of_role(self, role: Role) -> list[Policy]:
        inline = [
            Policy(PolicyKind.IDENTITY, f"{role.name}/{name}", json.loads(text)) for name, text in role.policies.items()
        ]
        return [*inline, *(self._managed(PolicyKind.IDENTITY, arn) for arn in role.managed_policies)]

    def of_resource(self, action: str, resource: str) -> Policy | None:
        """The resource's own policy, None where it has none."""
        if action.startswith("sts:"):
            role = self.role(resource)
            return self.propagation.in_force(trust_of(role.id), [self._trust(role)])[0] if role else None
        text = self._text_of(resource)
        return Policy(PolicyKind.RESOURCE, f"the policy of {resource}", json.loads(text)) if text else None

    def _trust(self, role: Role) -> Policy:
        text = role.assume_role_policy_document
        return Policy(PolicyKind.TRUST, f"the policy of {role.arn}", json.loads(text))

    def _text_of(self, resource: str) -> str | bytes | None:
        account_id, region = self._account.account_id, self._account.region
        service, _, name = resource.partition(":")[2].partition(":")[2].partition(":")
        name = name.split(":", 2)[-1]
        if service == "s3":
            bucket = s3_backends[account_id]["aws"].buckets.get(name.partition("/")[0])
            return bucket.policy if bucket else None
        if service == "sns":
            topic = sns_backends[account_id][region].topics.get(resource)
            return topic.policy if topic else None
        if service == "kms":
            key = kms_backends[account_id][region].keys.get(name.removeprefix("key/"))
            return key.policy if key else None
        if service == "logs":
            return self._text_of_logs()
        return None

    def _text_of_logs(self) -> str | None:
        """CloudWatch Logs keeps its policies by account; each of their statements says on which groups."""
        kept = logs_backends[self._account.account_id][self._account.region].resource_policies.values()
        documents = [json.loads(each.policy_document) for each in kept]
        statements = [
            statement
            for document in documents
            for statement in (
                document["Statement"] if isinstance(document["Statement"], list) else [document["Statement"]]
            )
        ]
        return json.dumps({"Version": "2012-10-17", "Statement": statements}) if statements else None

    def _managed(self, kind: PolicyKind, arn: str) -> Policy:
        now = self._default_version(kind, arn)
        (in_force,) = self.propagation.in_force(arn, [now])
        return replace(in_force, kind=kind)

    def _default_version(self, kind: PolicyKind, arn: str) -> Policy:
        try:
            kept = self._iam.get_policy(arn)
        except ServiceException:
            return Policy(kind, arn, {"Statement": []})
        document = next(each.document for each in kept.versions if each.version_id == kept.default_version_id)
        return Policy(kind, arn, json.loads(document))
