"""The targets of a load balancer's target group, as it sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scripts.errors import PromisedResourceMissingError

if TYPE_CHECKING:
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client
    from mypy_boto3_elbv2.type_defs import TargetHealthDescriptionTypeDef


def read_targets(client: ElasticLoadBalancingv2Client, target_group: str) -> tuple[TargetHealthDescriptionTypeDef, ...]:
    """Every registered target and its health.

    Raises:
        PromisedResourceMissingError: there is no such target group.
    """
    try:
        return tuple(client.describe_target_health(TargetGroupArn=target_group).get("TargetHealthDescriptions", []))
    except client.exceptions.TargetGroupNotFoundException:
        raise PromisedResourceMissingError(f"The target group {target_group} does not exist.") from None
