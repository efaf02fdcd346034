"""The resource types that the sandbox's CloudFormation makes. Importing this registers them."""

from sandbox.aws.cloudformation.resources import (
    auto_scaling,
    dns,
    ec2,
    iam,
    instances,
    load_balancing,
    logs_and_parameters,
    monitoring,
    security_groups,
    storage_and_topics,
)

__all__ = [
    "auto_scaling",
    "dns",
    "ec2",
    "iam",
    "instances",
    "load_balancing",
    "logs_and_parameters",
    "monitoring",
    "security_groups",
    "storage_and_topics",
]
