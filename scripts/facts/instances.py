"""The instances of an Auto Scaling group, running or not, and EC2's status checks of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from scripts.clients.failures import error_code, error_message
from scripts.evidence.calls import carried

if TYPE_CHECKING:
    from mypy_boto3_autoscaling import AutoScalingClient
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import InstanceStatusTypeDef

# DescribeInstanceStatus takes so many ids, and does not page when ids are given.
IDS_A_CALL = 100
PARALLEL_READS = 8
GONE = "not-found"


@dataclass(frozen=True)
class Member:
    """An instance as its group sees it."""

    id: str
    lifecycle: str

    @property
    def in_service(self) -> bool:
        return self.lifecycle == "InService"

    @property
    def starting(self) -> bool:
        """On its way into service."""
        return self.lifecycle.startswith("Pending")


@dataclass(frozen=True)
class Group:
    """An Auto Scaling group; `wanted` is its desired capacity."""

    name: str
    wanted: int
    members: tuple[Member, ...]


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
    members = (Member(one["InstanceId"], one["LifecycleState"]) for one in found.get("Instances", []))
    return Group(name, found["DesiredCapacity"], tuple(sorted(members, key=lambda member: member.id)))


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
