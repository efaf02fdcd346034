"""What the program's roles are granted, what a recorded life used of it, and what is granted all the same."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from tests.golden.plans import STACKS, recorded

_ROLE = re.compile(r"web-pipeline-(?:dev|prod)-(?P<role>[a-z-]+)-ap-southeast-2")


class Grant(NamedTuple):
    """One action of one statement. Both environments have the same roles: `role` is what stands in their names."""

    role: str
    statement: str
    action: str


# Granted though no recorded call needs it here, and why
KEPT: Mapping[Grant, str] = {
    **dict.fromkeys(
        [Grant("pipeline", "FindBucket", f"s3:GetBucket{what}") for what in ("Acl", "Location", "Versioning")]
        + [Grant("pipeline", "PassArtifacts", f"s3:GetObject{what}") for what in ("", "Version")],
        "CodePipeline's guide, Manage the CodePipeline service role: the minimum policy has it for the artifact bucket",
    ),
    **dict.fromkeys(
        [Grant("pipeline", "UseArtifactKey", f"kms:{action}") for action in ("Decrypt", "DescribeKey", "Encrypt")],
        "CodePipeline's guide: a pipeline's role wants it where its artifacts have a customer managed key",
    ),
    **dict.fromkeys(
        [Grant(role, "ReadSource", "s3:GetObjectVersion") for role in ("build", "deploy")],
        "CodeBuild's guide, the service role's policy: an artifact may be named by its version",
    ),
    Grant("build", "UseArtifactKey", "kms:GenerateDataKey"): "CodeBuild documents it for a project's encryption key",
    Grant("deploy", "UseArtifactKey", "kms:GenerateDataKey"): (
        "a template above 51,200 bytes, which is put with the bucket's key"
    ),
    Grant("cloudformation", "NestedStacks", "cloudformation:UntagResource"): (
        "a tag that a later deployment drops; the sample's are always the same"
    ),
    Grant("cloudformation", "Describe", "ec2:DescribeImages"): (
        "a parameter of type AWS::EC2::Image::Id in a nested stack, which the role makes: CloudFormation looks whether "
        "there is one. The caller needs no such permission: the role that AWS's CDK deploys with has none"
    ),
    Grant("cloudformation", "ImageParameter", "ssm:GetParameters"): (
        "CreateChangeSet looks the image's parameter up for its caller; that an execution does not look again with the "
        "role is not documented, and the parameter is public"
    ),
    Grant("cloudformation", "Network", "ec2:ReplaceRoute"): "a route's new target; the sample has one gateway",
    Grant("cloudformation", "LoadBalancing", "elasticloadbalancing:SetIpAddressType"): (
        "a load balancer's change to dualstack; the sample has no IPv6"
    ),
    Grant("cloudformation", "DecryptTemplates", "kms:Decrypt"): (
        "a template that somebody uploads with the bucket's key; the AWS CLI's package uploads with S3's own (AES256)"
    ),
}

# What deploy.py does only after a failure, with a long template or no change: shown in tests/sandbox/cloudformation
DEPLOYS_RARELY = {
    Grant("deploy", "DeployStack", "cloudformation:DeleteChangeSet"),
    Grant("deploy", "DeployStack", "cloudformation:DeleteStack"),
    Grant("deploy", "DeployStack", "cloudformation:ListChangeSets"),
    Grant("deploy", "FindBucket", "s3:GetBucketLocation"),
}


def granted(*roles: str) -> set[Grant]:
    """Every action of these roles in the program's recorded plans."""
    found: set[Grant] = set()
    for stack in STACKS:
        plan = recorded(stack, "deployed")["resources"]
        for resource in plan["aws:iam/rolePolicy:RolePolicy"].values():
            policy, role = resource["inputs"]["policy"], _role(resource["inputs"]["role"])
            found |= {Grant(role, each["Sid"], action) for each in policy["Statement"] for action in each["Action"]}
    return {grant for grant in found if grant.role in roles}


def used(decisions: Iterable[Mapping[str, Any]]) -> set[Grant]:
    """The grants that decided, of `sandbox decisions`."""
    return {
        Grant(_role(grant["policy"].partition("/")[0]), grant["statement"], grant["action"])
        for decision in decisions
        if decision["allowed"]
        for grant in decision["grants"]
    }


def used_by_pulumi(decisions: Iterable[Mapping[str, Any]], purpose: str) -> set[tuple[str, str]]:
    """Which statement and action of the policies of who runs it decided: those of `sandbox exec --iam-policy`."""
    names = {f"{purpose}-{stack}" for stack in STACKS}
    return {
        (grant["statement"], grant["action"])
        for decision in decisions
        if decision["allowed"]
        for grant in decision["grants"]
        if grant["policy"].partition("/")[0] in names
    }


def denials(decisions: Iterable[Mapping[str, Any]]) -> list[str]:
    return [
        f"{each['principal']}: {each['action']} on {each['resource']} {each['reason']}"
        for each in decisions
        if not each["allowed"]
    ]


def kept(grants: Iterable[Grant]) -> set[Grant]:
    """Those of the table."""
    return {grant for grant in grants if grant in KEPT}


def _role(name: str) -> str:
    found = _ROLE.fullmatch(name)
    return found["role"] if found else ""
