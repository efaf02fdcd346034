"""SOP 3.3: is what is in dev ready for prod. `release verify --stack dev --for-promotion` runs these checks."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from scripts.checks.cloudformation import STATUS_PERMISSIONS, stack_status
from scripts.checks.context import Context
from scripts.checks.framework import check
from scripts.checks.monitoring import ALARM_PERMISSIONS, alarms
from scripts.checks.pinned import EXECUTION_PERMISSIONS, never_run
from scripts.checks.pipeline import STAGE_PERMISSIONS, judge_release
from scripts.checks.promotion_errors import ERROR_PERMISSIONS, error_lines
from scripts.checks.promotion_soak import Soak, soak
from scripts.checks.promotion_verdict import judge_soak
from scripts.checks.workload import not_known_yet
from scripts.clients.failures import AWS_FAILURES, translate
from scripts.errors import ConfigurationError, UndeterminedError
from scripts.observe import metrics
from scripts.observe.deployments import next_deployment, without_release
from scripts.results import Outcome, Status, inconclusive
from scripts.text import span, utc
from sop.names import Environment
from sop.outputs import StackOutputs

SOAK_PERMISSIONS = (*EXECUTION_PERMISSIONS, "cloudwatch:GetMetricData", *ERROR_PERMISSIONS)


def refuse_other_than_dev(outputs: StackOutputs) -> None:
    """Raises ConfigurationError if the stack is not that of dev: only from there is anything promoted."""
    if outputs.environment != Environment.DEV:
        raise ConfigurationError(
            f"--for-promotion asks whether what is in dev may go to prod, but the stack is {outputs.environment}.",
            "Say --stack dev, or leave --for-promotion out.",
        )


@check(
    id="dev-deployment",
    sop="3.3",
    title="Deployment in dev",
    why="What was merged is not yet what runs: only an execution that went through all stages has deployed it.",
    expected="The execution went through Source, Build and Deploy in dev, and is not a rollback",
    fix="Read the failed action's log, correct the cause on a branch, and merge to dev.",
    permissions=STAGE_PERMISSIONS,
    runbook="docs/runbooks/deployment.md",
)
def dev_deployment(context: Context) -> Outcome:
    execution = context.execution
    if execution is None:
        return never_run(context)
    judged = judge_release(context)
    deployed = context.deploy.ended
    revision = (execution.revision or "unknown")[:12]
    evidence = {
        "execution_id": execution.id,
        "revision": execution.revision,
        "deployed": utc(deployed) if deployed else None,
        **judged.evidence,
    }
    if judged.status is not Status.PASS:
        observed = f"Execution {execution.id} of revision {revision}: {judged.observed}"
        return replace(judged, observed=observed, evidence=evidence)
    if deployed is None or execution.revision is None:
        missing = "revision" if deployed else f"stage {context.deploy.name}"
        return inconclusive(f"Execution {execution.id} Succeeded, but has no {missing}.", evidence=evidence)
    ago = span(context.now - deployed)
    remarks = judged.observed.partition("\n")[1:]
    observed = f"Execution {execution.id} deployed revision {revision} at {utc(deployed)}, {ago} ago."
    return replace(judged, observed="".join((observed, *remarks)), evidence=evidence)


@check(
    id="dev-stack-status",
    sop="3.3",
    title="Stack status in dev",
    why="UPDATE_ROLLBACK_COMPLETE ends in COMPLETE too, and means that dev runs without the change; after a change by "
    "hand it runs something that is in no commit.",
    expected="UPDATE_COMPLETE or CREATE_COMPLETE, by this execution's commit, and nobody has changed the stack since",
    fix="Find the cause with `release verify --stack dev` (stack-events), correct it on a branch, and merge to dev.",
    permissions=STATUS_PERMISSIONS,
    runbook="docs/runbooks/rollback.md",
)
def dev_stack_status(context: Context) -> Outcome:
    return stack_status.run(context)


@check(
    id="dev-alarms",
    sop="3.3",
    title="Alarms in dev",
    why="What fired in dev at night fires in prod by day, even if it was quiet again in the morning.",
    expected="Every promised alarm of dev exists and is OK, and none has fired since the deployment ended",
    fix="Follow the alarm's runbook (the link is in its description); promote only what has stayed quiet in dev.",
    permissions=ALARM_PERMISSIONS,
    runbook="docs/runbooks/incident-response.md",
)
def dev_alarms(context: Context) -> Outcome:
    return alarms.run(context)


@check(
    id="dev-soak",
    sop="3.3",
    title="Observation in dev",
    why="Leaks, nightly jobs and full disks show after hours; a deployment an hour old has met none of them.",
    expected="At least the configured hours in dev, with response time, CPU and error rate below their limits in every "
    "five minutes, and no error line of the application",
    fix="Find the cause in the dashboard and the application log around that time, correct it on a branch, and merge "
    "to dev: the new deployment is observed from its own beginning.",
    permissions=SOAK_PERMISSIONS,
    runbook="docs/runbooks/deployment.md",
)
def dev_soak(context: Context) -> Outcome:
    if instead := without_release(context):
        return instead
    outputs, execution, deployed = context.outputs, context.execution, context.deploy.ended
    if execution is None or deployed is None:  # which without_release has told
        return inconclusive(f"{context.deploy.name} has no end.")
    asked_for = timedelta(hours=outputs.thresholds.dev_observation_hours)
    later = next_deployment(context.aws.codepipeline, outputs.pipeline_name, deployed, execution.id)
    found = soak(context.soaked_since or deployed, asked_for, context.now, later)
    cpu = ", CPU" if outputs.has_group else ""
    expected = (
        f"At least {outputs.thresholds.dev_observation_hours:g} h in dev, with response time{cpu} and error rate below "
        "their limits in every five minutes, and no error line of the application"
    )
    return replace(_judge(context, found), expected=expected)


def _judge(context: Context, found: Soak) -> Outcome:
    outputs = context.outputs
    if outputs.workload is None:
        unknown = not_known_yet(context)
        known = judge_soak(found, outputs.thresholds, trouble=f"{unknown.observed} {unknown.fix}")
        return known if known.status is Status.FAIL else unknown
    try:
        readings = metrics.read(
            context.aws.cloudwatch,
            outputs.workload,
            found.windows,
            period=found.period,
            error_lines_in=outputs.metric_namespace,
        )
        errors = error_lines(context, found, readings)
    except (UndeterminedError, *AWS_FAILURES) as problem:
        if not found.too_short:
            raise
        cause = problem if isinstance(problem, UndeterminedError) else translate(problem, SOAK_PERMISSIONS)
        trouble = f"Its metrics so far could not be read: {cause.message}"
        return judge_soak(found, outputs.thresholds, servers=outputs.has_group, trouble=trouble)
    return judge_soak(found, outputs.thresholds, readings, servers=outputs.has_group, others=[errors])
