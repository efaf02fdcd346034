"""What CloudFormation may do for a stack: it calls every API with the stack's role, or with its caller's own.

Which actions a resource's handler needs is what AWS's registry schema of its type lists, `unneeded_permissions` aside.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from moto.ec2.models import ec2_backends
from moto.iam.models import iam_backends

from sandbox.aws.access import ACCESS, AccessDenied, Session
from sandbox.aws.cloudformation.errors import ResourceError
from sandbox.aws.cloudformation.plan import STACK_TYPE
from sandbox.aws.cloudformation.resources.base import Context, api_error
from sandbox.aws.cloudformation.schema import ResourceSchema
from sandbox.aws.cloudformation.unneeded_permissions import NARROWED, UNNEEDED
from sandbox.iam.calls import Ask, asks_of_action, pass_role
from sandbox.iam.reference import find_action

if TYPE_CHECKING:
    from sandbox.aws.cloudformation.model import Stack
    from sandbox.core.account import Account

Properties = Mapping[str, Any]
Verb = Literal["create", "update", "delete"]
PRINCIPAL = "cloudformation.amazonaws.com"
_SESSION = "AWSCloudFormation"
_LONGEST_NAME = {"AWS::IAM::Role": 64, "AWS::ElasticLoadBalancingV2::LoadBalancer": 32}
_ROLE_ARN = re.compile(r"arn:[^:]+:iam::\d+:role/[^\s\"]+")
_ADDS_TAGS = re.compile(r"\w+:(Add|CreateOrUpdate|Create)Tags(ToResource)?|\w+:Tag[A-Z]\w+")
_REMOVES_TAGS = re.compile(r"\w+:(Delete|Remove)Tags(FromResource)?|\w+:Untag[A-Z]\w+")
_BALANCING_KINDS = {
    "Listener": "listener/app/*/*/*",
    "ListenerRule": "listener-rule/app/*/*/*/*",
    "LoadBalancer": "loadbalancer/app/*/*",
    "TargetGroup": "targetgroup/*/*",
}
_OF_ZONES = ("ec2:DescribeAccountAttributes", "ec2:DescribeAvailabilityZones", "ec2:DescribeSubnets")
_LAUNCH = ("LaunchTemplate", "VPCZoneIdentifier")


@dataclass(frozen=True)
class _Change:
    """What is done to a resource of a type."""

    type_name: str
    verb: Verb
    old: Properties
    new: Properties

    @cached_property
    def touched(self) -> frozenset[str]:
        names = {*self.old, *self.new}
        return frozenset(n for n in names if self.verb != "update" or self.old.get(n) != self.new.get(n))

    def needed(self, schema: ResourceSchema) -> Iterator[str]:
        """The actions that it needs; what is made or changed is read, too."""
        tags = {schema.tags or "Tags", "TagSpecifications"}
        listed = [*schema.permissions(self.verb), *(schema.permissions("read") if self.verb != "delete" else ())]
        for entry in dict.fromkeys(listed):
            if self._needs(entry, tags):
                yield from NARROWED.get(entry, [entry])
        if self.type_name == STACK_TYPE and self.verb != "delete" and not tags.isdisjoint(self.touched):
            yield "cloudformation:TagResource"  # the schema of stacks lists none; see exceptions.TAGGING

    def _needs(self, action: str, tags: set[str]) -> bool:
        for row in UNNEEDED.get(self.type_name, ()):
            if action in row.actions:
                said = json.dumps([self.old, self.new], default=str)
                says = bool(row.unless_says) and row.unless_says in said
                return says or not self.touched.isdisjoint(row.properties)
        if _ADDS_TAGS.fullmatch(action):
            return self.verb != "delete" and not tags.isdisjoint(self.touched)
        if _REMOVES_TAGS.fullmatch(action):
            return self.verb == "update" and not tags.isdisjoint(self.touched)
        return True


def session_of(account: Account, stack: Stack) -> Session | None:
    """With whose permissions a stack is worked on; None for the account's own people, who may do everything.

    Raises:
        AccessDenied: the stack's role cannot be taken.
    """
    if stack.role_arn is None:
        return stack.caller
    return account.reach(ACCESS).assume(PRINCIPAL, stack.role_arn, _SESSION)


def require(context: Context, verb: Verb, old: Properties, new: Properties) -> None:
    """Refuse what the stack's role may not do with a resource.

    Raises:
        ClientError: the denial, as the resource's service words it.
        ResourceError: the role may not be passed on to a nested stack.
    """
    account = context.engine.account
    access, session = account.reach(ACCESS), session_of(account, context.stack)
    if session is None:
        return
    try:
        access.require(session, _asks(context, verb, old, new))
    except AccessDenied as denied:
        action = denied.decision.request.action
        if context.record.type == STACK_TYPE:
            raise ResourceError(f"API: cloudFormation {denied.message}") from denied
        code = "UnauthorizedOperation" if action.startswith("ec2:") else "AccessDenied"
        before = "You are not authorized to perform this operation. " if action.startswith("ec2:") else ""
        raise api_error(action.partition(":")[2], code, f"{before}{denied.message}", status=403) from denied


def require_zones(account: Account, stack: Stack) -> None:
    """Refuse Fn::GetAZs where the stack's role lacks one of the three permissions that its guide names.

    Raises:
        ResourceError: the denial; how AWS words it there is not known.
    """
    session = session_of(account, stack)
    if session is None:
        return
    try:
        account.reach(ACCESS).require(session, [Ask(action, "*") for action in _OF_ZONES])
    except AccessDenied as denied:
        raise ResourceError(f"Fn::GetAZs: {denied.message}") from denied


def _asks(context: Context, verb: Verb, old: Properties, new: Properties) -> Iterator[Ask]:
    kind, schema = context.record.type, context.schema
    params = _params(context, schema, new if verb == "create" else {**old, **new})
    where = context.engine.account.reach(ACCESS).where
    change = _Change(kind, verb, old, new)
    for action in change.needed(schema):
        if action == "iam:PassRole":
            yield from _passed(context, new)
        else:
            yield from asks_of_action(
                action, _params_of(context, action, params, old, new), where, own=_own_kind(kind, action)
            )
    if verb == "update" and not change.touched.isdisjoint(_LAUNCH):
        for action in _rolling(context):
            yield from asks_of_action(action, params, where)


# -- on which resources -----------------------------------------------------------------------------------


def _params(context: Context, schema: ResourceSchema, properties: Properties) -> dict[str, Any]:
    """The properties as an API's parameters, with the name or the id of the resource itself."""
    record, params = context.record, dict(properties)
    name = schema.custom_name or ("Name" if "Name" in schema.properties else None)
    if record.type == STACK_TYPE:
        name = "StackName"
    if not record.physical_id:
        if name is not None:
            params.setdefault(name, context.name(_LONGEST_NAME.get(record.type, 128)))
        return params
    return params | dict.fromkeys(schema.identifiers, record.physical_id)


