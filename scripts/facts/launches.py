"""What an Auto Scaling group starts its instances from, and what people asked of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from scripts.clients.failures import error_code
from scripts.errors import PromisedResourceMissingError
from scripts.facts.instances import DEFAULT, LATEST, Start

if TYPE_CHECKING:
    from mypy_boto3_autoscaling import AutoScalingClient
    from mypy_boto3_autoscaling.type_defs import ActivityTypeDef
    from mypy_boto3_ec2 import EC2Client

# A cause is told in sentences, each with its time: "At 2026-03-10T01:02:03Z a user request explicitly set group
# desired capacity changing the desired capacity from 2 to 1. At …" (Amazon EC2 Auto Scaling's user guide, "Verify a
# scaling activity"). What a policy or a schedule does is worded otherwise.
_SENTENCE = re.compile(r"At (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ),? (.*?)(?=\s*At \d{4}-|$)", re.DOTALL)
BY_SOMEBODY = ("user request", "in response to an instance refresh")  # which no group begins by itself
REFRESHING = ("Pending", "InProgress", "Baking", "RollbackInProgress", "Cancelling")


@dataclass(frozen=True)
class Version:
    """A version of a launch template; `by` is the ARN of who made it. `newest` is the template's newest number."""

    start: Start
    created: datetime
    by: str
    newest: int


@dataclass(frozen=True)
class Request:
    """What somebody asked of a group, in AWS's words."""

    at: datetime
    words: str


def read_version(client: EC2Client, start: Start) -> Version:
    """The version that `start` stands for, with its number also where it is `$Latest` or `$Default`.

    Raises:
        PromisedResourceMissingError: the template has no such version, or is gone.
    """
    versions = list(dict.fromkeys((start.version, LATEST)))
    try:
        if start.id.startswith("lt-"):
            answer = client.describe_launch_template_versions(LaunchTemplateId=start.id, Versions=versions)
        else:
            answer = client.describe_launch_template_versions(LaunchTemplateName=start.id, Versions=versions)
        told = answer.get("LaunchTemplateVersions", [])
    except ClientError as problem:
        if not error_code(problem).startswith("InvalidLaunchTemplate"):
            raise
        told = []
    found = {str(one.get("VersionNumber", 0)): one for one in told}
    newest = max(map(int, found), default=0)
    if start.version == DEFAULT:
        number = next((number for number, one in found.items() if one.get("DefaultVersion")), "")
    else:
        number = str(newest) if start.version == LATEST else start.version
    used = found.get(number)
    if used is None or "CreateTime" not in used:
        raise PromisedResourceMissingError(f"There is no {start}, from which the Auto Scaling group starts instances.")
    template = used.get("LaunchTemplateId", start.id)
    return Version(Start(template, number), used["CreateTime"], used.get("CreatedBy", "unknown"), newest)


def read_requests(client: AutoScalingClient, group: str, since: datetime) -> tuple[Request, ...]:
    """What people asked of the group after `since`, oldest first, as far as instances came or went by it.

    A change that moves no instance leaves no activity.
    """
    asked = {
        Request(moment, words.strip().rstrip("."))
        for activity in _activities(client, group, since)
        for moment, words in _sentences(activity.get("Cause", ""))
        if any(one in words for one in BY_SOMEBODY) and moment > since
    }
    return tuple(sorted(asked, key=lambda request: (request.at, request.words)))


def is_refreshing(client: AutoScalingClient, group: str) -> bool:
    """Whether the group is replacing its instances by new ones."""
    refreshes = client.describe_instance_refreshes(AutoScalingGroupName=group, MaxRecords=1).get(
        "InstanceRefreshes", []
    )
    return any(one.get("Status") in REFRESHING for one in refreshes)


def _activities(client: AutoScalingClient, group: str, since: datetime) -> Iterator[ActivityTypeDef]:
    """Those since then, and older ones of the same page: what a busy group does by itself fills pages."""
    pages = client.get_paginator("describe_scaling_activities").paginate(
        AutoScalingGroupName=group, PaginationConfig={"PageSize": 100}
    )
    for page in pages:
        found = page.get("Activities", [])
        yield from found
        # newest first, but for those in progress
        if found and found[-1]["StartTime"] < since:
            return


def _sentences(cause: str) -> Sequence[tuple[datetime, str]]:
    return [(datetime.fromisoformat(at), words) for at, words in _SENTENCE.findall(cause)]
