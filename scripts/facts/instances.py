"""The instances of an Auto Scaling group, running or not, what they are started from, and EC2's checks of them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from scripts.clients.failures import error_code, error_message
from scripts.evidence.calls import carried

if TYPE_CHECKING:
    from mypy_boto3_autoscaling import AutoScalingClient
    from mypy_boto3_autoscaling.type_defs import (
        AutoScalingGroupTypeDef,
        InstanceTypeDef,
        LaunchTemplateSpecificationTypeDef,
    )
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import InstanceStatusTypeDef

# DescribeInstanceStatus takes so many ids, and does not page when ids are given.
IDS_A_CALL = 100
PARALLEL_READS = 8
GONE = "not-found"
LATEST, DEFAULT = "$Latest", "$Default"


@dataclass(frozen=True)
class Start:
    """What an instance is started from: a launch template's id and version, or a launch configuration's name."""

    id: str
    version: str = ""

    def __str__(self) -> str:
        return f"version {self.version} of {self.id}" if self.version else self.id


@dataclass(frozen=True)
class Member:
    """An instance as its group sees it; `start` is None where the group does not say what it was started from."""

    id: str
    lifecycle: str
    health: str
    start: Start | None

    @property
    def in_service(self) -> bool:
        return self.lifecycle == "InService"

    @property
    def starting(self) -> bool:
        """On its way into service."""
        return self.lifecycle.startswith("Pending")

    @property
    def leaving(self) -> bool:
        """On its way out of the group, for good."""
        return self.lifecycle.startswith(("Terminat", "Detach"))

    @property
    def healthy(self) -> bool:
        """The API's documentation spells it both ways."""
        return self.health.lower() == "healthy"


@dataclass(frozen=True)
class Group:
    """An Auto Scaling group.

    `wanted` is its desired capacity, `starts` what its instances may be started from: the version can be `$Latest` or
    `$Default`. `suspended` has the reason by suspended process; `status` is set while the group is being deleted.
    `target_groups` are the ARNs of those in which it registers its instances.
    """

    name: str
    wanted: int
    members: tuple[Member, ...]
    starts: tuple[Start, ...] = ()
    suspended: Mapping[str, str] = field(default_factory=dict[str, str])
    status: str = ""
    target_groups: frozenset[str] = frozenset()


@dataclass(frozen=True)
class InstanceState:
    """What EC2 says: its state (GONE where EC2 does not know it) and its status checks by name."""

    id: str
    state: str
    checks: dict[str, str]


def read_group(client: AutoScalingClient, name: str) -> Group | None:
    """The group of that name; None if there is none."""
    groups = client.describe_auto_scaling_groups(AutoScalingGroupNames=[name]).get("AutoScalingGroups", [])
    if not groups:
        return None
    found = groups[0]
    members = (
        Member(one["InstanceId"], one["LifecycleState"], one.get("HealthStatus", "unknown"), _start(one))
        for one in found.get("Instances", [])
    )
    suspended = {
        one.get("ProcessName", ""): one.get("SuspensionReason", "") for one in found.get("SuspendedProcesses", [])
    }
    return Group(
        name,
        found["DesiredCapacity"],
        tuple(sorted(members, key=lambda member: member.id)),
        _starts(found),
        suspended,
        found.get("Status", ""),
        frozenset((*found.get("TargetGroupARNs", []), *(one["Identifier"] for one in found.get("TrafficSources", [])))),
    )


def _starts(group: AutoScalingGroupTypeDef) -> tuple[Start, ...]:
    """A mixed group's overrides can name templates of their own."""
    mixed = group.get("MixedInstancesPolicy", {}).get("LaunchTemplate")
    if mixed is None:
        found = [_start(group)]
    else:
        specified = [mixed, *mixed.get("Overrides", [])]
        found = [
            _from_template(one["LaunchTemplateSpecification"])
            for one in specified
            if "LaunchTemplateSpecification" in one
        ]
    return tuple(dict.fromkeys(start for start in found if start is not None))


def _start(described: AutoScalingGroupTypeDef | InstanceTypeDef) -> Start | None:
    if template := described.get("LaunchTemplate"):
        return _from_template(template)
    configuration = described.get("LaunchConfigurationName")
    return Start(configuration) if configuration else None


def _from_template(template: LaunchTemplateSpecificationTypeDef) -> Start | None:
    named = template.get("LaunchTemplateId") or template.get("LaunchTemplateName")
    # without a version a group takes the default one
    return Start(named, template.get("Version") or DEFAULT) if named else None


def read_states(client: EC2Client, ids: Sequence[str]) -> dict[str, InstanceState]:
    """Each instance's state, by its id: of those that do not run, too."""
    parts = [ids[start : start + IDS_A_CALL] for start in range(0, len(ids), IDS_A_CALL)]
    with ThreadPoolExecutor(PARALLEL_READS) as pool:
        answers = pool.map(carried(lambda part: _read(client, part)), parts)
        found = {one.id: one for answer in answers for one in answer}
    return {one: found.get(one, InstanceState(one, GONE, {})) for one in ids}


def _read(client: EC2Client, ids: Sequence[str]) -> list[InstanceState]:
    try:
        answer = client.describe_instance_status(InstanceIds=list(ids), IncludeAllInstances=True)
    except ClientError as problem:
        # one unknown id spoils the answer for all
        unknown = re.findall(r"i-[0-9a-f]+", error_message(problem))
        rest = [one for one in ids if one not in unknown]
        if error_code(problem) != "InvalidInstanceID.NotFound" or len(rest) == len(ids):
            raise
        return _read(client, rest) if rest else []
    return [_state(one) for one in answer.get("InstanceStatuses", [])]


def _state(status: InstanceStatusTypeDef) -> InstanceState:
    checks = {
        "instance": status.get("InstanceStatus", {}).get("Status", "unknown"),
        "system": status.get("SystemStatus", {}).get("Status", "unknown"),
    }
    volumes = status.get("AttachedEbsStatus", {}).get("Status")
    if volumes is not None:
        checks["attached EBS"] = volumes
    state = status.get("InstanceState", {}).get("Name", "unknown")
    return InstanceState(status.get("InstanceId", ""), state, checks)
