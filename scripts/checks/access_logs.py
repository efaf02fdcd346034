"""SOP 4.5: does the load balancer log its requests."""

from __future__ import annotations

import json
from datetime import datetime

from scripts.checks.context import Context
from scripts.checks.framework import check
from scripts.checks.logs import AGAIN, SILENCE
from scripts.checks.pinned import EXECUTION_PERMISSIONS, without_deployment
from scripts.checks.workload import WORKLOAD_PERMISSIONS, not_known_yet, replaced
from scripts.facts.logs import LogSearch, read_lines
from scripts.results import Outcome, inconclusive, passed, skipped
from scripts.text import span, utc

LOOKED_AT = 20  # lines with the load balancer's name, which a visitor can write into a request to another one
# Where the load balancer stands in an entry's fields: Elastic Load Balancing's user guide, "Access log entries".
JSON_FIELD, PLACE = "elb", 2


@check(
    id="access-logs",
    sop="4.5",
    title="Access logs",
    why="Without access logs nobody can tell afterwards who was affected by what.",
    expected="This load balancer has logged a request since the deployment ended, and in the last 15 min",
    fix="Make a request, wait a few minutes, and run the same command again; then see the log delivery's state.",
    permissions=(*EXECUTION_PERMISSIONS, *WORKLOAD_PERMISSIONS, "logs:FilterLogEvents"),
    runbook="docs/runbooks/deployment.md",
)
def access_logs(context: Context) -> Outcome:
    outputs = context.outputs
    if not outputs.access_logs_delivered:
        return skipped("The configuration of this stack switches the delivery of access logs off.", configured=True)
    if early := without_deployment(context):
        return early
    ended = context.deploy.ended
    if outputs.workload is None or ended is None:
        return not_known_yet(context)
    balancer = outputs.workload.load_balancer_full_name
    if other := replaced(context, "LoadBalancerFullName", balancer, "load balancer"):
        return other
    return _first_request(context, balancer, ended)


def _first_request(context: Context, balancer: str, ended: datetime) -> Outcome:
    """Logs that fell silent an hour ago say nothing of now, however much they held before."""
    group = context.outputs.access_log_group_name
    recent = max(ended, context.now - SILENCE)
    search = LogSearch(group, recent, context.now, f'"{balancer}"')
    found = [line for line in read_lines(context.aws.logs, search, at_most=LOOKED_AT) if _is_of(balancer, line.message)]
    evidence = {"log_group": group, "load_balancer": balancer, "since": utc(recent), "until": utc(context.now)}
    since = f"the deployment ended at {utc(ended)}" if recent == ended else utc(recent)
    if not found:
        text = f"No request to {balancer} is logged since {since}, {span(context.now - recent)} ago."
        others = read_lines(context.aws.logs, LogSearch(group, recent, context.now), at_most=1)
        if others:
            text += f" {group} has other lines, the first in stream {others[0].stream}."
        again_at = context.now + AGAIN if context.now - ended < SILENCE else None
        return inconclusive(text, evidence=evidence, again_at=again_at)
    first = found[0]
    evidence["first"] = utc(first.at)
    said = (
        f"the first after the deployment at {utc(first.at)}" if recent == ended else f"in the last {span(SILENCE)} too"
    )
    return passed(f"Requests to {balancer} are logged, {said}.", evidence=evidence)


def _is_of(balancer: str, message: str) -> bool:
    """Whether an entry, as JSON or in plain fields, is of that load balancer."""
    try:
        entry = json.loads(message)
    except ValueError:
        fields = message.split(maxsplit=PLACE + 1)
        return len(fields) > PLACE and fields[PLACE] == balancer
    return isinstance(entry, dict) and entry.get(JSON_FIELD) == balancer
