"""CloudFormation: stacks that are created, updated and rolled back event by event. Moto only keeps the resources."""

from sandbox.aws.cloudformation import nested, resources
from sandbox.aws.cloudformation.service import CloudFormation

__all__ = ["CloudFormation", "nested", "resources"]
