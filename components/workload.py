"""Finds what the first deployment created: Pulumi does not own it, and before it there is nothing to watch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.account import Account
from components.configuration import keys
from components.configuration.settings import Settings, Watched
from components.deployed_stack import DeployedStack, read_stack
from sop.outputs import EXPECTED_STACK_OUTPUTS, GROUP_OUTPUT, WorkloadOutput

_WANTED = (
    "a release is watched and judged by an Application Load Balancer and its target group: "
    "LoadBalancerDnsName, LoadBalancerFullName (app/NAME/ID), TargetGroupArn, TargetGroupFullName (targetgroup/NAME/ID)"
)


@dataclass(frozen=True, kw_only=True)
class Workload:
    """The load balancer, its target group and the servers, as CloudWatch names them."""

    load_balancer_dns_name: str
    load_balancer_full_name: str
    target_group_arn: str
    target_group_full_name: str
    auto_scaling_group_name: str | None  # None: configured to have none
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


def expected_outputs(settings: Settings) -> tuple[str, ...]:
    """The outputs that the CloudFormation stack must have."""
    grouped = settings.watched is not Watched.TARGETS
    return tuple(output for output in EXPECTED_STACK_OUTPUTS if grouped or output != GROUP_OUTPUT)


def discover_workload(settings: Settings) -> Workload | None:
    """What the CloudFormation stack says it created; None, told in one line, while there is nothing to watch.

    Raises:
        pulumi.RunError: the stack could not be read, no longer says what it has said before, or has an Auto Scaling
            group though the configuration says that none serves.
    """
    name, lost = settings.names.cloudformation_stack, _lost(settings)
    if settings.watched is Watched.NONE:
        pulumi.log.info(f"{keys.WORKLOAD.name} is none: {name} is not watched. Without it go {lost}; log lines stay.")
        return None
    left_out = f"left out are {lost}. Run pulumi up again after the first deployment."
    stack = read_stack(name, settings.region)
    if stack is None:
        pulumi.log.info(f"{name} is not deployed yet; {left_out}")
        return None
    group = stack.outputs.get(GROUP_OUTPUT)
    if group and settings.watched is Watched.TARGETS:
        raise pulumi.RunError(_undeclared(stack, group, pulumi.get_stack()))
    missing = [output for output in expected_outputs(settings) if not stack.outputs.get(output)]
    if missing and stack.has_been_complete:
        raise pulumi.RunError(_unknown(stack, missing, lost, pulumi.get_stack()))
    if missing:
        pulumi.log.warn(
            f"{name} is {stack.status}, and no deployment of it has succeeded: it has no {', '.join(missing)} yet; "
            f"{left_out}"
        )
        return None
    return _workload(stack)


def _lost(settings: Settings) -> str:
    """What is not there without a workload."""
    cpu = "" if settings.watched is Watched.TARGETS else "CPU, "
    alarms = f"response time, error rate, unhealthy hosts, {cpu}application errors"
    return f"its alarms ({alarms}), its part of the dashboard and its access logs"


def _unknown(stack: DeployedStack, missing: Sequence[str], lost: str, pulumi_stack: str) -> str:
    """Why nothing goes on: what is unknown now is not what never was."""
    groupless = (
        f"  if no Auto Scaling group serves (containers): {keys.WORKLOAD.set_command(Watched.TARGETS, pulumi_stack)}\n"
        if list(missing) == [GROUP_OUTPUT]
        else f"  wanted: {_WANTED}\n"
    )
    return (
        f"the CloudFormation stack {stack.name} ({stack.status}) has no output {', '.join(missing)}, and it was "
        f"deployed before: going on would be without {lost}. Nothing was changed.\n"
        f"{groupless}"
        "  mend: deploy a template with these outputs, or wait for the end of a deployment that is in progress\n"
        f"  if it is to be watched no longer: {keys.WORKLOAD.set_command(Watched.NONE, pulumi_stack)}"
    )


def _undeclared(stack: DeployedStack, group: str, pulumi_stack: str) -> str:
    """A group that nobody looks at could be anything."""
    return (
        f"{keys.WORKLOAD.name} is {Watched.TARGETS}, but the CloudFormation stack {stack.name} has the Auto Scaling "
        f"group {group} (output {GROUP_OUTPUT}), which nothing would watch. Nothing was changed.\n"
        f"  mend: {keys.WORKLOAD.remove_command(pulumi_stack)}, or deploy a template without the group"
    )


def _workload(stack: DeployedStack) -> Workload:
    outputs = stack.outputs
    return Workload(
        load_balancer_dns_name=outputs["LoadBalancerDnsName"],
        load_balancer_full_name=outputs["LoadBalancerFullName"],
        target_group_arn=outputs["TargetGroupArn"],
        target_group_full_name=outputs["TargetGroupFullName"],
        auto_scaling_group_name=outputs.get(GROUP_OUTPUT) or None,
        log_group_name=outputs["ApplicationLogGroupName"],
    )
