"""CloudWatch's alarm mute rules: at their times an alarm's state changes as ever, and its actions are left out."""

from __future__ import annotations

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from scripts.clients.failures import error_code
from scripts.evidence.calls import carried

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.type_defs import AlarmMuteRuleSummaryTypeDef

ACTIVE, SCHEDULED = "ACTIVE", "SCHEDULED"
PARALLEL_READS = 8
# What CloudWatch says where it has no such operation, and so no such rule
UNKNOWN = ("InvalidAction", "UnknownOperation", "UnknownOperationException")


@dataclass(frozen=True)
class Mute:
    """A rule that mutes these alarms, now (`active`) or at some other time."""

    rule: str
    active: bool
    alarms: tuple[str, ...]


def read_mutes(client: CloudWatchClient, alarms: Collection[str]) -> list[Mute]:
    """The rules about those alarms.

    One question where the account has none, else one an alarm: a rule's summary does not name its alarms.
    """
    if not _rules(client):
        return []
    names = sorted(alarms)
    with ThreadPoolExecutor(PARALLEL_READS) as pool:
        found = dict(zip(names, pool.map(carried(lambda name: _rules(client, AlarmName=name)), names), strict=True))
    about: dict[tuple[str, bool], list[str]] = {}
    for alarm, rules in found.items():
        for one in rules:
            rule = one.get("AlarmMuteRuleArn", "").rpartition(":alarm-mute-rule:")[2]
            about.setdefault((rule, one.get("Status") == ACTIVE), []).append(alarm)
    return [Mute(rule, active, tuple(of)) for (rule, active), of in sorted(about.items())]


def _rules(client: CloudWatchClient, **of: Any) -> list[AlarmMuteRuleSummaryTypeDef]:
    pages = client.get_paginator("list_alarm_mute_rules").paginate(
        Statuses=[ACTIVE, SCHEDULED], PaginationConfig={"PageSize": 100}, **of
    )
    try:
        return [one for page in pages for one in page.get("AlarmMuteRuleSummaries", [])]
    except ClientError as problem:
        if error_code(problem) in UNKNOWN:
            return []
        raise
