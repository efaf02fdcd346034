"""Faults of the deployed site: they show in its metrics, its logs and its answers alike."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from moto.autoscaling.models import autoscaling_backends
from moto.ec2.models import ec2_backends
from moto.elbv2.models import FakeTargetGroup, elbv2_backends

from sandbox.aws.autoscaling.members import GONE, HEALTHY
from sandbox.faults.fault import Active, Fault, FaultError, GoneError, Taken, Undo
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
    retold = _retold(account, active)
    retold()
    return retold


def _retold(account: Account, active: Active) -> Undo:
    return lambda: account.reach(WORKLOAD).rewrite(active.environment, active.since.timestamp())


def _of_front_page(account: Account, active: Active) -> Undo:
    _visited(account, active.environment)
    return lambda: None


def _deregister(account: Account, active: Active) -> Undo:
    """Take every target out of the target groups."""
    site = _visited(account, active.environment)
    known = elbv2_backends[account.account_id][account.region].target_groups
    groups = [known[group.arn] for balancer in site.load_balancers for group in balancer.groups]

    def give_back(group: FakeTargetGroup, target: dict[str, Any]) -> None:
        if known.get(group.arn) is not group:
            raise GoneError("its target group is there no more")
        _refuse_what_ended(account, target["Id"])
        group.register([target])

    with Taken(_retold(account, active)) as taken:
        for group in dict.fromkeys(groups):
            for target in list(group.targets.values()):
                group.deregister([target])
                taken.add(f"target {target['Id']}", partial(give_back, group, target))
        _retold(account, active)()
    return taken


def _stop_instance(account: Account, active: Active) -> Undo:
    site = deployment_of(account, active.environment)
    if not site.instances:
        raise FaultError(f"no instance runs in {active.environment}")
    backend = ec2_backends[account.account_id][account.region]
    instance = min(site.instances)

    def start() -> None:
        _refuse_what_ended(account, instance)
        backend.start_instances([instance])
        for group in autoscaling_backends[account.account_id][account.region].autoscaling_groups.values():
            for member in group.instance_states:
                if member.instance_id == instance:
                    member.health_status = HEALTHY  # its group looked, and would have replaced it

    with Taken(_retold(account, active)) as taken:
        backend.stop_instances([instance])
        taken.add(f"instance {instance}", start)
        _retold(account, active)()
    return taken


def _refuse_what_ended(account: Account, instance_id: str) -> None:
    instance = ec2_backends[account.account_id][account.region].get_instance_by_id(instance_id)
    if instance is None or instance.state in GONE:
        raise GoneError("the instance has been terminated since; it cannot come back")


FAULTS = (
    Fault("slow-responses", "the site takes two seconds to answer", "response-time", _of_visits),
    Fault("high-error-rate", "every seventh answer of the site is a 500", "error-rate", _of_visits),
    Fault("brief-errors", "for five minutes, every seventh answer was a 500", "error-rate", _of_visits, brief=True),
    Fault("brief-outage", "for five minutes, no request reached the site", "error-rate", _of_visits, brief=True),
    Fault("high-cpu", "the instances compute at over 90 %", "cpu", _in_another_light),
    Fault("no-traffic", "nobody visits the site", "error-rate", _of_visits),
    Fault("errors-in-logs", "the web servers log errors", "application-logs", _of_visits),
    Fault("logs-silent", "the CloudWatch agent sends no logs", "application-logs", _in_another_light),
    Fault(
        "instance-silent", "the CloudWatch agent of one instance sends no logs", "application-logs", _in_another_light
    ),
    Fault("error-user-agent", "some visitors' browsers call themselves ERROR", "application-logs", _of_visits),
    Fault("access-logs-silent", "the load balancer delivers no access log", "access-logs", _of_visits),
    Fault("target-unhealthy", "one target fails its health checks", "target-health", _of_visits),
    Fault("no-targets", "no target is registered", "target-health", _deregister),
    Fault("instance-impaired", "one instance fails its status check", "instance-status", _in_another_light),
    Fault("instance-stopped", "one instance is stopped", "instance-status", _stop_instance),
    Fault("endpoint-down", "the front page's connection is closed without an answer", "endpoint", _of_front_page),
    Fault("endpoint-500", "the front page answers 500", "endpoint", _of_front_page),
    Fault("endpoint-slow", "the front page takes 20 seconds", "endpoint", _of_front_page),
    Fault("endpoint-elsewhere", "the front page redirects to another host's page", "endpoint", _of_front_page),
    Fault("endpoint-redirect-loop", "the front page redirects to itself", "endpoint", _of_front_page),
)
