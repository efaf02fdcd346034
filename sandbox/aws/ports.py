"""What services ask of each other in process, beyond AWS's API: they know a way in, not who stands behind it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Protocol

from sandbox.core.account import Port
from sop.names import Environment


class Publisher(Protocol):
    """SNS, for services that publish on their own principal."""

    def publish_as_service(
        self, principal: str, topic_arn: str, *, subject: str, message: str, source_arn: str
    ) -> str | None: ...


class Subscribers(Protocol):
    """SNS, for a service that subscribes by itself."""

    def subscribe(self, request: dict[str, Any]) -> dict[str, Any]: ...

    def unsubscribe(self, request: dict[str, Any]) -> None: ...


class Metrics(Protocol):
    """CloudWatch's metrics, for services that have some of their own."""

    def record(
        self,
        namespace: str,
        metric: str,
        dimensions: Mapping[str, str],
        value: float,
        *,
        at: datetime | None = None,
        unit: str | None = None,
    ) -> None: ...

    def has_samples(self, namespace: str, metric: str, minute: datetime) -> bool: ...

    def forget(self, namespace: str, metric: str, since: datetime) -> None: ...


class AlarmStates(Protocol):
    """CloudWatch's alarms, for rules that look at one."""

    def describe_alarms(self, request: dict[str, Any]) -> dict[str, Any]: ...


class LogLines(Protocol):
    """CloudWatch Logs, for services that write."""

    def append(self, group: str, stream: str, messages: Sequence[str], at: datetime | None = None) -> None: ...


class Connections(Protocol):
    """CodeConnections, for services that read through a connection."""

    def is_available(self, arn: str) -> bool: ...

    def require_available(self, arn: str) -> None: ...

    def get_connection(self, request: dict[str, Any]) -> dict[str, Any]: ...


class PhaseTold(Protocol):
    """A phase of a build, with its context where it failed."""

    type: str
    code: str
    message: str


class BuildTold(Protocol):
    """A build that somebody waits for. `done` is set at its end."""

    id: str
    status: str
    exported_variables: dict[str, str]
    done: threading.Event

    @property
    def console_url(self) -> str: ...

    @property
    def failed_phase(self) -> PhaseTold | None: ...


class Builders(Protocol):
    """CodeBuild, for a pipeline that hands its artifact over."""

    def project_arn(self, name: str) -> str | None: ...

    def build_artifact(
        self,
        project: str,
        *,
        location: str,
        revision: str,
        archive: Callable[[], bytes],
        output: str,
        upload: Callable[[bytes], None],
        initiator: str,
        environment: Sequence[Mapping[str, str]],
    ) -> BuildTold: ...


class Sites(Protocol):
    """What is deployed: it emits metrics and logs, and its parts can be ill."""

    def advance(self) -> None: ...

    def unhealthy_target(self, target_group_arn: str) -> str | None: ...

    def impaired_instances(self) -> set[str]: ...


class Groups(Protocol):
    """Auto Scaling, for EC2 that has stopped or ended instances, and for who sizes groups."""

    def instances_changed(self) -> None: ...

    def set_desired_capacity(self, request: dict[str, Any]) -> None: ...

    def terminate_instance_in_auto_scaling_group(self, request: dict[str, Any]) -> dict[str, Any]: ...

    def told_apart(self, name: str) -> AbstractContextManager[Callable[[], None]]: ...


class StackTold(Protocol):
    """A stack, for those who need its id."""

    stack_id: str


class Stacks(Protocol):
    """CloudFormation, for those who look up what a stack's name stands for."""

    def stack(self, name: str) -> StackTold | None: ...


class Faults(Protocol):
    """What is broken on purpose."""

    def active(self, name: str, environment: Environment | None = None) -> bool: ...

    def in_force(self, name: str, environment: Environment, at: float) -> bool: ...

    def concern(self, environment: Environment) -> bool: ...

    def intercept(self, service: str, operation: str) -> None: ...


PUBLISHER: Port[Publisher] = Port("sns")
SUBSCRIBERS: Port[Subscribers] = Port("sns")
METRICS: Port[Metrics] = Port("cloudwatch")
ALARM_STATES: Port[AlarmStates] = Port("cloudwatch")
LOG_LINES: Port[LogLines] = Port("logs")
CONNECTIONS: Port[Connections] = Port("codeconnections")
BUILDERS: Port[Builders] = Port("codebuild")
GROUPS: Port[Groups] = Port("autoscaling")
SITES: Port[Sites] = Port("workload")
STACKS: Port[Stacks] = Port("cloudformation")
FAULTS: Port[Faults] = Port("faults")
