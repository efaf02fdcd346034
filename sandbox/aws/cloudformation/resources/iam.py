"""AWS::IAM: roles, instance profiles and inline policies."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from sandbox.aws.cloudformation.resources.base import Context, Handler, Properties, changed_tags, handles


@handles
class Role(Handler):
    type_name = "AWS::IAM::Role"
    attributes = ("Arn", "RoleId")
    updaters: ClassVar = {
        "AssumeRolePolicyDocument": "set_trust",
        "Description": "set_description",
        "MaxSessionDuration": "set_description",
        "ManagedPolicyArns": "set_managed",
        "Policies": "set_inline",
        "Tags": "set_tags",
    }

    def create(self, context: Context, properties: Properties) -> str:
        inline = {"Policies": properties.pop("Policies", [])}
        managed = {"ManagedPolicyArns": properties.pop("ManagedPolicyArns", [])}
        name: str = properties.pop("RoleName", None) or context.name(64)
        trust = json.dumps(properties.pop("AssumeRolePolicyDocument"))
        context.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust, **properties)
        self.set_inline(context, name, {}, inline)
        self.set_managed(context, name, {}, managed)
        return name

    def set_trust(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        context.client("iam").update_assume_role_policy(
            RoleName=physical_id, PolicyDocument=json.dumps(new["AssumeRolePolicyDocument"])
        )

    def set_description(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        names = ("Description", "MaxSessionDuration")
        context.client("iam").update_role(RoleName=physical_id, **{name: new[name] for name in names if name in new})

    def set_managed(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        iam = context.client("iam")
        attached = iam.list_attached_role_policies(RoleName=physical_id)["AttachedPolicies"]
        before, after = {policy["PolicyArn"] for policy in attached}, set(new.get("ManagedPolicyArns", []))
        for arn in sorted(before - after):
            iam.detach_role_policy(RoleName=physical_id, PolicyArn=arn)
        for arn in sorted(after - before):
            iam.attach_role_policy(RoleName=physical_id, PolicyArn=arn)

    def set_inline(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        iam = context.client("iam")
        wanted = {policy["PolicyName"]: policy["PolicyDocument"] for policy in new.get("Policies", [])}
        for name, document in wanted.items():
            iam.put_role_policy(RoleName=physical_id, PolicyName=name, PolicyDocument=json.dumps(document))
        for name in iam.list_role_policies(RoleName=physical_id)["PolicyNames"]:
            if name not in wanted:
                iam.delete_role_policy(RoleName=physical_id, PolicyName=name)

    def set_tags(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        iam = context.client("iam")
        wanted, gone = changed_tags(old, new)
        if gone:
            iam.untag_role(RoleName=physical_id, TagKeys=gone)
        if wanted:
            iam.tag_role(RoleName=physical_id, Tags=wanted)

    def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        self.set_inline(context, physical_id, properties, {})
        self.set_managed(context, physical_id, properties, {})
        context.client("iam").delete_role(RoleName=physical_id)

    def attribute(self, context: Context, physical_id: str, name: str) -> Any:
        return context.client("iam").get_role(RoleName=physical_id)["Role"][name]


@handles
class InstanceProfile(Handler):
    type_name = "AWS::IAM::InstanceProfile"
    attributes = ("Arn",)
    updaters: ClassVar = {"Roles": "set_roles"}

    def create(self, context: Context, properties: Properties) -> str:
        roles = {"Roles": properties.pop("Roles", [])}
        name: str = properties.pop("InstanceProfileName", None) or context.name(128)
        context.client("iam").create_instance_profile(InstanceProfileName=name, **properties)
        self.set_roles(context, name, {}, roles)
        return name

    def set_roles(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        iam = context.client("iam")
        profile = iam.get_instance_profile(InstanceProfileName=physical_id)["InstanceProfile"]
        for role in profile["Roles"]:
            iam.remove_role_from_instance_profile(InstanceProfileName=physical_id, RoleName=role["RoleName"])
        for role in new.get("Roles", []):
            iam.add_role_to_instance_profile(InstanceProfileName=physical_id, RoleName=role)

    def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        self.set_roles(context, physical_id, properties, {})
        context.client("iam").delete_instance_profile(InstanceProfileName=physical_id)

    def attribute(self, context: Context, physical_id: str, name: str) -> Any:
        return context.client("iam").get_instance_profile(InstanceProfileName=physical_id)["InstanceProfile"][name]


@handles
class Policy(Handler):
    """An inline policy of roles, users and groups; its physical id is of the stack's making."""

    type_name = "AWS::IAM::Policy"
    attributes = ("Id",)
    _HOLDERS = (("Roles", "role", "RoleName"), ("Users", "user", "UserName"), ("Groups", "group", "GroupName"))
    updaters: ClassVar = dict.fromkeys(("PolicyName", "PolicyDocument", "Roles", "Users", "Groups"), "put")

    def create(self, context: Context, properties: Properties) -> str:
        physical_id = context.name(128)
        context.exists(physical_id)
        self.put(context, physical_id, {}, properties)
        return physical_id

    def put(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        iam = context.client("iam")
        document = new["PolicyDocument"]
        text = document if isinstance(document, str) else json.dumps(document)
        for property_, kind, parameter in self._HOLDERS:
            for holder in new.get(property_, []):
                getattr(iam, f"put_{kind}_policy")(
                    **{parameter: holder}, PolicyName=new["PolicyName"], PolicyDocument=text
                )
            renamed = old.get("PolicyName") != new["PolicyName"]
            left = [each for each in old.get(property_, []) if renamed or each not in new.get(property_, [])]
            for holder in left:
                self._take_off(iam, kind, {parameter: holder, "PolicyName": old["PolicyName"]})

    def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        for property_, kind, parameter in self._HOLDERS:
            for holder in properties.get(property_, []):
                named = {parameter: holder, "PolicyName": properties["PolicyName"]}
                self._take_off(context.client("iam"), kind, named)

    def _take_off(self, iam: Any, kind: str, named: dict[str, str]) -> None:
        """From one that may not have it any more."""
        try:
            getattr(iam, f"delete_{kind}_policy")(**named)
        except iam.exceptions.NoSuchEntityException:
            return

    def attribute(self, context: Context, physical_id: str, name: str) -> Any:
        return physical_id
