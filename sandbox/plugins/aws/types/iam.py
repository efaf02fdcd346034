# ruff: noqa: RUF012 -- the base class declares these tables
"""IAM roles and what they may do."""

from __future__ import annotations

from sandbox.plugins.aws.api import Api, Params
from sandbox.plugins.aws.declared import Call, Declared
from sandbox.plugins.aws.tags import TagOperations
from sandbox.plugins.values import Values


class Role(Declared):
    token = "aws:iam/role:Role"
    service = "iam"
    request = "CreateRole"
    renames = {"name": "RoleName", "assumeRolePolicy": "AssumeRolePolicyDocument"}
    unset = {"path": "/", "maxSessionDuration": 3600}
    own = frozenset({"forceDetachPolicies"})
    not_emulated = frozenset({"inlinePolicies", "managedPolicyArns", "namePrefix"})
    documents = frozenset({"assumeRolePolicy"})
    reads = Call("GetRole", {"RoleName": "{id}"}, "Role")
    deletes = Call("DeleteRole", {"RoleName": "{id}"})
    computed = {"arn": "Arn", "uniqueId": "RoleId"}
    replaces = frozenset({"name", "path"})
    autoname = "name"
    regional = False
    tagging = TagOperations("ListRoleTags", "TagRole", "UntagRole")
    tagged_by = "id"

    def find(self, api: Api, identifier: str, inputs: Values) -> Params | None:
        role = super().find(api, identifier, inputs)
        boundary = role and role.get("PermissionsBoundary")
        return role | {"PermissionsBoundary": boundary["PermissionsBoundaryArn"]} if role and boundary else role

    def change(self, api: Api, identifier: str, document: Params, old: Values, new: Values) -> None:
        role = {"RoleName": identifier}
        if new["assumeRolePolicy"] != old.get("assumeRolePolicy"):
            api.call("iam", "UpdateAssumeRolePolicy", {**role, "PolicyDocument": new["assumeRolePolicy"]})
        if new.get("description") != old.get("description"):
            api.call("iam", "UpdateRoleDescription", {**role, "Description": new.get("description", "")})
        if new.get("maxSessionDuration") != old.get("maxSessionDuration"):
            api.call("iam", "UpdateRole", {**role, "MaxSessionDuration": document["MaxSessionDuration"]})
        if "permissionsBoundary" in new:
            boundary = {"PermissionsBoundary": new["permissionsBoundary"]}
            api.call("iam", "PutRolePermissionsBoundary", {**role, **boundary})
        elif "permissionsBoundary" in old:
            api.call("iam", "DeleteRolePermissionsBoundary", role)


class RolePolicy(Declared):
    token = "aws:iam/rolePolicy:RolePolicy"
    service = "iam"
    request = "PutRolePolicy"
    renames = {"name": "PolicyName", "role": "RoleName", "policy": "PolicyDocument"}
    not_emulated = frozenset({"namePrefix"})
    documents = frozenset({"policy"})
    identifier = "{role}:{name}"
    reads = Call("GetRolePolicy", {"RoleName": "{role}", "PolicyName": "{name}"})
    deletes = Call("DeleteRolePolicy", {"RoleName": "{role}", "PolicyName": "{name}"})
    replaces = frozenset({"name", "role"})
    autoname = "name"
    regional = False


class RolePolicyAttachment(Declared):
    token = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
    service = "iam"
    request = "AttachRolePolicy"
    renames = {"role": "RoleName", "policyArn": "PolicyArn"}
    identifier = "{role}/{policyArn}"
    reads = Call(
        "ListAttachedRolePolicies", {"RoleName": "{role}"}, "AttachedPolicies[?PolicyArn=='{policyArn}'] | [0]"
    )
    deletes = Call("DetachRolePolicy", {"RoleName": "{role}", "PolicyArn": "{policyArn}"})
    replaces = frozenset({"role", "policyArn"})
    regional = False

    def named(self, identifier: str) -> Values:
        role, _, policy = identifier.partition("/")
        return {"role": role, "policyArn": policy}


TYPES = (Role, RolePolicy, RolePolicyAttachment)
