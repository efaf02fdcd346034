"""Whether the error lines are counted as they were deployed: what the alarm on them, and a day in dev, rest on."""

from __future__ import annotations

from collections.abc import Iterator

from scripts.checks.alarm_definitions import deployed_again
from scripts.checks.alarm_firings import Finding
from scripts.checks.context import Context
from scripts.checks.logs import shortened
from scripts.facts.logs import MetricFilter, read_metric_filters
from scripts.results import Status
from scripts.text import listing

ONE = "1"  # what a line counts
FILTER_PERMISSIONS = ("logs:DescribeMetricFilters",)


def uncounted(context: Context) -> list[Finding]:
    """What keeps error lines from being counted; nothing where no promised alarm looks at their number."""
    outputs = context.outputs
    of_lines = {
        name: str(one.get("MetricName", ""))
        for name, one in outputs.alarms.items()
        if outputs.metric_namespace and one.get("Namespace") == outputs.metric_namespace
    }
    if not of_lines:
        return []
    there = read_metric_filters(context.aws.logs, outputs.application_log_group_name)
    return [
        finding
        for alarm, metric in of_lines.items()
        for finding in _of_metric(context, alarm, [one for one in there if one.metric == metric])
    ]


def _of_metric(context: Context, alarm: str, there: list[MetricFilter]) -> Iterator[Finding]:
    outputs = context.outputs
    here = [one for one in there if one.namespace == outputs.metric_namespace]
    wanted = outputs.application_error_pattern
    if taking := [one for one in here if one.value.lstrip().startswith("-")]:
        text = (
            f"{alarm} may not fire: lines are taken away from those that it counts; {listing(list(map(_said, taking)))}"
        )
        names = " and ".join(
            f"`aws logs delete-metric-filter --log-group-name {outputs.application_log_group_name} "
            f"--filter-name {one.name} --region {outputs.region}`"
            for one in taking
        )
        yield Finding(Status.FAIL, text, fix=f"Run {names}.")
    if any(one.pattern == wanted and one.value == ONE and not one.split and not one.only for one in here):
        return
    what = f"{alarm} cannot fire as deployed: no metric filter of {outputs.application_log_group_name} counts the lines"
    text = f"{what} that match {shortened(wanted)}"
    if here:
        text += f"; changed after it was deployed: {listing([_said(one) for one in here])}"
    yield Finding(Status.FAIL, text, fix=deployed_again(outputs))


def _said(one: MetricFilter) -> str:
    split = f", by {listing(sorted(one.split))}" if one.split else ""
    only = f", only of {one.only}" if one.only else ""
    return f"{one.name} counts {one.value} for {shortened(one.pattern) or 'any line'}{split}{only}"
