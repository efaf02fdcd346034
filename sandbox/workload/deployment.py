"""Where a site runs: what CloudFormation deployed, and which targets are registered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from moto.autoscaling.models import autoscaling_backends
from moto.elbv2.models import elbv2_backends

from sop.names import Environment, Names

if TYPE_CHECKING:
    from sandbox.core.account import Account

# CREATE_COMPLETE, or any state of an update: an update that fails leaves the site as it was.
_DEPLOYED = ("CREATE_COMPLETE", "UPDATE_", "DELETE_IN_PROGRESS", "DELETE_FAILED")
RUNNING = "running"


class Stack(Protocol):
    """What is needed of a CloudFormation stack."""

    status: str
    outputs: Mapping[str, str]
    created: datetime
    updated: datetime | None


@dataclass(frozen=True)
class Deployment:
    """The site of one environment, with the names that CloudWatch's dimensions use."""

    environment: Environment
    load_balancer: str  # app/web-prod/50dc6c495c0c9188
    load_balancer_arn: str
    dns_name: str
    target_group: str  # targetgroup/web-prod/73e2d6bc24d8a067
    target_group_arn: str
    auto_scaling_group: str
    log_group: str
    deployed: float  # when the last deployment began, epoch seconds
    instances: tuple[str, ...]  # ids of the group's instances that run
    targets: tuple[str, ...]  # ids of the registered instances

    @property
    def serving(self) -> tuple[str, ...]:
        """The registered instances that run."""
        return tuple(target for target in self.targets if target in self.instances)


def find_deployment(account: Account, environment: Environment) -> Deployment | None:
    """The environment's site, or None before the first successful deployment and after deletion."""
    if not account.offers("cloudformation"):
        return None
    cloudformation: Any = account.service("cloudformation")
    stack: Stack | None = cloudformation.stack(Names(environment).cloudformation_stack)
    if stack is None or not stack.status.startswith(_DEPLOYED):
        return None
    outputs = stack.outputs
    if "LoadBalancerFullName" not in outputs:
        return None
    load_balancer = outputs["LoadBalancerFullName"]
    return Deployment(
        environment=environment,
        load_balancer=load_balancer,
        load_balancer_arn=(
            f"arn:aws:elasticloadbalancing:{account.region}:{account.account_id}:loadbalancer/{load_balancer}"
        ),
        dns_name=outputs["LoadBalancerDnsName"],
        target_group=outputs["TargetGroupFullName"],
        target_group_arn=outputs["TargetGroupArn"],
        auto_scaling_group=outputs["AutoScalingGroupName"],
        log_group=outputs["ApplicationLogGroupName"],
        deployed=(stack.updated or stack.created).timestamp(),
        instances=_running_instances(account, outputs["AutoScalingGroupName"]),
        targets=_registered_targets(account, outputs["TargetGroupArn"]),
    )


def _registered_targets(account: Account, target_group_arn: str) -> tuple[str, ...]:
    group = elbv2_backends[account.account_id][account.region].target_groups.get(target_group_arn)
    return tuple(sorted(group.targets)) if group else ()


def _running_instances(account: Account, auto_scaling_group: str) -> tuple[str, ...]:
    groups = autoscaling_backends[account.account_id][account.region].autoscaling_groups
    if auto_scaling_group not in groups:
        return ()
    instances = [state.instance for state in groups[auto_scaling_group].instance_states]
    return tuple(sorted(instance.id for instance in instances if instance.state == RUNNING))
