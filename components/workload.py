"""Finds what the first deployment created: Pulumi does not own it, and before it there is nothing to watch."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.account import Account
from sop.outputs import EXPECTED_STACK_OUTPUTS, WorkloadOutput

# The provider's own words: for no such stack, for one that was deleted, for one that is only being planned
_NOT_THERE = re.compile(
    r"reading CloudFormation Stack \([^)]*\): (?:couldn't find resource|DELETE_COMPLETE|empty result)"
    r"|Stack with id \S+ does not exist"
)
_LEFT_OUT = (
    "left out are its alarms (response time, error rate, unhealthy hosts, CPU, application errors), its part of "
    "the dashboard and its access logs. Run pulumi up again after the first deployment."
)


@dataclass(frozen=True, kw_only=True)
class Workload:
    """The load balancer, its target group and the servers, as CloudWatch names them."""

    load_balancer_dns_name: str
    load_balancer_full_name: str
    target_group_arn: str
    target_group_full_name: str
    auto_scaling_group_name: str
    log_group_name: str

    def load_balancer_arn(self, account: Account) -> str:
        """The load balancer's ARN, which its full name is the end of."""
        return account.arn("elasticloadbalancing", f"loadbalancer/{self.load_balancer_full_name}")

    def to_output(self) -> WorkloadOutput:
        """This workload as the stack's outputs carry it."""
        return WorkloadOutput(
            load_balancer_dns_name=self.load_balancer_dns_name,
            load_balancer_full_name=self.load_balancer_full_name,
            target_group_arn=self.target_group_arn,
            target_group_full_name=self.target_group_full_name,
            auto_scaling_group_name=self.auto_scaling_group_name,
        )


def discover_workload(stack_name: str, opts: pulumi.InvokeOptions) -> Workload | None:
    """What the CloudFormation stack says it created; None, told in one line, while there is nothing yet.

    Raises:
        pulumi.RunError: the stack could not be read.
    """
    try:
        outputs = aws.cloudformation.get_stack(name=stack_name, opts=opts).outputs or {}
    except Exception as error:
        if is_not_there(str(error)):
            pulumi.log.info(f"{stack_name} is not deployed yet; {_LEFT_OUT}")
            return None
        raise pulumi.RunError(f"cannot read the CloudFormation stack {stack_name}: {error}") from None
    missing = [name for name in EXPECTED_STACK_OUTPUTS if not outputs.get(name)]
    if missing:
        pulumi.log.warn(
            f"{stack_name} is being deployed, or its deployment failed: it has no {', '.join(missing)} yet; {_LEFT_OUT}"
        )
        return None
    return Workload(
        load_balancer_dns_name=outputs["LoadBalancerDnsName"],
        load_balancer_full_name=outputs["LoadBalancerFullName"],
        target_group_arn=outputs["TargetGroupArn"],
        target_group_full_name=outputs["TargetGroupFullName"],
        auto_scaling_group_name=outputs["AutoScalingGroupName"],
        log_group_name=outputs["ApplicationLogGroupName"],
    )


def is_not_there(message: str) -> bool:
    """Whether the AWS provider's error says that there is no such stack, and not that it could not look."""
    return _NOT_THERE.search(message) is not None
