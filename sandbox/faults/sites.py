"""Faults of the deployed site: they show in its metrics, its logs and its answers alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moto.ec2.models import ec2_backends
from moto.elbv2.models import elbv2_backends

from sandbox.faults.fault import Active, Fault, FaultError, Undo
from sandbox.workload.deployment import Deployment
from sandbox.workload.workload import WORKLOAD
from sop.names import Environment

if TYPE_CHECKING:
    from sandbox.core.account import Account


def deployment_of(account: Account, environment: Environment) -> Deployment:
    """The environment's site. Raises FaultError before the first deployment."""
    deployment = account.reach(WORKLOAD).deployment(environment)
    if deployment is None:
        raise FaultError(f"nothing is deployed in {environment} yet; `sandbox push` deploys")
    return deployment


def _of_visits(account: Account, active: Active) -> Undo:
    """A fault that shows in how visits are answered."""
    _visited(account, active.environment)
    return _in_another_light(account, active)


def _visited(account: Account, environment: Environment) -> Deployment:
    """The environment's site, which has visitors. Raises FaultError."""
    site = deployment_of(account, environment)
    if not site.load_balancers:
        raise FaultError(f"the stack of {environment} has no load balancer, so nobody visits it")
    return site


def _in_another_light(account: Account, active: Active) -> Undo:
    """Tell the site's last hour anew now that the fault is in force, and again once it is not."""
    deployment_of(account, active.environment)

    def rewrite() -> None:
        account.reach(WORKLOAD).rewrite(active.environment, active.since.timestamp())

    rewrite()
    return rewrite


def _of_front_page(account: Account, active: Active) -> Undo:
    _visited(account, active.environment)
    return lambda: None


def _deregister(account: Account, active: Active) -> Undo:
    """Take every target out of the target groups."""
    site = _visited(account, active.environment)
    known = elbv2_backends[account.account_id][account.region].target_groups
    groups = [known[group.arn] for balancer in site.load_balancers for group in balancer.groups]
    taken = [(group, list(group.targets.values())) for group in dict.fromkeys(groups)]
    for group, targets in taken:
        group.deregister(targets)
    retell = _in_another_light(account, active)

    def register() -> None:
        for group, targets in taken:
            group.register(targets)
        retell()

    return register


def _stop_instance(account: Account, active: Active) -> Undo:
    site = deployment_of(account, active.environment)
    if not site.instances:
        raise FaultError(f"no instance runs in {active.environment}")
    backend = ec2_backends[account.account_id][account.region]
    instance = min(site.instances)
    backend.stop_instances([instance])
    retell = _in_another_light(account, active)

    def start() -> None:
        backend.start_instances([instance])
        retell()

    return start


FAULTS = (
    Fault("slow-responses", "the site takes two seconds to answer", "response-time", _of_visits),
    Fault("high-error-rate", "every seventh answer of the site is a 500", "error-rate", _of_visits),
    Fault("high-cpu", "the instances compute at over 90 %", "cpu", _in_another_light),
    Fault("no-traffic", "nobody visits the site", "error-rate", _of_visits),
    Fault("errors-in-logs", "the web servers log errors", "application-logs", _of_visits),
    Fault("logs-silent", "the CloudWatch agent sends no logs", "application-logs", _in_another_light),
    Fault("access-logs-silent", "the load balancer delivers no access log", "access-logs", _of_visits),
    Fault("target-unhealthy", "one target fails its health checks", "target-health", _of_visits),
    Fault("no-targets", "no target is registered", "target-health", _deregister),
    Fault("instance-impaired", "one instance fails its status check", "instance-status", _in_another_light),
    Fault("instance-stopped", "one instance is stopped", "instance-status", _stop_instance),
    Fault("endpoint-down", "the front page's connection is closed without an answer", "endpoint", _of_front_page),
    Fault("endpoint-500", "the front page answers 500", "endpoint", _of_front_page),
    Fault("endpoint-slow", "the front page takes 20 seconds", "endpoint", _of_front_page),
    Fault("endpoint-redirect-loop", "the front page redirects to itself", "endpoint", _of_front_page),
)
