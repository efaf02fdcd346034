"""SOP 4.4: do the dashboard's widgets show data."""

from __future__ import annotations

from datetime import datetime, timedelta

from scripts.checks.context import Context
from scripts.checks.framework import check
from scripts.checks.metric_figures import figures
from scripts.checks.metric_gaps import LOOKED_BACK, Finding, is_sparse, judge_series, settled_periods
from scripts.checks.pinned import EXECUTION_PERMISSIONS
from scripts.checks.workload import not_known_yet
from scripts.errors import PromisedResourceMissingError
from scripts.facts.metric_data import Metric, read_series
from scripts.facts.widgets import Widget, metric_widgets
from scripts.results import Outcome, Status, failed, inconclusive, passed, skipped, verdict
from scripts.text import count, utc

# How long what a deployment created may take to report for the first time.
NEW = timedelta(minutes=15)


@check(
    id="dashboard-data",
    sop="4.4",
    title="Dashboard data",
    why="An empty graph looks calm: a metric under a wrong name never shows a problem.",
    expected="Every metric of every widget has data up to now, without a gap in the last settled hour",
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
    series = read_series(context.aws.cloudwatch, shown, _hour(context.now - LOOKED_BACK), context.now)
    ended = context.deploy.ended
    new = ended is None or context.now - ended < NEW
    findings = {
        metric: finding
        for metric in shown
        if (finding := judge_series(metric, series[metric], context.now, new=new)) is not None
    }
    hour = settled_periods(60, context.now)
    evidence = {
        "since": utc(hour[0]),
        "until": utc(hour[-1]),
        "metrics": {
            _named(metric): {utc(at): value for at, value in series[metric].values.items()} for metric in shown
        },
        "figures": figures(series, outputs.thresholds, context.now, ended),
    }
    lines = list(_lines(widgets, findings))
    good = len(set(shown)) - len(findings)
    observed = f"{good} of {count(len(set(shown)), 'metric')} in {count(len(widgets), 'widget')} as expected."
    worst = verdict([Status.PASS, *(finding.status for finding in findings.values())])
    answer = {Status.PASS: passed, Status.INCONCLUSIVE: inconclusive}.get(worst, failed)
    return answer("\n".join([observed, *lines]), evidence=evidence)


def _lines(widgets: list[Widget], findings: dict[Metric, Finding]) -> list[str]:
    return [
        f"{widget.title}: {metric.name}: {findings[metric].text}"
        for widget in widgets
        for metric in widget.metrics
        if metric in findings
    ]


def _named(metric: Metric) -> str:
    dimensions = ",".join(f"{name}={value}" for name, value in metric.dimensions)
    return f"{metric.namespace} {metric.name} {dimensions} {metric.statistic}".replace("  ", " ")


def _hour(moment: datetime) -> datetime:
    # CloudWatch counts periods from the begin of the window: on the hour all of them are aligned
    return moment.replace(minute=0, second=0, microsecond=0)
