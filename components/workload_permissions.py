"""What CloudFormation needs to build the web infrastructure: examples/web-infrastructure's resource types."""

from __future__ import annotations

import pulumi

from components.account import Account
from components.policies import Conditions, Statement
from components.workload_actions import (
    BALANCING_CHANGES,
    DESCRIPTIONS,
    EC2_CHANGES,
    EC2_KINDS,
    SCALING_CHANGES,
    SERVER_ROLE_CHANGES,
)
from sop.names import Names

_SERVICES_WITH_OWN_ROLES = ("autoscaling", "elasticloadbalancing")
_MANAGED_POLICY_OF_SERVERS = "AmazonSSMManagedInstanceCore"


def workload_statements(
    account: Account, names: Names, bucket_arn: pulumi.Input[str], key_arn: pulumi.Input[str]
) -> list[Statement]:
    """The execution role's statements. What carries another environment's tag is out of reach."""
    return [
        *_stack_statements(account, names, bucket_arn, key_arn),
        *_network_statements(account, names),
        *_server_statements(account, names),
        *_identity_statements(account, names),
        *_log_statements(account, names),
    ]


def _not_of_another(names: Names) -> Conditions:
    return {"StringEqualsIfExists": {"aws:ResourceTag/Environment": str(names.environment)}}


def _stack_statements(
    account: Account, names: Names, bucket_arn: pulumi.Input[str], key_arn: pulumi.Input[str]
) -> list[Statement]:
    return [
        Statement(
            sid="NestedStacks",
            actions=[
                "cloudformation:CreateStack",
                "cloudformation:DeleteStack",
                "cloudformation:DescribeStacks",
                "cloudformation:TagResource",
                "cloudformation:UntagResource",
                "cloudformation:UpdateStack",
            ],
            resources=[account.arn("cloudformation", f"stack/{names.cloudformation_stack}-*/*")],
        ),
        Statement(
            # Nested stacks are made with their parent's role, which CloudFormation has to be handed anew
            sid="HandItselfToNestedStacks",
            actions=["iam:PassRole"],
            resources=[account.global_arn("iam", f"role/{names.role('cloudformation')}")],
            conditions={"StringEquals": {"iam:PassedToService": "cloudformation.amazonaws.com"}},
        ),
        Statement(
            sid="ReadTemplates",
            actions=["s3:GetObject"],
            resources=[pulumi.Output.concat(bucket_arn, "/templates/*")],
        ),
        Statement(sid="DecryptTemplates", actions=["kms:Decrypt"], resources=[key_arn]),
        Statement(sid="Describe", actions=DESCRIPTIONS, resources=["*"]),
    ]


def _network_statements(account: Account, names: Names) -> list[Statement]:
    return [
        Statement(
            sid="Network",
            actions=EC2_CHANGES,
            resources=[account.arn("ec2", f"{kind}/*") for kind in EC2_KINDS],
            conditions=_not_of_another(names),
        ),
        Statement(
            sid="LoadBalancing",
            actions=BALANCING_CHANGES,
            resources=[
                account.arn("elasticloadbalancing", f"{kind}/*")
                for kind in ("listener/app", "loadbalancer/app", "targetgroup")
            ],
            conditions=_not_of_another(names),
        ),
    ]


def _server_statements(account: Account, names: Names) -> list[Statement]:
    return [
        Statement(
            sid="AutoScaling",
            actions=SCALING_CHANGES,
            resources=[account.arn("autoscaling", "autoScalingGroup:*:autoScalingGroupName/*")],
            conditions=_not_of_another(names),
        ),
        Statement(
            # Auto Scaling asks whether the caller could start what its launch template says
            sid="RunServers",
            actions=["ec2:RunInstances"],
            resources=[
                *(account.arn("ec2", f"{kind}/*") for kind in EC2_KINDS),
                f"arn:{account.partition}:ec2:{account.region}::image/*",
            ],
            conditions=_not_of_another(names),
        ),
        image_parameter(account),
    ]


def image_parameter(account: Account) -> Statement:
    """Lets the newest image of Amazon Linux be looked up, in a parameter that belongs to no account."""
    images = f"arn:{account.partition}:ssm:{account.region}::parameter/aws/service/ami-amazon-linux-latest/*"
    return Statement(sid="ImageParameter", actions=["ssm:GetParameters"], resources=[images])


def _identity_statements(account: Account, names: Names) -> list[Statement]:
    own_roles = account.global_arn("iam", f"role/{names.cloudformation_stack}-*")
    own_profiles = account.global_arn("iam", f"instance-profile/{names.cloudformation_stack}-*")
    return [
        Statement(
            sid="ServerRole",
            actions=SERVER_ROLE_CHANGES,
            resources=[own_roles, own_profiles],
        ),
        Statement(
            sid="ServerManagedPolicy",
            actions=["iam:AttachRolePolicy", "iam:DetachRolePolicy"],
            resources=[own_roles],
            conditions={"ArnEquals": {"iam:PolicyARN": account.aws_policy(_MANAGED_POLICY_OF_SERVERS)}},
        ),
        Statement(
            sid="HandRoleToServers",
            actions=["iam:PassRole"],
            resources=[own_roles],
            conditions={"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}},
        ),
        Statement(
            sid="RolesOfServices",
            actions=["iam:CreateServiceLinkedRole"],
            resources=[
                account.global_arn("iam", f"role/aws-service-role/{service}.amazonaws.com/*")
                for service in _SERVICES_WITH_OWN_ROLES
            ],
            conditions={
                "StringEquals": {
                    "iam:AWSServiceName": [f"{service}.amazonaws.com" for service in _SERVICES_WITH_OWN_ROLES]
                }
            },
        ),
    ]


def _log_statements(account: Account, names: Names) -> list[Statement]:
    log_group = account.arn("logs", f"log-group:{names.application_log_group}")
    return [
        Statement(
            sid="ApplicationLogs",
            actions=[
                "logs:CreateLogGroup",
                "logs:DeleteLogGroup",
                "logs:DeleteRetentionPolicy",
                "logs:GetDataProtectionPolicy",
                "logs:ListTagsForResource",
                "logs:PutRetentionPolicy",
                "logs:TagResource",
                "logs:UntagResource",
            ],
            resources=[log_group, f"{log_group}:*", f"{log_group}/*"],
        ),
        Statement(
            sid="AgentConfiguration",
            actions=[
                "ssm:AddTagsToResource",
                "ssm:DeleteParameter",
                "ssm:GetParameters",
                "ssm:ListTagsForResource",
                "ssm:PutParameter",
                "ssm:RemoveTagsFromResource",
            ],
            resources=[account.arn("ssm", f"parameter/web/{names.environment}/*")],
        ),
    ]
