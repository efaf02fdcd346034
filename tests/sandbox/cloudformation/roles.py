"""Roles for CloudFormation."""

from __future__ import annotations

import json
from typing import Any

from sop.names import Environment
from tests.golden.plans import recorded


def trusting(service: str) -> str:
    """A trust policy that lets a service take the role."""
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def grant(iam: Any, role: str, *statements: dict[str, Any]) -> str:
    """A role for CloudFormation with these statements; its ARN."""
    created = iam.create_role(RoleName=role, AssumeRolePolicyDocument=trusting("cloudformation.amazonaws.com"))
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    iam.put_role_policy(RoleName=role, PolicyName=role, PolicyDocument=json.dumps(document))
    return created["Role"]["Arn"]


def grant_everything(iam: Any, role: str) -> str:
    return grant(iam, role, {"Effect": "Allow", "Action": "*", "Resource": "*"})


def create_the_programs_roles(iam: Any, environment: Environment) -> None:
    """The roles and their policies as the program's recorded plan has them."""
    plan = recorded(str(environment), "before-first-deployment")["resources"]
    for resource in plan["aws:iam/role:Role"].values():
        inputs = resource["inputs"]
        iam.create_role(RoleName=inputs["name"], AssumeRolePolicyDocument=json.dumps(inputs["assumeRolePolicy"]))
    for resource in plan["aws:iam/rolePolicy:RolePolicy"].values():
        inputs = resource["inputs"]
        iam.put_role_policy(
            RoleName=inputs["role"], PolicyName=inputs["name"], PolicyDocument=json.dumps(inputs["policy"])
        )
