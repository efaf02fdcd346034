"""SOP 4.5: what the logs say since the deployment."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from scripts.checks.context import Context
from scripts.checks.framework import check
from scripts.checks.pinned import EXECUTION_PERMISSIONS, without_deployment
from scripts.checks.workload import WORKLOAD_PERMISSIONS, not_known_yet, replaced
from scripts.evidence.redaction import redacted_text
from scripts.facts.logs import LogLine, LogSearch, read_lines, read_retention
from scripts.results import Outcome, failed, inconclusive, passed, skipped
from scripts.text import count, span, utc

LOG_PERMISSIONS = (*EXECUTION_PERMISSIONS, "logs:FilterLogEvents")
COUNTED = 1000  # error lines; a deployment with more is as bad
EXAMPLES = 3
EXAMPLE_LENGTH = 300  # characters

# No log group keeps its lines for less.
SHORTEST_RETENTION = timedelta(days=1)
# Health checks alone leave lines in the application's log more often than that, and visitors in the access log.
SILENCE = timedelta(minutes=15)


@check(
    id="application-logs",
    sop="4.5",
    title="Application logs",
    why="An error that users meet shows in the log before an alarm has counted enough of them.",
    expected="No error line since the deployment began, and lines that show that the application writes its log",
    fix="Read the lines around the first error in the log group, and decide whether to roll back.",
    permissions=(*LOG_PERMISSIONS, *WORKLOAD_PERMISSIONS, "logs:DescribeLogGroups"),
    runbook="docs/runbooks/incident-response.md",
)
def application_logs(context: Context) -> Outcome:
    if early := without_deployment(context):
        return early
    began, ended = context.deploy.started, context.deploy.ended
    if context.outputs.workload is None or began is None or ended is None:
        return not_known_yet(context)
    group, pattern = context.outputs.application_log_group_name, context.outputs.application_error_pattern
    if other := replaced(context, "ApplicationLogGroupName", group, "log group"):
        return other
    evidence = {"log_group": group, "pattern": pattern, "since": utc(began), "until": utc(context.now)}
    if not pattern.strip():
        return inconclusive("No pattern of error lines is configured.", fix="Configure one, and run `pulumi up`.")
    judged = _judge_lines(context, began, ended)
    return replace(judged, evidence={**evidence, **judged.evidence})


def _judge_lines(context: Context, began: datetime, ended: datetime) -> Outcome:
    client, group = context.aws.logs, context.outputs.application_log_group_name
    errors = read_lines(
        client, LogSearch(group, began, context.now, context.outputs.application_error_pattern), at_most=COUNTED
    )
    if errors:
        number = f"at least {COUNTED} error lines" if len(errors) == COUNTED else count(len(errors), "error line")
        lines = [f"{number} since the deployment began at {utc(began)}; the first:", *examples(errors)]
        return failed("\n".join(lines), evidence={"errors": len(errors)})
    recent = max(ended, context.now - SILENCE)
    if not read_lines(client, LogSearch(group, recent, context.now), at_most=1):
        return inconclusive(
            f"{group} has no error line, but no other line either since {utc(recent)}.",
            fix="See whether the CloudWatch agent runs on the instances, then run the same command again.",
            evidence={"silent_since": utc(recent)},
        )
    age = context.now - began
    kept = read_retention(client, group) if age > SHORTEST_RETENTION else None
    if kept is not None and age > kept:
        return inconclusive(
            f"No error line in the {kept.days} d that {group} keeps; what came before, since the deployment began at "
            f"{utc(began)}, has expired.",
            fix="Verify sooner after a deployment, or keep the log group's lines for longer.",
        )
    return passed(f"No error line since the deployment began at {utc(began)}.")


@check(
    id="access-logs",
    sop="4.5",
    title="Access logs",
    why="Without access logs nobody can tell afterwards who was affected by what.",
    expected="The load balancer has logged a request since the deployment ended, and in the last 15 min",
    fix="Make a request, wait a few minutes, and run the same command again; then see the log delivery's state.",
    permissions=LOG_PERMISSIONS,
    runbook="docs/runbooks/deployment.md",
)
def access_logs(context: Context) -> Outcome:
    outputs = context.outputs
    if not outputs.access_logs_delivered:
        return skipped("The configuration of this stack switches the delivery of access logs off.")
    if early := without_deployment(context):
        return early
    ended = context.deploy.ended
    if outputs.workload is None or ended is None:
        return not_known_yet(context)
    return _first_request(context, ended)


def _first_request(context: Context, ended: datetime) -> Outcome:
    """Logs that fell silent an hour ago say nothing of now, however much they held before."""
    group = context.outputs.access_log_group_name
    recent = max(ended, context.now - SILENCE)
    found = read_lines(context.aws.logs, LogSearch(group, recent, context.now), at_most=1)
    evidence = {"log_group": group, "since": utc(recent), "until": utc(context.now)}
    since = f"the deployment ended at {utc(ended)}" if recent == ended else utc(recent)
    if not found:
        return inconclusive(f"No request is logged since {since}, {span(context.now - recent)} ago.", evidence=evidence)
    first = found[0]
    evidence["first"] = utc(first.at)
    said = (
        f"the first after the deployment at {utc(first.at)}" if recent == ended else f"in the last {span(SILENCE)} too"
    )
    return passed(f"Requests are logged, {said}.", evidence=evidence)


def examples(errors: list[LogLine]) -> list[str]:
    """The first of them, without secrets."""
    # before it is cut: half a secret no longer looks like one
    return [f"{line.stream}: {redacted_text(line.message)[:EXAMPLE_LENGTH]}" for line in errors[:EXAMPLES]]
