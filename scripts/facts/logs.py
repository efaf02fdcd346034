"""Lines of a CloudWatch log group."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from scripts.errors import PromisedResourceMissingError

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient


TRANSFORMED = "lines that a transformer has changed"


@dataclass(frozen=True)
class LogLine:
    """One event of a log stream."""

    at: datetime
    stream: str
    message: str


@dataclass(frozen=True)
class LogSearch:
    """What is looked for: lines of `group` from `since` to `until` that match CloudWatch's filter `pattern`.

    An empty pattern matches every line; `streams` is what the streams' names begin with.
    """

    group: str
    since: datetime
    until: datetime
    pattern: str = ""
    streams: str = ""


@dataclass(frozen=True)
class LogGroup:
    """When a log group was created, and how long it keeps a line; None: for ever."""

    created: datetime | None
    kept: timedelta | None


@dataclass(frozen=True)
class MetricFilter:
    """What makes a metric of lines: `value` for each that matches `pattern`, `split` by these dimensions.

    `only` is what else keeps lines from being counted: from where they come, or what a transformer makes of them.
    """

    name: str
    pattern: str
    namespace: str
    metric: str
    value: str
    split: frozenset[str]
    only: str


def read_lines(client: CloudWatchLogsClient, search: LogSearch, *, at_most: int) -> list[LogLine]:
    """The first lines found, oldest first. A page without lines is not the end: CloudWatch may still be searching.

    Raises:
        PromisedResourceMissingError: there is no such log group.
    """
    found = list(islice((line for page in read_pages(client, search, at_most) for line in page), at_most))
    return sorted(found, key=lambda line: line.at)


def read_pages(client: CloudWatchLogsClient, search: LogSearch, size: int) -> Iterator[list[LogLine]]:
    """What is found, in pages of up to `size` lines, empty ones among them.

    Raises:
        PromisedResourceMissingError: there is no such log group.
    """
    asked: dict[str, Any] = {"logStreamNamePrefix": search.streams} if search.streams else {}
    pages = client.get_paginator("filter_log_events").paginate(
        logGroupName=search.group,
        startTime=_milliseconds(search.since),
        endTime=_milliseconds(search.until),
        filterPattern=search.pattern,
        PaginationConfig={"PageSize": size},
        **asked,
    )
    try:
        for page in pages:
            yield [
                LogLine(
                    datetime.fromtimestamp(event.get("timestamp", 0) / 1000, UTC),
                    event.get("logStreamName", ""),
                    event.get("message", "").rstrip(),
                )
                for event in page.get("events", [])
            ]
    except client.exceptions.ResourceNotFoundException:
        raise PromisedResourceMissingError(f"The log group {search.group} does not exist.") from None


def read_log_group(client: CloudWatchLogsClient, group: str) -> LogGroup:
    """The group's age and retention.

    Raises:
        PromisedResourceMissingError: there is no such log group.
    """
    pages = client.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=group)
    for page in pages:
        for found in page.get("logGroups", []):
            if found.get("logGroupName") == group:
                created, days = found.get("creationTime"), found.get("retentionInDays")
                return LogGroup(
                    None if created is None else datetime.fromtimestamp(created / 1000, UTC),
                    timedelta(days=days) if days else None,
                )
    raise PromisedResourceMissingError(f"The log group {group} does not exist.")


def read_metric_filters(client: CloudWatchLogsClient, group: str) -> list[MetricFilter]:
    """The metric filters of a log group, one for each metric that they make.

    Raises:
        PromisedResourceMissingError: there is no such log group.
    """
    try:
        pages = client.get_paginator("describe_metric_filters").paginate(logGroupName=group)
        return [
            MetricFilter(
                name=found.get("filterName", ""),
                pattern=found.get("filterPattern", ""),
                namespace=made.get("metricNamespace", ""),
                metric=made.get("metricName", ""),
                value=made.get("metricValue", ""),
                split=frozenset((*made.get("dimensions", {}), *found.get("emitSystemFieldDimensions", []))),
                only=found.get("fieldSelectionCriteria", "")
                or (TRANSFORMED if found.get("applyOnTransformedLogs") else ""),
            )
            for page in pages
            for found in page.get("metricFilters", [])
            for made in found.get("metricTransformations", [])
        ]
    except client.exceptions.ResourceNotFoundException:
        raise PromisedResourceMissingError(f"The log group {group} does not exist.") from None


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
