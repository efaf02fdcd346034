"""The application's errors while it was observed in dev (SOP 3.3: no critical issues identified).

They are counted by the metric that the alarm looks at, in the same call as the other figures. Where the metric does not
cover all of the time (the filter is younger or was away, or the application seldom writes), the log itself is searched.
"""

from __future__ import annotations

from collections.abc import Set
from datetime import datetime

from scripts.checks.alarm_firings import Finding
from scripts.checks.context import Context
from scripts.checks.logs import EXAMPLES, SHORTEST_RETENTION, examples
from scripts.checks.promotion_soak import Soak, fives
from scripts.checks.workload import WORKLOAD_PERMISSIONS, replaced
from scripts.clients.failures import AWS_FAILURES, translate
from scripts.errors import PromisedResourceMissingError
from scripts.facts.logs import LogLine, LogSearch, read_lines
from scripts.observe.figures import NONE, Readings
from scripts.observe.metrics import ERROR_LINES
from scripts.observe.windows import Window
from scripts.results import Status
from scripts.text import count, utc

ERROR_PERMISSIONS = (*WORKLOAD_PERMISSIONS, "logs:FilterLogEvents", "logs:DescribeLogGroups")
WHAT = "Application errors"


def error_lines(context: Context, found: Soak, readings: Readings) -> Finding:
    """FAIL where the application has written any, with the first of them; INCONCLUSIVE where nobody can tell."""
    counted = {window: readings.get(window, {}).get(ERROR_LINES, NONE) for window in found.windows}
    if wrong := [window for window, sample in counted.items() if sample.total > 0]:
        number = f"{sum(sample.total for sample in counted.values()):g} error lines in {count(len(wrong), 'window')}"
        first = wrong[0]
        said = f"{WHAT}: {number}, the first from {utc(first.start)} to {utc(first.end)}"
        return Finding(Status.FAIL, "\n".join([said, *_first_lines(context, first)]))
    if found.too_short or len(found.hours) < found.needed:
        return Finding(Status.PASS, f"{WHAT}: no error line so far")
    if lacking := uncounted(found, {window for window, sample in counted.items() if sample.count}):
        return _searched(context, lacking[0].start, lacking[-1].end)
    return Finding(Status.PASS, f"{WHAT}: no error line")


def uncounted(found: Soak, counted: Set[Window]) -> list[Window]:
    """The five minutes of the hours that are needed in which no line was counted, be it that a filter was away."""
    return [five for hour in found.newest for five in fives(hour) if five not in counted]


def _first_lines(context: Context, window: Window) -> list[str]:
    try:
        return examples(_errors(context, window.start, window.end))
    except (PromisedResourceMissingError, *AWS_FAILURES) as problem:
        cause = problem if isinstance(problem, PromisedResourceMissingError) else translate(problem, ERROR_PERMISSIONS)
        return [f"They could not be read: {cause.message}"]


def _errors(context: Context, since: datetime, until: datetime) -> list[LogLine]:
    group, pattern = context.outputs.application_log_group_name, context.outputs.application_error_pattern
    return read_lines(context.aws.logs, LogSearch(group, since, until, pattern), at_most=EXAMPLES)


def _searched(context: Context, since: datetime, until: datetime) -> Finding:
    """What the log itself says, where its lines were not counted."""
    group, began = context.outputs.application_log_group_name, context.deploy.started or since
    if other := replaced(context, "ApplicationLogGroupName", group, "log group"):
        return Finding(Status.INCONCLUSIVE, f"{WHAT}: {other.observed} {other.fix}")
    if not context.outputs.application_error_pattern.strip():
        return Finding(Status.INCONCLUSIVE, f"{WHAT}: no pattern of error lines is configured")
    if errors := _errors(context, since, until):
        lines = [f"{WHAT}: error lines since {utc(errors[0].at)}; the first:", *examples(errors)]
        return Finding(Status.FAIL, "\n".join(lines))
    if not read_lines(context.aws.logs, LogSearch(group, began, until), at_most=1):
        return Finding(Status.INCONCLUSIVE, f"{WHAT}: {group} has no line at all since {utc(began)}")
    kept = context.application_log_group.kept if context.now - since > SHORTEST_RETENTION else None
    if kept is not None and context.now - since > kept:
        return Finding(Status.INCONCLUSIVE, f"{WHAT}: {group} keeps its lines for {kept.days} d only")
    return Finding(Status.PASS, f"{WHAT}: no error line in {group} since {utc(since)}")
