"""SOP 4.1: did this execution go through, and how long did it take."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

from scripts.checks.branch import with_branch_head
from scripts.checks.context import Context
from scripts.checks.declared import with_declared_actions
from scripts.checks.framework import check
from scripts.checks.pinned import (
    AFTER_THE_END,
    AVAILABLE,
    EXECUTION_PERMISSIONS,
    SOON,
    complete_handshake,
    never_run,
    start,
    verify_newest,
)
from scripts.checks.waiting import (
    WINDOW_RULE,
    closed_door,
    explained_waits,
    longest_idle,
    total,
    waiting_for,
    waiting_rule,
)
from scripts.clients.failures import AWS_FAILURES
from scripts.errors import UndeterminedError
from scripts.evidence.calls import carried
from scripts.facts.pipeline import Execution, StageRun, read_structure_version
from scripts.results import Outcome, Status, failed, inconclusive, passed, skipped
from scripts.text import listing, minutes, span, utc
from sop.names import Stage

STAGE_PERMISSIONS = (
    *EXECUTION_PERMISSIONS,
    "codepipeline:ListRuleExecutions",
    "codepipeline:GetPipelineState",
    "codebuild:BatchGetBuilds",
    "codeconnections:GetConnection",
    "codestar-connections:GetConnection",  # its former name, by which IAM may still ask
)

# A window that is open is waited for, too: for a moment.
NOTICEABLE = timedelta(seconds=1)

# Ends that are neither success nor failure; none of them released anything.
NOT_CARRIED_OUT = {
    "Superseded": "a newer execution took its place before it was through.",
    "Stopped": "someone stopped it.",
    "Stopping": "someone is stopping it.",
    "Cancelled": "it was cancelled because the pipeline's structure changed.",
}
RERUN = ("Stopped", "Cancelled")  # of them, for the reason rerun-failed


@check(
    id="pipeline-stages",
    sop="4.1",
    title="Pipeline stages",
    why="A release is what one execution carried through all stages. A green stage of another execution says nothing.",
    expected="Source, Build and Deploy Succeeded in this execution, of the branch, the projects and the repository's "
    "buildspecs that it is deployed with; it is no rollback, and the branch's newest commit",
    fix="Read the failed action's log, correct the cause on a branch, and merge; the pipeline starts by itself.",
    permissions=STAGE_PERMISSIONS,
    runbook="docs/runbooks/deployment.md",
)
def pipeline_stages(context: Context) -> Outcome:
    return judge_release(context)


@check(
    id="pipeline-duration",
    sop="4.1",
    title="Pipeline duration",
    why="An execution that takes far longer than usual is stuck, or deploys something else than intended.",
    expected="Within the expected minutes; above the alert threshold it fails; waiting as one should is not counted",
    fix="See which action took the time, in the pipeline's execution history, and read its log.",
    permissions=(*EXECUTION_PERMISSIONS, "codepipeline:ListRuleExecutions"),
    runbook="docs/runbooks/deployment.md",
)
def pipeline_duration(context: Context) -> Outcome:
    execution = context.execution
    if execution is None:
        return never_run(context)
    limits = context.outputs.thresholds
    end = execution.ended or context.now
    waits = list(explained_waits(context.actions, context.rules, until=end))
    waited = total(waits)
    took = max(end - execution.started - waited, timedelta())
    evidence = {
        "seconds": round(took.total_seconds(), 1),
        "waited_seconds": round(waited.total_seconds(), 1),
        "waits": [
            {"for": one.reason, "stage": one.stage, "start": utc(one.start), "end": utc(one.end)} for one in waits
        ],
    }
    usual, alert = minutes(limits.pipeline_expected_minutes), minutes(limits.pipeline_alert_minutes)
    expected = f"At most {usual}; above {alert} is an alert"
    apart = "".join(
        f", and apart from that {span(one.lasted)} waiting for {one.reason}"
        for one in waits
        if one.lasted >= NOTICEABLE
    )
    took_minutes = took.total_seconds() / 60
    if took_minutes > limits.pipeline_alert_minutes:
        so_far = "" if execution.ended else " so far"
        start, until = longest_idle(context.actions, context.rules, execution, end)
        observed, fix = f"{span(took)}{so_far}{apart}.", ""
        if until - start > took / 2:
            observed += f"\nNothing was at work from {utc(start)} to {utc(until)}, {span(until - start)}."
            fix = "See whether a transition was disabled then, or another execution was in the next stage."
        return failed(observed, expected=expected, fix=fix, evidence=evidence)
    if execution.ended is None:
        return inconclusive(
            f"{span(took)} so far{apart}; it has not ended.",
            expected=expected,
            fix=AFTER_THE_END,
            evidence=evidence,
            again_at=context.now + SOON,
        )
    if execution.status != "Succeeded":
        return skipped(f"The execution ended {execution.status} after {span(took)}{apart}.", evidence=evidence)
    long = took_minutes > limits.pipeline_expected_minutes
    note = ": longer than usual, below the alert" if long else ""
    return passed(f"{span(took)}{apart}{note}.", expected=expected, evidence=evidence)


def judge_release(context: Context) -> Outcome:
    """PASS only where the execution went through all stages, and is of what the branch has now."""
    with ThreadPoolExecutor(2) as beside:  # what tells of later pushes is asked while the execution is looked for
        connection = beside.submit(carried(lambda _: context.connection_status), None)
        head = beside.submit(carried(lambda _: context.branch_head), None)
        execution = context.execution
        if execution is None:
            return never_run(context, _connection_status(context))
        judged = _judge_stages(context, execution)
    if judged.status in (Status.FAIL, Status.SKIPPED):
        return judged
    return with_branch_head(context, execution, _with_connection(context, judged, connection.result()), head.result)


def _judge_stages(context: Context, execution: Execution) -> Outcome:
    """The stages that there should be, and those that somebody has added."""
    promised = context.outputs.pipeline_stages
    names = [*promised, *dict.fromkeys(run.stage for run in context.actions if run.stage not in promised)]
    stages = [context.stage(name) for name in names]
    evidence = {
        "execution_status": execution.status,
        "trigger": execution.trigger,
        "stages": {stage.name: stage.status for stage in stages},
    }
    judged = replace(_judged(context, execution, stages), evidence=evidence)
    return with_declared_actions(context, judged) if judged.status is Status.PASS else judged


def _judged(context: Context, execution: Execution, stages: list[StageRun]) -> Outcome:
    summary = listing([_stage_text(stage) for stage in stages]) or "no stages"
    if execution.is_rollback or execution.status in NOT_CARRIED_OUT:
        return _not_a_release(context, execution, summary)
    if execution.status == "Failed":
        return _failed_execution(context, execution, stages)
    if execution.in_progress:
        observed = f"InProgress: {waiting_for(context, execution)}; {summary}."
        return inconclusive(observed, fix=_fix_of_waiting(context, execution), again_at=context.now + SOON)
    if execution.status != "Succeeded" or not context.outputs.pipeline_stages:
        return inconclusive(f"The execution is {execution.status}; {summary}.")
    if any(stage.status != "Succeeded" for stage in stages):
        return _incomplete(context, stages, summary)
    return passed(f"{summary}.")


def _incomplete(context: Context, stages: list[StageRun], summary: str) -> Outcome:
    versions = {run.structure for run in context.actions if run.structure is not None}
    if versions and not any(stage.actions and stage.status != "Succeeded" for stage in stages):
        now = read_structure_version(context.aws.codepipeline, context.outputs.pipeline_name)
        if now is not None and now not in versions:
            return inconclusive(
                f"The execution went through version {max(versions)} of the pipeline, which is at version {now} and "
                f"has other stages: {summary}.",
                fix=f"Start the pipeline again, and verify that: {start(context)}",
            )
    return failed(f"The execution Succeeded, but not all of its stages: {summary}.")


def _fix_of_waiting(context: Context, execution: Execution) -> str:
    rule = waiting_rule(context)
    ways = []
    if all(run.over for run in context.actions) and (door := closed_door(context)):
        ways.append(f"The door: {door.opened_by(context.outputs)}.")
    stack = context.outputs.stack
    if rule is not None and rule.provider == WINDOW_RULE:
        ways.append(
            f"An emergency (SOP 6.2) need not wait for the window: `release override --stack {stack} --execution "
            f'{execution.id} --reason "why"`, then `release door --stack {stack} --apply`.'
        )
    elif rule is not None:
        ways.append(
            f"An emergency (SOP 8) need not wait for the rule: `aws codepipeline override-stage-condition "
            f"--pipeline-name {context.outputs.pipeline_name} --stage-name {rule.stage} "
            f"--pipeline-execution-id {execution.id} --condition-type BEFORE_ENTRY --region {context.outputs.region}`"
        )
    return " ".join([AFTER_THE_END, *ways])


def _not_a_release(context: Context, execution: Execution, summary: str) -> Outcome:
    if execution.is_rollback:
        return failed(
            f"{execution.status}, but it is a rollback to {execution.rolls_back_to}, not a release; {summary}.",
            fix="Merge the correction, and verify the execution that this starts.",
        )
    fix = verify_newest(context)
    if execution.status in RERUN:
        rerun = f"release start --stack {context.outputs.stack} --reason rerun-failed --execution-id {execution.id}"
        fix += f"; or run this one's commit again (SOP 2.3): `{rerun}`"
    return failed(
        _with_summary(f"{execution.status}: {NOT_CARRIED_OUT[execution.status]} {summary}.", execution),
        fix=f"{fix}.",
    )


def _failed_execution(context: Context, execution: Execution, stages: list[StageRun]) -> Outcome:
    lines = list(_failures(context, stages))
    headline, *details = lines or [_with_summary("The execution Failed without a failed action.", execution)]
    fix = _source_fix(context) if context.stage(Stage.SOURCE).status != "Succeeded" else ""
    return failed("\n".join([headline, *details]), fix=fix)


def _failures(context: Context, stages: list[StageRun]) -> Iterator[str]:
    stopped = [run for stage in stages for run in stage.actions if run.status in ("Failed", "Abandoned")]
    for run in stopped:
        yield f"{run.stage} failed: action {run.action} {run.status}."
        yield run.error or "no reason given"
        if run.link:
            yield f"log: {run.link}"
    for rule in () if stopped else context.rules:
        if rule.status in ("Failed", "Abandoned") and not context.stage(rule.stage).actions:
            yield f"{rule.stage} was not entered: rule {rule.rule} {rule.status}."
            yield rule.summary or "no reason given"


def _source_fix(context: Context) -> str:
    status = _connection_status(context)
    if status == AVAILABLE:
        return (
            f"Check what the error names: the connection must be able to read {context.outputs.repository}, branch "
            f"{context.outputs.branch} must exist, and the pipeline's role must be able to write to "
            f"{context.outputs.artifact_bucket_name}. Then start the pipeline again."
        )
    return f"{complete_handshake(context.outputs, status)}, then start the pipeline again."


def _with_connection(context: Context, outcome: Outcome, status: str) -> Outcome:
    """A good execution is the newest only as far as pushes start any: not PASS while the connection is PENDING."""
    if status == AVAILABLE:
        return outcome
    fix = f"{complete_handshake(context.outputs, status)}, then push again."
    observed = f"{outcome.observed}\nThe GitHub connection is {status}: a newer push has started nothing."
    return inconclusive(observed, fix=fix, evidence=outcome.evidence)


def _connection_status(context: Context) -> str:
    """As it is now; if AWS does not say, as it was at the last `pulumi up`."""
    try:
        return context.connection_status
    except (UndeterminedError, *AWS_FAILURES):
        return context.outputs.connection_status


def _stage_text(stage: StageRun) -> str:
    again = f" (attempt {stage.attempts})" if stage.attempts > 1 else ""
    return f"{stage.name} {stage.status}{again}"


def _with_summary(observed: str, execution: Execution) -> str:
    return f"{observed} {execution.status_summary}".rstrip()
