"""Lines of a CloudWatch log group."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING

from scripts.errors import PromisedResourceMissingError

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient


@dataclass(frozen=True)
class LogLine:
    """One event of a log stream."""

    at: datetime
    stream: str
    message: str


@dataclass(frozen=True)
class LogSearch:
    """What is looked for: lines of `group` from `since` to `until` that match CloudWatch's filter `pattern`.

    An empty pattern matches every line.
    """

    group: str
    since: datetime
    until: datetime
    pattern: str = ""


def read_lines(client: CloudWatchLogsClient, search: LogSearch, *, at_most: int) -> list[LogLine]:
    """The first lines found, oldest first. A page without lines is not the end: CloudWatch may still be searching.

    Raises:
        PromisedResourceMissingError: there is no such log group.
    """
    pages = client.get_paginator("filter_log_events").paginate(
        logGroupName=search.group,
        startTime=_milliseconds(search.since),
        endTime=_milliseconds(search.until),
        filterPattern=search.pattern,
        PaginationConfig={"PageSize": at_most},
    )
    events = (event for page in pages for event in page.get("events", []))
    try:
        found = [
            LogLine(
                datetime.fromtimestamp(event.get("timestamp", 0) / 1000, UTC),
                event.get("logStreamName", ""),
                event.get("message", "").rstrip(),
            )
            for event in islice(events, at_most)
        ]
    except client.exceptions.ResourceNotFoundException:
        raise PromisedResourceMissingError(f"The log group {search.group} does not exist.") from None
    return sorted(found, key=lambda line: line.at)


def read_retention(client: CloudWatchLogsClient, group: str) -> timedelta | None:
    """How long the group keeps a line; None: for ever.

    Raises:
        PromisedResourceMissingError: there is no such log group.
    """
    pages = client.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=group)
    for page in pages:
        for found in page.get("logGroups", []):
            if found.get("logGroupName") == group:
                days = found.get("retentionInDays")
                return timedelta(days=days) if days else None
    raise PromisedResourceMissingError(f"The log group {group} does not exist.")


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
