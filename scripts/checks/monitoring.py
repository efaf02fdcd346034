"""SOP 4.4: do the alarms say that all is well."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from scripts.checks.alarm_definitions import deployed_again, drift, made_since, muted, strangers, too_early
from scripts.checks.alarm_findings import FOLLOW, judge_alarms, judge_states
from scripts.checks.alarm_firings import Finding
from scripts.checks.alarm_origin import Origins, past_firings
from scripts.checks.context import Context
from scripts.checks.framework import check
from scripts.checks.metric_filter import FILTER_PERMISSIONS, uncounted
from scripts.checks.pinned import EXECUTION_PERMISSIONS, never_run
from scripts.clients.failures import AWS_FAILURES, AwsFailure, translate
from scripts.errors import PromisedResourceMissingError, UndeterminedError
from scripts.evidence.calls import carried
from scripts.facts.alarms import Alarm, read_alarms, read_tags
from scripts.facts.mute_rules import read_mutes
from scripts.results import Outcome, Status, failed
from scripts.text import count, listing

ALARM_PERMISSIONS = (
    *EXECUTION_PERMISSIONS,
    "cloudwatch:DescribeAlarms",
    "cloudwatch:DescribeAlarmHistory",
    "cloudwatch:ListAlarmMuteRules",
    "cloudwatch:ListTagsForResource",
    *FILTER_PERMISSIONS,
)


@check(
    id="alarms",
    sop="4.4",
    title="CloudWatch alarms",
    why="An alarm that fired after the release and recovered is a finding; one that is missing or was changed by hand "
    "cannot fire.",
    expected="Every promised alarm exists as it was deployed and is OK, none has fired since the deployment ended, "
    "none is muted, and error lines are counted as deployed",
    fix=FOLLOW,
    permissions=ALARM_PERMISSIONS,
    runbook="docs/runbooks/incident-response.md",
)
def alarms(context: Context) -> Outcome:
    with ThreadPoolExecutor(2) as beside:
        counting = beside.submit(carried(_uncounted), context)
        muting = beside.submit(carried(partial(read_mutes, context.aws.cloudwatch)), context.outputs.alarms)
        found = read_alarms(context.aws.cloudwatch, context.outputs.alarm_prefix)
    return _judge(context, found, lambda: [*counting.result(), *muted(muting.result(), context.outputs)])


def _judge(context: Context, found: Sequence[Alarm], unheard: Callable[[], list[Finding]]) -> Outcome:
    outputs = context.outputs
    ours = [alarm for alarm in found if alarm.name in outputs.alarms]
    changed = list(drift(ours, outputs))
    missing = sorted(outputs.alarms.keys() - {alarm.name for alarm in ours})
    if missing or not outputs.alarms:
        what = f"Missing: {listing(missing)}" if missing else "The Pulumi stack's outputs name no alarm"
        text = f"{what}; {len(ours)} of {count(len(outputs.alarms), 'promised alarm')} exist."
        return failed(
            "\n".join([text, *(finding.text for finding in changed)]),
            fix=deployed_again(outputs),
            evidence={"missing": missing},
        )
    others = [alarm for alarm in found if alarm.name not in outputs.alarms]
    more = [*changed, *strangers(others, outputs, partial(_tags_of, context))]
    try:
        return _judge_since_deployment(context, ours, [*more, *unheard()])
    except (UndeterminedError, *AWS_FAILURES) as problem:
        if (known := judge_states(ours, _cause(problem), more)) is None:
            raise
        return known


def _uncounted(context: Context) -> list[Finding]:
    try:
        return uncounted(context)
    except PromisedResourceMissingError as problem:
        return [Finding(Status.FAIL, problem.message, fix=problem.fix)]


def _tags_of(context: Context, alarm: Alarm) -> Mapping[str, str]:
    try:
        return read_tags(context.aws.cloudwatch, alarm)
    except (UndeterminedError, *AWS_FAILURES):
        return {}  # nobody's, as far as is known


def _judge_since_deployment(context: Context, ours: Sequence[Alarm], more: Sequence[Finding]) -> Outcome:
    execution = context.execution
    if execution is None:
        return never_run(context)
    deployed = context.deploy.ended or execution.ended
    judge = partial(
        judge_alarms,
        ours,
        origin=Origins(context, execution, deployed).of,
        deployed=deployed,
        now=context.now,
        more=[
            *more,
            *too_early(context.outputs.alarms, deployed, context.now),
            *made_since(ours, deployed, context.now),
        ],
    )
    try:
        past = past_firings(context, ours, execution.started)
    except (UndeterminedError, *AWS_FAILURES) as problem:
        known = judge([], unread=_cause(problem))
        if known.status is not Status.FAIL:
            raise
        return known
    return judge(past)


def _cause(problem: UndeterminedError | AwsFailure) -> str:
    known = problem if isinstance(problem, UndeterminedError) else translate(problem, ALARM_PERMISSIONS)
    return known.message
