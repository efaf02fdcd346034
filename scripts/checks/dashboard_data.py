"""SOP 4.4: do the dashboard's widgets show data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from scripts.checks.context import Context
from scripts.checks.framework import check
from scripts.checks.metric_figures import figures
from scripts.checks.metric_gaps import (
    PASSING,
    TOO_EARLY,
    Finding,
    earlier_gaps,
    first_settles,
    is_sparse,
    judge_series,
    looked_at,
    spared_gap,
)
from scripts.checks.pinned import EXECUTION_PERMISSIONS
from scripts.checks.workload import not_known_yet
from scripts.errors import PromisedResourceMissingError
from scripts.facts.metric_data import Metric, Series, read_series
from scripts.facts.widgets import Widget, metric_widgets
from scripts.results import Outcome, Status, failed, inconclusive, passed, skipped, verdict
from scripts.text import count, utc


@check(
    id="dashboard-data",
    sop="4.4",
    title="Dashboard data",
    why="An empty graph looks calm: a metric under a wrong name never shows a problem.",
    expected="Every metric of every widget has data up to now, and no gap since the deployment (four hours at most; a "
    "single minute may be missing)",
    fix="See whether the widget's dimensions name what is deployed, and whether its source still reports.",
    permissions=(*EXECUTION_PERMISSIONS, "cloudwatch:GetDashboard", "cloudwatch:GetMetricData"),
    runbook="docs/runbooks/incident-response.md",
)
def dashboard_data(context: Context) -> Outcome:
    outputs = context.outputs
    if outputs.workload is None:
        return not_known_yet(context)
    try:
        widgets = metric_widgets(context.dashboard_body)
    except PromisedResourceMissingError as problem:
        return skipped(f"{problem.message} The check `dashboard` says so, too.")
    shown = [metric for widget in widgets for metric in widget.metrics]
    if all(map(is_sparse, shown)):
        return inconclusive(f"No widget of {outputs.dashboard_name} shows a metric that reports all the time.")
    elsewhere = [widget.title for widget in widgets if widget.region not in ("", outputs.region)]
    if elsewhere:
        return inconclusive(f"Shown from another region, and not looked at: {', '.join(elsewhere)}.")
    series = read_series(context.aws.cloudwatch, shown, lambda period: looked_at(period, context.now)[0], context.now)
    judged = sorted(moment for metric in series for moment in looked_at(metric.period, context.now))
    evidence = {
        "since": utc(max(filter(None, (context.deploy.ended, judged[0])))),
        "until": utc(judged[-1]),
        "metrics": {
            _named(metric): {utc(at): value for at, value in series[metric].values.items()} for metric in shown
        },
        "figures": figures(series, outputs.thresholds, context.now, context.deploy.ended),
    }
    return replace(_judge(widgets, series, context.now, context.deploy.ended), evidence=evidence)


def _judge(
    widgets: Sequence[Widget], series: Mapping[Metric, Series], now: datetime, deployed: datetime | None
) -> Outcome:
    findings = {
        metric: finding
        for metric, of_it in series.items()
        if (finding := judge_series(metric, of_it, now, deployed)) is not None
    }
    good = len(series) - len(findings)
    lines = [f"{good} of {count(len(series), 'metric')} in {count(len(widgets), 'widget')} as expected."]
    fix = ""
    early = [metric for metric, finding in findings.items() if finding is TOO_EARLY]
    if deployed and early:
        at = utc(max(first_settles(metric.period, deployed) for metric in early))
        lines.append(f"Nothing has settled since the deployment ended at {utc(deployed)}; at {at} it will have.")
        fix = f"Run the same command again after {at}."
    elif any(one.text in PASSING for one in findings.values()):
        fix = "Run the same command again: CloudWatch did not answer with all that it was asked for."
    lines += _lines(widgets, {metric: one.text for metric, one in findings.items() if one is not TOO_EARLY})
    lines += _lines(widgets, _before(series, now, deployed))
    worst = verdict([Status.PASS, *(finding.status for finding in findings.values())])
    if worst is Status.PASS:
        return passed("\n".join(lines))
    if worst is Status.FAIL:
        return failed("\n".join(lines))
    waits = [_again_at(metric, finding, deployed) for metric, finding in findings.items()]
    again_at = None if None in waits else max(filter(None, waits))
    return inconclusive("\n".join(lines), fix=fix, again_at=again_at)


def _again_at(metric: Metric, finding: Finding, deployed: datetime | None) -> datetime | None:
    return first_settles(metric.period, deployed) if deployed and finding is TOO_EARLY else finding.again_at


def _before(series: Mapping[Metric, Series], now: datetime, deployed: datetime | None) -> dict[Metric, str]:
    """What is worth knowing, and neither this deployment's fault nor anybody's."""
    said: dict[Metric, str] = {}
    for metric, of_it in series.items():
        if some := earlier_gaps(metric, of_it, now, deployed):
            said[metric] = f"gap {', '.join(map(str, some))} UTC, before the deployment: not counted"
        elif (spared := spared_gap(metric, of_it, now, deployed)) and judge_series(
            metric, of_it, now, deployed
        ) is None:
            said[metric] = f"gap {spared} UTC, a single minute: not counted"
    return said


def _lines(widgets: Sequence[Widget], said: Mapping[Metric, str]) -> list[str]:
    return [
        f"{widget.title}: {metric.name}: {said[metric]}"
        for widget in widgets
        for metric in widget.metrics
        if metric in said
    ]


def _named(metric: Metric) -> str:
    dimensions = ",".join(f"{name}={value}" for name, value in metric.dimensions)
    return f"{metric.namespace} {metric.name} {dimensions} {metric.statistic}".replace("  ", " ")
