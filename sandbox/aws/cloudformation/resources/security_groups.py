"""AWS::EC2's security groups and their rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from botocore.exceptions import ClientError

from sandbox.aws.cloudformation.resources.base import Context, Handler, Properties, handles
from sandbox.aws.cloudformation.resources.ec2 import Ec2Handler, tag_specifications

Rule = Mapping[str, Any]

_INGRESS = "SecurityGroupIngress"
_EGRESS = "SecurityGroupEgress"
_TO_ANYWHERE = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
_PEERS = {
    "CidrIp": ("IpRanges", "CidrIp"),
    "CidrIpv6": ("Ipv6Ranges", "CidrIpv6"),
    "SourcePrefixListId": ("PrefixListIds", "PrefixListId"),
    "DestinationPrefixListId": ("PrefixListIds", "PrefixListId"),
    "SourceSecurityGroupId": ("UserIdGroupPairs", "GroupId"),
    "DestinationSecurityGroupId": ("UserIdGroupPairs", "GroupId"),
}


def permission(rule: Rule) -> dict[str, Any]:
    """A CloudFormation rule as EC2's IpPermission."""
    made: dict[str, Any] = {key: rule[key] for key in ("IpProtocol", "FromPort", "ToPort") if key in rule}
    for name, (ranges, key) in _PEERS.items():
        if name in rule:
            peer = {key: rule[name]}
            if "Description" in rule:
                peer["Description"] = rule["Description"]
            made[ranges] = [peer]
    return made


def _drop_default_egress(context: Context, group_id: str) -> None:
    """A new group may send anywhere until it has an outgoing rule of its own."""
    ec2 = context.client("ec2")
    rules = ec2.describe_security_groups(GroupIds=[group_id])["SecurityGroups"][0]["IpPermissionsEgress"]
    if any(rule["IpProtocol"] == "-1" and rule.get("IpRanges") == _TO_ANYWHERE["IpRanges"] for rule in rules):
        ec2.revoke_security_group_egress(GroupId=group_id, IpPermissions=[_TO_ANYWHERE])


@handles
class SecurityGroup(Ec2Handler):
    type_name = "AWS::EC2::SecurityGroup"
    attributes = ("GroupId", "Id", "VpcId", "GroupName")
    updaters: ClassVar = {
        **Ec2Handler.updaters,
        _INGRESS: "update_ingress",
        _EGRESS: "update_egress",
    }

    def create(self, context: Context, properties: Properties) -> str:
        ec2 = context.client("ec2")
        ingress = properties.pop(_INGRESS, [])
        egress = properties.pop(_EGRESS, [])
        tags = tag_specifications("security-group", properties)
        name = properties.pop("GroupName", None) or context.name(255)
        description = properties.pop("GroupDescription")
        group_id: str = ec2.create_security_group(GroupName=name, Description=description, **properties, **tags)[
            "GroupId"
        ]
        if ingress:
            ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=[permission(rule) for rule in ingress])
        if egress:
            _drop_default_egress(context, group_id)
            ec2.authorize_security_group_egress(GroupId=group_id, IpPermissions=[permission(rule) for rule in egress])
        return group_id

    def update_ingress(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        self._exchange(context, physical_id, "ingress", old.get(_INGRESS, []), new.get(_INGRESS, []))

    def update_egress(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        _drop_default_egress(context, physical_id)
        self._exchange(context, physical_id, "egress", old.get(_EGRESS, []), new.get(_EGRESS, []))

    def _exchange(self, context: Context, group_id: str, direction: str, old: list[Rule], new: list[Rule]) -> None:
        """New rules first, so that one that is refused leaves the group as it was."""
        ec2 = context.client("ec2")
        come = [permission(rule) for rule in new if rule not in old]
        if come:
            getattr(ec2, f"authorize_security_group_{direction}")(GroupId=group_id, IpPermissions=come)
        for rule in old:
            if rule in new:
                continue
            try:
                revoke = getattr(ec2, f"revoke_security_group_{direction}")
                revoke(GroupId=group_id, IpPermissions=[permission(rule)])
            except ClientError as error:
                if error.response.get("Error", {}).get("Code") != "InvalidPermission.NotFound":
                    raise

    def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        context.client("ec2").delete_security_group(GroupId=physical_id)

    def attribute(self, context: Context, physical_id: str, name: str) -> Any:
        if name in ("GroupId", "Id"):
            return physical_id
        group = context.client("ec2").describe_security_groups(GroupIds=[physical_id])["SecurityGroups"][0]
        return group[name]


class _Rule(Handler):
    """A rule on its own; its physical id is EC2's rule id."""

    attributes = ("Id",)
    replaces_on = frozenset({"Description"})
    direction: str

    def create(self, context: Context, properties: Properties) -> str:
        group_id = properties["GroupId"]
        authorize = getattr(context.client("ec2"), f"authorize_security_group_{self.direction}")
        answer = authorize(GroupId=group_id, IpPermissions=[permission(properties)])
        return answer["SecurityGroupRules"][0]["SecurityGroupRuleId"]

    def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        revoke = getattr(context.client("ec2"), f"revoke_security_group_{self.direction}")
        revoke(GroupId=properties["GroupId"], IpPermissions=[permission(properties)])

    def attribute(self, context: Context, physical_id: str, name: str) -> Any:
        return physical_id


@handles
class IngressRule(_Rule):
    type_name = "AWS::EC2::SecurityGroupIngress"
    direction = "ingress"


@handles
class EgressRule(_Rule):
    type_name = "AWS::EC2::SecurityGroupEgress"
    direction = "egress"

    def create(self, context: Context, properties: Properties) -> str:
        _drop_default_egress(context, properties["GroupId"])
        return super().create(context, properties)
