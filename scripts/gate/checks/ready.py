"""Whether production can take a release just now (SOP 2.3, 4.6): its stack, and who else is at it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from scripts.checks.framework import check
from scripts.checks.pinned import SOON
from scripts.facts.door import read_door
from scripts.facts.pipeline import Execution, read_executions, read_stage_states
from scripts.facts.stack import read_stack
from scripts.gate.context import GateContext
from scripts.results import Outcome, failed, passed
from scripts.text import listing, utc
from sop.calendar.calendar import OBSERVATION
from sop.names import Stage
from sop.times import shown

# From these CloudFormation takes an update.
UPDATABLE = (
    "CREATE_COMPLETE",
    "UPDATE_COMPLETE",
    "UPDATE_ROLLBACK_COMPLETE",
    "IMPORT_COMPLETE",
    "IMPORT_ROLLBACK_COMPLETE",
)


@check(
    id="prod-ready",
    sop="2.3",
    title="Production is free",
    why="Two releases at once are one that nobody has observed; a stack that cannot be updated fails every release.",
    expected="The stack can be updated, no other execution is under way, and the last one was observed for an hour; a "
    "hotfix or a take-back waits for neither the observation nor what itself waits before Deploy",
    fix="Wait for the release before, or settle what the stack hangs in.",
    permissions=(
        "cloudformation:DescribeStacks",
        "codepipeline:ListPipelineExecutions",
        "codepipeline:GetPipelineState",
    ),
    runbook="docs/runbooks/deployment.md",
)
def prod_ready(context: GateContext) -> Outcome:
    outputs, pull, urgent = context.outputs, context.pull, context.is_urgent
    stack = read_stack(context.aws.cloudformation, outputs.cloudformation_stack_name)
    executions = read_executions(context.aws.codepipeline, outputs.pipeline_name, context.now - OBSERVATION)
    door = read_door(read_stage_states(context.aws.codepipeline, outputs.pipeline_name), Stage.DEPLOY)
    others = [one for one in executions if not (pull.merge_sha and pull.merge_sha in one.revisions)]
    working = [one for one in others if one.ended is None]
    waiting = [one.id for one in working if one.id in (*door.before, door.inside)]
    ends = {one.id: one.ended + OBSERVATION for one in others if one.ended and one.status == "Succeeded"}
    observed = {one: end for one, end in ends.items() if end > max(context.at, context.now)}
    evidence = {
        "stack_status": stack.status if stack else None,
        "under_way": [one.id for one in working],
        "observed_until": {one: utc(end) for one, end in observed.items()},
        "door": "open" if door.is_open else door.whose(),
    }
    of_door = [] if door.is_open else [f"The door to {Stage.DEPLOY} is {door.whose()}: {door.opened_by(outputs)}."]
    stuck = [f"The stack is {stack.status}."] if stack and stack.status not in UPDATABLE else []
    wrong = [*stuck, *(_told(one, waiting) for one in working if not (urgent and one.id in waiting))]
    if observed and not urgent:
        wrong += [f"Execution {one} is observed until {shown(end, context.zone)}." for one, end in observed.items()]
    if not wrong:
        state = f"The stack is {stack.status}" if stack else "There is no stack yet"
        told = [f"{state}, and no other release is under way."]
        told += [f"Execution {one} waits before {Stage.DEPLOY}: this one takes its place." for one in waiting]
        told += [f"Observation cut short: {listing(list(observed))}."] if observed else []
        return passed("\n".join([*told, *of_door]), evidence=evidence)
    again = context.now + SOON if working else max(observed.values(), default=context.now)
    fix = f"Ask again at {shown(again, context.zone)}."
    if stuck:
        fix = f"See why: `aws cloudformation describe-stack-events --stack-name {outputs.cloudformation_stack_name}`"
    elif waiting:
        fix = f"Let it in first, or stop it: {' ; '.join(_stopping(context, one) for one in waiting)}"
    told = failed("\n".join([*wrong, *of_door]), fix=fix, evidence=evidence)
    return told if stuck or waiting else replace(told, again_at=again)


def _told(one: Execution, waiting: Collection[str]) -> str:
    where = f", and waits before {Stage.DEPLOY}" if one.id in waiting else ""
    return f"Execution {one.id} is {one.status}{where}."


def _stopping(context: GateContext, execution_id: str) -> str:
    outputs = context.outputs
    return (
        f"`aws codepipeline stop-pipeline-execution --pipeline-name {outputs.pipeline_name} "
        f"--pipeline-execution-id {execution_id} --region {outputs.region}`"
    )
