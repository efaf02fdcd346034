"""The targets of a load balancer's target group, as it sees them, and where its listeners send visitors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scripts.errors import PromisedResourceMissingError
from scripts.evidence.calls import carried

if TYPE_CHECKING:
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client
    from mypy_boto3_elbv2.type_defs import (
        ActionOutputTypeDef,
        ListenerTypeDef,
        RuleTypeDef,
        TargetGroupTupleTypeDef,
        TargetGroupTypeDef,
        TargetHealthDescriptionTypeDef,
    )

PARALLEL_READS = 8
TRAFFIC_PORT = "traffic-port"


@dataclass(frozen=True)
class Route:
    """What a listener does with the visitors whom one of its rules matches; the default rule matches all others.

    Attributes:
        listener: protocol and port, `HTTP:80`.
        arn: of the rule.
        default: whether it is the listener's default one.
        kind: of its last action, `forward`, `redirect` or `fixed-response` say.
        groups: the ARNs of the target groups that get visitors; none with weight 0.
    """

    listener: str
    arn: str
    default: bool
    kind: str
    groups: frozenset[str]


@dataclass(frozen=True)
class TargetGroup:
    """A target group: the port of targets that are registered without one, and what a healthy one answers, in words."""

    arn: str
    port: int | None
    healthy: str


def read_target_group(client: ElasticLoadBalancingv2Client, arn: str) -> TargetGroup:
    """The target group as it is now.

    Raises:
        PromisedResourceMissingError: there is no such target group.
    """
    try:
        groups = client.describe_target_groups(TargetGroupArns=[arn]).get("TargetGroups", [])
    except client.exceptions.TargetGroupNotFoundException:
        groups = []
    if not groups:
        raise PromisedResourceMissingError(f"The target group {arn} does not exist.")
    return TargetGroup(arn, groups[0].get("Port"), _healthy(groups[0]))


def read_targets(client: ElasticLoadBalancingv2Client, target_group: str) -> tuple[TargetHealthDescriptionTypeDef, ...]:
    """Every registered target and its health.

    Raises:
        PromisedResourceMissingError: there is no such target group.
    """
    try:
        return tuple(client.describe_target_health(TargetGroupArn=target_group).get("TargetHealthDescriptions", []))
    except client.exceptions.TargetGroupNotFoundException:
        raise PromisedResourceMissingError(f"The target group {target_group} does not exist.") from None


def read_routes(client: ElasticLoadBalancingv2Client, load_balancer: str) -> tuple[Route, ...]:
    """The rules of every listener of the load balancer with that ARN.

    Raises:
        PromisedResourceMissingError: there is no such load balancer.
    """
    try:
        pages = client.get_paginator("describe_listeners").paginate(LoadBalancerArn=load_balancer)
        listeners = [one for page in pages for one in page.get("Listeners", [])]
    except client.exceptions.LoadBalancerNotFoundException:
        raise PromisedResourceMissingError(f"The load balancer {load_balancer} does not exist.") from None

    def rules(listener: ListenerTypeDef) -> Sequence[RuleTypeDef]:
        found = client.get_paginator("describe_rules").paginate(ListenerArn=listener.get("ListenerArn", ""))
        return [one for page in found for one in page.get("Rules", [])]

    with ThreadPoolExecutor(PARALLEL_READS) as pool:
        of_listeners = list(pool.map(carried(rules), listeners))
    return tuple(
        _route(f"{listener.get('Protocol', '')}:{listener.get('Port', '')}", rule)
        for listener, found in zip(listeners, of_listeners, strict=True)
        for rule in found
    )


def _route(listener: str, rule: RuleTypeDef) -> Route:
    actions = sorted(rule.get("Actions", []), key=lambda one: one.get("Order", 0))
    return Route(
        listener=listener,
        arn=rule.get("RuleArn", ""),
        default=rule.get("IsDefault", False),
        kind=actions[-1]["Type"] if actions else "nothing",
        groups=frozenset(arn for action in actions for arn, weight in _weights(action).items() if weight),
    )


def _healthy(group: TargetGroupTypeDef) -> str:
    """`200 to /health`, `200-499 to / on port 9000`, `a connection`."""
    matcher, path = group.get("Matcher", {}), group.get("HealthCheckPath", "")
    codes = matcher.get("HttpCode") or matcher.get("GrpcCode")
    port = group.get("HealthCheckPort", TRAFFIC_PORT)
    answer = f"{codes} to {path}" if codes and path else "a connection"
    return answer if port == TRAFFIC_PORT else f"{answer} on port {port}"


def _tuples(action: ActionOutputTypeDef) -> Sequence[TargetGroupTupleTypeDef]:
    return action.get("ForwardConfig", {}).get("TargetGroups", [])


def _weights(action: ActionOutputTypeDef) -> Mapping[str, int]:
    """How much of the visitors each target group gets; the only one gets all of them, whatever its weight."""
    told = {one.get("TargetGroupArn", ""): one.get("Weight", 1) for one in _tuples(action)}
    if len(told) <= 1:
        only = action.get("TargetGroupArn") or next(iter(told), "")
        return {only: 1} if only else {}
    return told
