"""Where a site runs: the load balancers, servers and log groups among what CloudFormation deployed.

They are found by what they are; what the stack calls them or puts out is the release's own affair.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

from moto.autoscaling.models import autoscaling_backends
from moto.ec2.models import ec2_backends
from moto.elbv2.models import elbv2_backends

from sop.names import Environment

if TYPE_CHECKING:
    from sandbox.core.account import Account

# CREATE_COMPLETE, or any state of an update: an update that fails leaves the site as it was.
_DEPLOYED = ("CREATE_COMPLETE", "UPDATE_", "DELETE_IN_PROGRESS", "DELETE_FAILED")
_GONE = "DELETE_COMPLETE"
RUNNING = "running"
NESTED, LOAD_BALANCER = "AWS::CloudFormation::Stack", "AWS::ElasticLoadBalancingV2::LoadBalancer"
GROUP, INSTANCE, LOG_GROUP = "AWS::AutoScaling::AutoScalingGroup", "AWS::EC2::Instance", "AWS::Logs::LogGroup"
# What the CloudWatch agent's configuration says of one file: an object without others in it.
_COLLECTED = re.compile(r'\{(?:[^{}"]|"(?:[^"\\]|\\.)*")*\}')
_INSTANCE = "{instance_id}"  # the agent's placeholder


class LogKind(StrEnum):
    """What a web server's log file has; a file's name says it."""

    ACCESS = "access"
    ERROR = "error"
    HEALTH = "health"


class Resource(Protocol):
    """What is needed of a stack's resource."""

    type: str
    physical_id: str
    status: str
    properties: dict[str, Any]


class Stack(Protocol):
    """What is needed of a CloudFormation stack."""

    status: str
    tags: Mapping[str, str]
    resources: Mapping[str, Resource]
    created: datetime
    updated: datetime | None


@dataclass(frozen=True)
class TargetGroup:
    """A target group that a load balancer forwards to."""

    name: str  # targetgroup/web-prod/73e2d6bc24d8a067
    arn: str
    targets: tuple[str, ...]  # ids of the registered instances, also of those that are registered by address


@dataclass(frozen=True)
class LoadBalancer:
    """An Application Load Balancer, with the names that CloudWatch's dimensions use."""

    name: str  # app/web-prod/50dc6c495c0c9188
    arn: str
    dns_name: str
    visitors: str  # whose visits it gets: each balancer has its own
    groups: tuple[TargetGroup, ...]

    @property
    def targets(self) -> tuple[str, ...]:
        return tuple(sorted({target for group in self.groups for target in group.targets}))


@dataclass(frozen=True)
class AutoScalingGroup:
    """An Auto Scaling group and the ids of its instances that run."""

    name: str
    instances: tuple[str, ...]


@dataclass(frozen=True, order=True)
class LogFile:
    """A file of every server that its agent sends to a log group: what of, and to which stream."""

    group: str
    kind: LogKind
    stream: str  # with the agent's placeholder for the instance

    def stream_of(self, instance: str) -> str:
        return self.stream.replace(_INSTANCE, instance)

    @property
    def ending(self) -> str:
        """What its streams have in common."""
        return self.stream.rpartition(_INSTANCE)[2]


@dataclass(frozen=True)
class Deployment:
    """The site of one environment."""

    environment: Environment
    load_balancers: tuple[LoadBalancer, ...]
    auto_scaling_groups: tuple[AutoScalingGroup, ...]
    instances: tuple[str, ...]  # ids of all that run, of groups or not
    log_files: tuple[LogFile, ...]  # of the web servers
    deployed: float  # when the last deployment began, epoch seconds

    @property
    def targets(self) -> tuple[str, ...]:
        return tuple(sorted({target for balancer in self.load_balancers for target in balancer.targets}))

    @property
    def log_groups(self) -> tuple[str, ...]:
        """Those of the web servers."""
        return tuple(dict.fromkeys(file.group for file in self.log_files))

    def serving(self, balancer: LoadBalancer) -> tuple[str, ...]:
        """The registered instances that run."""
        return tuple(target for target in balancer.targets if target in self.instances)


def find_deployment(account: Account, environment: Environment) -> Deployment | None:
    """The environment's site, or None before the first successful deployment and after deletion."""
    if not account.offers("cloudformation"):
        return None
    cloudformation: Any = account.service("cloudformation")
    stack = _stack(account, environment)
    if stack is None or not stack.status.startswith(_DEPLOYED):
        return None
    resources = list(_resources(cloudformation, stack))
    application = [r.physical_id for r in resources if r.type == LOAD_BALANCER and _is_application(r)]
    balancers = tuple(_load_balancers(account, environment, application))
    groups = tuple(_groups(account, [r.physical_id for r in resources if r.type == GROUP]))
    alone = [resource.physical_id for resource in resources if resource.type == INSTANCE]
    alone += [target for balancer in balancers for target in balancer.targets]
    instances = {instance for group in groups for instance in group.instances} | set(_running(account, alone))
    if not (balancers or groups or instances):
        return None
    return Deployment(
        environment=environment,
        load_balancers=balancers,
        auto_scaling_groups=groups,
        instances=tuple(sorted(instances)),
        log_files=_log_files(resources),
        deployed=(stack.updated or stack.created).timestamp(),
    )


