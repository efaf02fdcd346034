"""SOP 4.5: what the logs say since the deployment."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from scripts.checks.context import Context
from scripts.checks.framework import check
from scripts.checks.pinned import EXECUTION_PERMISSIONS, without_deployment
from scripts.checks.workload import WORKLOAD_PERMISSIONS, not_known_yet, replaced
from scripts.evidence.calls import carried
from scripts.evidence.redaction import redacted_text
from scripts.facts.log_writers import Writers, read_streams, read_writers
from scripts.facts.logs import LogGroup, LogLine, LogSearch, read_lines
from scripts.results import Evidence, Outcome, failed, inconclusive, passed
from scripts.text import count, listing, span, utc

COUNTED = 1000  # error lines; a deployment with more is as bad
EXAMPLES = 3
EXAMPLE_LENGTH = 300  # characters
PATTERN_LENGTH = 60  # characters
NAMED = 5  # instances

# As far ahead CloudWatch Logs takes a line (PutLogEvents): a server's clock may be fast.
AHEAD = timedelta(hours=2)
# No log group keeps its lines for less.
SHORTEST_RETENTION = timedelta(days=1)
# Health checks alone leave lines in the application's log more often than that, and visitors in the access log.
SILENCE = timedelta(minutes=15)
AGAIN = timedelta(minutes=1)


@check(
    id="application-logs",
    sop="4.5",
    title="Application logs",
    why="An error that users meet shows in the log before an alarm has counted enough of them; an instance that sends "
    "no log shows nothing.",
    expected="No line since the deployment began matches release:applicationErrorPattern, and every instance in "
    "service has written since it ended, and in the last 15 min. Where no Auto Scaling group serves, as many streams "
    "have lines as there are targets",
    fix="Read the lines around the first error in the log group, and decide whether to roll back.",
    permissions=(
        *EXECUTION_PERMISSIONS,
        *WORKLOAD_PERMISSIONS,
        "autoscaling:DescribeAutoScalingGroups",
        "elasticloadbalancing:DescribeTargetHealth",
        "logs:DescribeLogGroups",
        "logs:FilterLogEvents",
    ),
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


@dataclass(frozen=True)
class _Seen:
    """What is judged where no line tells of an error; `silent` says whoever should have written and did not."""

    began: datetime
    ended: datetime
    recent: datetime  # from when on each instance must have written
    group: LogGroup
    silent: Outcome | None
    writers: str  # who wrote, in words
    evidence: Evidence


def _judge_lines(context: Context, began: datetime, ended: datetime) -> Outcome:
    client, group = context.aws.logs, context.outputs.application_log_group_name
    looking = LogSearch(group, began, context.now + AHEAD, context.outputs.application_error_pattern)
    recent = max(ended, context.now - SILENCE)
    writing = LogSearch(group, recent, context.now)
    with ThreadPoolExecutor(2) as pool:
        described = pool.submit(carried(lambda _: context.application_log_group), None)
        errors_of = pool.submit(carried(lambda search: read_lines(client, search, at_most=COUNTED)), looking)
        wrote = (_instances_wrote if context.outputs.has_group else _streams_wrote)(context, writing)
        errors = errors_of.result()
    if errors:
        return _with_errors(errors, began)
    silent, writers, evidence = wrote
    return _without_errors(context, _Seen(began, ended, recent, described.result(), silent, writers, evidence))


def _instances_wrote(context: Context, search: LogSearch) -> tuple[Outcome | None, str, Evidence]:
    """Whether every instance in service wrote: why not, who did in words, and the evidence."""
    group = context.group
    instances = None if group is None else [member.id for member in group.members if member.in_service]
    writers = read_writers(context.aws.logs, search, instances or ())
    evidence = {"silent_since": utc(search.since), "writers": sorted(writers.instances)}
    silent = _silence(search, writers, instances)
    return silent, f"every instance in service ({len(instances or ())})", evidence


def _streams_wrote(context: Context, search: LogSearch) -> tuple[Outcome | None, str, Evidence]:
    """The same of streams: nothing says which one is a target's, but each container has one of its own."""
    targets = [one for one in context.targets if one.get("TargetHealth", {}).get("State") != "draining"]
    streams = read_streams(context.aws.logs, search, max(len(targets), 1))
    evidence = {"silent_since": utc(search.since), "targets": len(targets), "streams": sorted(streams)}
    words = f"{count(len(streams), 'stream')} for {count(len(targets), 'target')}"
    if targets and len(streams) >= len(targets):
        return None, words, evidence
    text = f"No error line, but {words} had a line in {search.group} since {utc(search.since)}."
    fix = "See whether each container writes to a stream of its own, then run the same command again."
    return inconclusive(text, fix=fix), words, evidence


