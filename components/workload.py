"""Finds what the first deployment created: Pulumi does not own it, and before it there is nothing to watch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.account import Account
from components.configuration import keys
from components.configuration.settings import Settings
from components.deployed_stack import DeployedStack, read_stack
from sop.outputs import EXPECTED_STACK_OUTPUTS, WorkloadOutput

_WATCHED = (
    "its alarms (response time, error rate, unhealthy hosts, CPU, application errors), its part of the dashboard and "
    "its access logs"
)
_LEFT_OUT = f"left out are {_WATCHED}. Run pulumi up again after the first deployment."


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


def discover_workload(settings: Settings) -> Workload | None:
    """What the CloudFormation stack says it created; None, told in one line, while there is nothing to watch.

    Raises:
        pulumi.RunError: the stack could not be read, or no longer says what it has said before.
    """
    name = settings.names.cloudformation_stack
    if not settings.watch_workload:
        pulumi.log.info(
            f"{keys.WORKLOAD.name} is none: {name} is not watched. Without it go {_WATCHED}; log lines stay."
        )
        return None
    stack = read_stack(name, settings.region)
    if stack is None:
        pulumi.log.info(f"{name} is not deployed yet; {_LEFT_OUT}")
        return None
    missing = [output for output in EXPECTED_STACK_OUTPUTS if not stack.outputs.get(output)]
    if missing and stack.has_been_complete:
        raise pulumi.RunError(_unknown(stack, missing, pulumi.get_stack()))
    if missing:
        pulumi.log.warn(
            f"{name} is {stack.status}, and no deployment of it has succeeded: it has no {', '.join(missing)} yet; "
            f"{_LEFT_OUT}"
        )
        return None
    return _workload(stack)


def _unknown(stack: DeployedStack, missing: Sequence[str], pulumi_stack: str) -> str:
    """Why nothing goes on: what is unknown now is not what never was."""
    return (
        f"the CloudFormation stack {stack.name} ({stack.status}) has no output {', '.join(missing)}, and it was "
        f"deployed before: going on would delete {_WATCHED}. Nothing was changed.\n"
        "  mend: deploy a template with these outputs, or wait for the end of a deployment that is in progress\n"
        f"  if it is to be watched no longer: {keys.WORKLOAD.set_command('none', pulumi_stack)}"
    )


def _workload(stack: DeployedStack) -> Workload:
    outputs = stack.outputs
    return Workload(
        load_balancer_dns_name=outputs["LoadBalancerDnsName"],
        load_balancer_full_name=outputs["LoadBalancerFullName"],
        target_group_arn=outputs["TargetGroupArn"],
        target_group_full_name=outputs["TargetGroupFullName"],
        auto_scaling_group_name=outputs["AutoScalingGroupName"],
        log_group_name=outputs["ApplicationLogGroupName"],
    )