def _stack(account: Account, environment: Environment) -> Stack | None:
    """The stack of the configured name; where there is none, the one that is tagged with the environment (SOP 3.2)."""
    cloudformation: Any = account.service("cloudformation")
    named: Stack | None = cloudformation.stack(account.configured.of(environment).names.cloudformation_stack)
    tagged: list[Stack] = [each for each in cloudformation.stacks() if each.tags.get("Environment") == environment]
    return named or next(iter(tagged), None)


def _resources(cloudformation: Any, stack: Stack) -> Iterator[Resource]:
    """What a stack has, and the stacks nested in it."""
    for resource in list(stack.resources.values()):
        if resource.status == _GONE or not resource.physical_id:
            continue
        nested = cloudformation.stack(resource.physical_id) if resource.type == NESTED else None
        if nested is not None:
            yield from _resources(cloudformation, nested)
        else:
            yield resource


def _load_balancers(account: Account, environment: Environment, arns: list[str]) -> Iterator[LoadBalancer]:
    backend = elbv2_backends[account.account_id][account.region]
    known = [backend.load_balancers[arn] for arn in arns if arn in backend.load_balancers]
    running = ec2_backends[account.account_id][account.region].all_running_instances() if known else ()
    at = {one.private_ip: one.id for one in running}
    for number, balancer in enumerate(known):
        groups = [backend.target_groups[arn] for arn in _forwards_to(balancer) if arn in backend.target_groups]
        yield LoadBalancer(
            name=balancer.arn.partition(":loadbalancer/")[2],
            arn=balancer.arn,
            dns_name=balancer.dns_name,
            visitors=f"{environment}-{number}" if number else str(environment),
            groups=tuple(
                TargetGroup(
                    group.arn.split(":")[-1], group.arn, tuple(sorted(at.get(one, one) for one in group.targets))
                )
                for group in groups
            ),
        )


def _is_application(load_balancer: Resource) -> bool:
    return load_balancer.properties.get("Type", "application") == "application"


def _forwards_to(balancer: Any) -> list[str]:
    """The ARNs of the target groups that a load balancer's listeners forward to, each once."""
    actions = [
        action.data
        for listener in balancer.listeners.values()
        for rule in listener.rules.values()
        for action in rule.actions
    ]
    found = [action.get("TargetGroupArn") for action in actions]
    found += [
        group["TargetGroupArn"]
        for action in actions
        for group in action.get("ForwardConfig", {}).get("TargetGroups", [])
    ]
    return list(dict.fromkeys(arn for arn in found if arn))


def _groups(account: Account, names: list[str]) -> Iterator[AutoScalingGroup]:
    known = autoscaling_backends[account.account_id][account.region].autoscaling_groups
    for name in (name for name in names if name in known):
        instances = [state.instance for state in known[name].instance_states]
        running = sorted(instance.id for instance in instances if instance.state == RUNNING)
        yield AutoScalingGroup(name, tuple(running))


def _running(account: Account, ids: list[str]) -> Iterator[str]:
    reservations = list(ec2_backends[account.account_id][account.region].reservations.values())
    running = {one.id for each in reservations for one in each.instances if one.state == RUNNING}
    return (each for each in dict.fromkeys(ids) if each in running)


def _log_files(resources: list[Resource]) -> tuple[LogFile, ...]:
    """What the servers' agent sends where; where its configuration is not in the stack, all to the stack's groups."""
    named = {file for resource in resources for file in _sends_logs_to(resource)}
    groups = (each.physical_id for each in resources if each.type == LOG_GROUP)
    return tuple(sorted(named)) or tuple(file for group in groups for file in _usual_files(group))


def _usual_files(group: str) -> tuple[LogFile, ...]:
    return tuple(LogFile(group, kind, f"{_INSTANCE}/{kind}") for kind in (LogKind.ACCESS, LogKind.ERROR))


def _sends_logs_to(resource: Resource) -> frozenset[LogFile]:
    """The files that a resource's properties name; read once, as a resource that changes gets other properties."""
    properties, found = _read.get(resource.physical_id, (None, frozenset[LogFile]()))
    if properties is not resource.properties:
        found = frozenset(file for text in _texts(resource.properties) for file in _collected(text))
        _read[resource.physical_id] = (resource.properties, found)
    return found


_read: dict[str, tuple[Any, frozenset[LogFile]]] = {}


def _collected(text: str) -> Iterator[LogFile]:
    """The files of an agent's configuration; a name that says nothing of what is in it stands for all."""
    if "log_group_name" not in text:
        return
    for entry in _COLLECTED.findall(text):
        try:
            said = json.loads(entry)
        except ValueError:
            continue
        if "log_group_name" in said:
            group, path = str(said["log_group_name"]), str(said.get("file_path", ""))
            kinds = [kind for kind in LogKind if kind in path.rpartition("/")[2]]
            usual = f"{_INSTANCE}/{kinds[0]}" if kinds else ""
            stream = str(said.get("log_stream_name", usual))
            yield from [LogFile(group, kind, stream) for kind in kinds] or _usual_files(group)


def _texts(properties: Any) -> Iterator[str]:
    """Every text among a resource's properties; a server's user data decoded."""
    if isinstance(properties, str):
        yield properties
    elif isinstance(properties, dict):
        for name, value in properties.items():
            if name == "UserData" and isinstance(value, str):
                try:
                    yield base64.b64decode(value, validate=True).decode(errors="replace")
                except binascii.Error:
                    yield value
            else:
                yield from _texts(value)
    elif isinstance(properties, list):
        for value in properties:
            yield from _texts(value)