def _params_of(
    context: Context, action: str, params: dict[str, Any], old: Properties, new: Properties
) -> dict[str, Any]:
    """What one action's parameters are called otherwise than the properties."""
    record, where = context.record, context.engine.account
    if action in ("elasticloadbalancing:AddTags", "elasticloadbalancing:RemoveTags"):
        kind = _BALANCING_KINDS[record.type.rpartition("::")[2]]
        arn = f"arn:aws:elasticloadbalancing:{where.region}:{where.account_id}:{kind}"
        return {"ResourceArns": [record.physical_id or arn], "Tags": params.get("Tags", [])}
    if action in ("iam:AttachRolePolicy", "iam:DetachRolePolicy"):
        attached = old if action == "iam:DetachRolePolicy" else new
        return params | {"PolicyArn": attached.get("ManagedPolicyArns", [])}
    if action == "iam:CreateServiceLinkedRole":
        return {"AWSServiceName": "autoscaling.amazonaws.com"}
    return params


def _own_kind(kind: str, action: str) -> str:
    """The kind, in AWS's authorization reference, of the resource type that a handler is for."""
    service, _, name = action.partition(":")
    found = find_action(service, name)
    wanted = {"eip": "elasticip"}.get(kind.rpartition("::")[2].lower(), kind.rpartition("::")[2].lower())
    kinds = [each.name for each in found.types] if found else []
    return next(
        (each for each in kinds if each.lower().replace("-", "").removesuffix("/").removesuffix("/app") == wanted), ""
    )


def _passed(context: Context, new: Properties) -> Iterable[Ask]:
    """The roles that this resource hands on."""
    record, account = context.record, context.engine.account
    if record.type == STACK_TYPE:
        return [pass_role(context.stack.role_arn, PRINCIPAL)] if context.stack.role_arn else []
    if record.type == "AWS::IAM::InstanceProfile":
        where = account.reach(ACCESS).where
        names = new.get("Roles", [])
        return [pass_role(where.arn("iam", "role", name) or "*", "ec2.amazonaws.com") for name in names]
    if record.type == "AWS::AutoScaling::AutoScalingGroup":
        return [pass_role(arn, "ec2.amazonaws.com") for arn in _roles_of_servers(account, new)]
    service = record.type.split("::")[1].lower()
    found = _ROLE_ARN.findall(json.dumps(new, default=str))
    return [pass_role(arn, f"{service}.amazonaws.com") for arn in dict.fromkeys(found)]


def _roles_of_servers(account: Account, group: Properties) -> Iterator[str]:
    """The roles in the instance profile of a group's launch template."""
    wanted = group.get("LaunchTemplate", {})
    ec2 = ec2_backends[account.account_id][account.region]
    if "LaunchTemplateId" not in wanted:
        return
    template = ec2.get_launch_template(wanted["LaunchTemplateId"])
    profile = template.get_version(wanted.get("Version", "$Default")).data.get("IamInstanceProfile", {})
    for each in iam_backends[account.account_id]["aws"].instance_profiles.values():
        if profile.get("Arn") == each.arn or profile.get("Name") == each.name:
            yield from (role.arn for role in each.roles)


def _rolling(context: Context) -> list[str]:
    """What a rolling update asks of Auto Scaling beside the handler."""
    policy = context.update_policy.get("AutoScalingRollingUpdate")
    if not policy:
        return []
    suspending = ["autoscaling:SuspendProcesses", "autoscaling:ResumeProcesses"]
    return ["autoscaling:TerminateInstanceInAutoScalingGroup", *(suspending if policy.get("SuspendProcesses") else [])]