def _with_errors(errors: Sequence[LogLine], began: datetime) -> Outcome:
    number = f"at least {COUNTED} error lines" if len(errors) == COUNTED else count(len(errors), "error line")
    lines = [f"{number} since the deployment began at {utc(began)}; the first:", *examples(errors)]
    return failed("\n".join(lines), evidence={"errors": len(errors)})


def _without_errors(context: Context, seen: _Seen) -> Outcome:
    name, group = context.outputs.application_log_group_name, seen.group
    if group.created is None or group.created > seen.ended:
        when = "nobody knows when" if group.created is None else f"at {utc(group.created)}, after the deployment"
        return inconclusive(
            f"No error line in {name}, but the log group was created {when}: what came before is gone.",
            fix="Find out who deleted the log group (CloudTrail: DeleteLogGroup), and deploy again.",
        )
    if group.kept is not None and context.now - seen.began > group.kept:
        return inconclusive(
            f"No error line in the {group.kept.days} d that {name} keeps; what came before, since the deployment began "
            f"at {utc(seen.began)}, has expired.",
            fix="Verify sooner after a deployment, or keep the log group's lines for longer.",
        )
    if silent := seen.silent:
        return replace(
            silent, evidence=seen.evidence, again_at=context.now + AGAIN if context.now - seen.ended < SILENCE else None
        )
    shown = shortened(context.outputs.application_error_pattern)
    lately = "since it ended" if seen.recent == seen.ended else f"in the last {span(SILENCE)}"
    observed = f"No error line since the deployment began at {utc(seen.began)}; {seen.writers} wrote {lately}."
    evidence = {key: value for key, value in seen.evidence.items() if key != "silent_since"}
    return passed(f"{observed}\nAn error line is one that matches {shown}", evidence=evidence)


def _silence(search: LogSearch, writers: Writers, instances: Sequence[str] | None) -> Outcome | None:
    """The answer where an instance in service does not write; None where all do. None: nobody knows them."""
    group, recent = search.group, search.since
    fix = "See whether the CloudWatch agent runs on the instances, then run the same command again."
    if writers.first is None:
        text = f"{group} has no error line, but no other line either since {utc(recent)}."
        return inconclusive(text, fix=fix)
    if not instances:
        text = f"{group} has no error line, but nobody knows an instance in service that would write them."
        return inconclusive(text, fix="See what instance-status says of the Auto Scaling group.")
    silent = [one for one in instances if one not in writers.instances]
    if not silent:
        return None
    if not writers.instances:
        text = f"{group} has no error line, but no stream's name says which instance writes it: {writers.first.stream}."
        fix = "Name the streams by `{instance_id}` in the CloudWatch agent's configuration, and deploy."
        return inconclusive(text, fix=fix)
    more = f" and {len(silent) - NAMED} more" if len(silent) > NAMED else ""
    asked = f" ({len(writers.unasked)} were not asked for one by one)" if writers.unasked else ""
    named = f"{', '.join(silent[:NAMED])}{more}" if more else listing(silent)
    text = (
        f"No error line, but {len(silent)} of {count(len(instances), 'instance')} in service wrote no line to {group} "
        f"since {utc(recent)}: {named}{asked}."
    )
    return inconclusive(text, fix=fix)


def shortened(pattern: str) -> str:
    """As much of it as a message has room for."""
    return pattern if len(pattern) <= PATTERN_LENGTH else f"{pattern[:PATTERN_LENGTH]}…"


def examples(errors: Sequence[LogLine]) -> list[str]:
    """The first of them, without secrets."""
    # before it is cut: half a secret no longer looks like one
    return [f"{line.stream}: {redacted_text(line.message)[:EXAMPLE_LENGTH]}" for line in errors[:EXAMPLES]]
