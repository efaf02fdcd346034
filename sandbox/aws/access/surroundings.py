"""What exists in the account, for the ARNs and tags of what a call names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from moto.autoscaling.models import autoscaling_backends
from moto.core.exceptions import ServiceException
from moto.ec2.models import ec2_backends
from moto.elbv2.models import elbv2_backends
from moto.iam.models import iam_backends
from moto.kms.models import kms_backends
from moto.secretsmanager.models import secretsmanager_backends

from sandbox.aws.ports import STACKS

if TYPE_CHECKING:
    from sandbox.core.account import Account


class AccountSurroundings:
    """The account, as `sandbox.iam.calls` asks about it."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self.region = account.region
        self.account_id = account.account_id

    def arn(self, service: str, kind: str, name: str) -> str | None:
        """The ARN of what a name or an id stands for; None where there is no such thing."""
        if service == "iam":
            backend = iam_backends[self.account_id]["aws"]
            kept: list[Any] = [*backend.roles.values(), *backend.instance_profiles.values()]
            return next((each.arn for each in kept if each.name == name and f":{kind}/" in each.arn), None)
        if service == "kms":
            keys = kms_backends[self.account_id][self.region]
            alias = name[name.index("alias/") :] if "alias/" in name else ""
            key = keys.keys.get((keys.get_key_id_from_alias(alias) or "") if alias else keys.get_key_id(name))
            return key.arn if key else None
        if service == "secretsmanager":
            secret = secretsmanager_backends[self.account_id][self.region].secrets.get(name)
            return secret.arn if secret else None
        if service == "autoscaling":
            group = autoscaling_backends[self.account_id][self.region].autoscaling_groups.get(name)
            return group.arn if group else None
        if service == "cloudformation" and self._account.offers(STACKS.name):
            stack = self._account.reach(STACKS).stack(name)
            return stack.stack_id if stack else None
        return None

    def tags(self, arn: str) -> Mapping[str, str] | None:
        """The tags of a resource, none where there is no such thing; None for services that aren't read here."""
        # * is no ARN, nor is a key's alias
        service = arn.split(":")[2] if arn.startswith("arn:") else ""
        read = {"autoscaling": self._of_group, "ec2": self._of_ec2, "elasticloadbalancing": self._of_load_balancing,
                "iam": self._of_role, "kms": self._of_key}.get(service)  # fmt: skip
        if read is None:
            return {} if "*" in arn else None
        return read(arn)

    def _of_ec2(self, arn: str) -> Mapping[str, str]:
        return ec2_backends[self.account_id][self.region].tags.get(_id(arn), {})

    def _of_key(self, arn: str) -> Mapping[str, str]:
        """An alias has none."""
        keys = kms_backends[self.account_id][self.region]
        known = ":key/" in arn and _id(arn) in keys.keys
        listed = keys.list_resource_tags(_id(arn))["Tags"] if known else []
        return {tag["TagKey"]: tag["TagValue"] for tag in listed}

    def _of_group(self, arn: str) -> Mapping[str, str]:
        group = autoscaling_backends[self.account_id][self.region].autoscaling_groups.get(_id(arn))
        return {tag["Key"]: tag["Value"] for tag in group.tags} if group else {}

    def _of_load_balancing(self, arn: str) -> Mapping[str, str]:
        try:
            described = elbv2_backends[self.account_id][self.region].describe_tags([arn])
        except ServiceException:
            return {}
        return described.get(arn, {})

    def _of_role(self, arn: str) -> Mapping[str, str]:
        kept: list[Any] = [*iam_backends[self.account_id]["aws"].roles.values()]
        return next(({tag["Key"]: tag["Value"] for tag in each.tags} for each in kept if each.arn == arn), {})


def _id(arn: str) -> str:
    return arn.rpartition("/")[2]
