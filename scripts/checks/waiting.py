"""Time in which an execution waits as it should, and what a running one waits for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from scripts.checks.context import Context
from scripts.facts.door import Door, closed_doors
from scripts.facts.pipeline import ActionRun, Execution, RuleRun
from scripts.text import utc
from sop.outputs import ReleaseWindowOutput

WINDOW_RULE = "DeploymentWindow"
APPROVAL = "Approval"


@dataclass(frozen=True)
class Wait:
    """A span that does not count as the pipeline's own time."""

    reason: str
    stage: str
    start: datetime
    end: datetime

    @property
    def lasted(self) -> timedelta:
        return self.end - self.start


def explained_waits(actions: Sequence[ActionRun], rules: Iterable[RuleRun], *, until: datetime) -> Iterator[Wait]:
    """Waits for a release window, for an approval, and for someone to retry; `until` ends what still lasts."""
    known = list(rules)
    for rule in known:
        if rule.provider == WINDOW_RULE:
            end = min(_end_of_rule(rule, actions, until), until)
            yield Wait("the release window", rule.stage, rule.started, max(rule.started, end))
    for run in actions:
        if run.category == APPROVAL:
            yield Wait("an approval", run.stage, run.started, run.updated if run.over else until)
    attempts: dict[tuple[str, str], list[ActionRun | RuleRun]] = {}
    for run in actions:
        attempts.setdefault((run.stage, run.action), []).append(run)
    for rule in known:
        attempts.setdefault((rule.stage, f"rule {rule.rule}"), []).append(rule)
    for key in sorted(attempts):
        for earlier, later in pairwise(attempts[key]):
            # a rule that let its stage begin is asked again for another reason: an action of the stage failed
            tried_in_vain = isinstance(earlier, ActionRun) or earlier.status != "Succeeded"
            if earlier.over and tried_in_vain and earlier.updated < later.started:
                yield Wait("a retry", earlier.stage, earlier.updated, later.started)


def total(waits: Iterable[Wait]) -> timedelta:
    """How long they last together; what overlaps counts once."""
    waited = timedelta()
    reached: datetime | None = None
    for wait in sorted(waits, key=lambda one: one.start):
        start = wait.start if reached is None else max(wait.start, reached)
        if wait.end > start:
            waited += wait.end - start
            reached = wait.end
    return waited


def longest_idle(
    actions: Sequence[ActionRun], rules: Sequence[RuleRun], execution: Execution, until: datetime
) -> tuple[datetime, datetime]:
    """The longest time in which nothing was at work and nothing was waited for; empty if there was none.

    A transition that is disabled, or a stage that another execution is in, leaves no other trace.
    """
    busy = [(run.started, run.updated if run.over else until) for run in (*actions, *rules)]
    busy += [(wait.start, wait.end) for wait in explained_waits(actions, rules, until=until)]
    reached, longest = execution.started, (execution.started, execution.started)
    for start, end in [*sorted(busy), (until, until)]:
        longest = max(longest, (reached, max(start, reached)), key=lambda one: one[1] - one[0])
        reached = max(reached, end)
    return longest


def waiting_rule(context: Context) -> RuleRun | None:
    """The rule that keeps the execution out of its next stage, if one does."""
    waiting = (rule for rule in context.rules if not rule.over and not context.stage(rule.stage).actions)
    return next(waiting, None)


def closed_door(context: Context) -> Door | None:
    """The closed door of the stage that the execution comes to next, whether a rule of that stage keeps it or not.

    AWS does not document whether a transition is looked at before an entry rule or after it: so both always are.
    """
    rule = waiting_rule(context)
    ahead = [name for name in context.outputs.pipeline_stages if not context.stage(name).actions]
    stage = rule.stage if rule else next(iter(ahead), None)
    return closed_doors(context.stage_states).get(stage) if stage else None


def waiting_for(context: Context, execution: Execution) -> str:
    """What the running execution does or waits for, in one phrase."""
    rule = waiting_rule(context)
    if rule is not None:
        told = _waiting_for_rule(rule, context.outputs.release_window)
        door = closed_door(context)
        if door:
            return f"{told}, and its door is {door.whose()}"
        if rule.provider != WINDOW_RULE:
            return told
        keeper = context.outputs.keeper
        why = f"the keeper, {keeper}, has not closed the door" if keeper else "no keeper is configured"
        return f"{told}, and only its rule holds it: {why}"
    for run in context.actions:
        if not run.over and run.category == APPROVAL:
            return f"{run.stage} waits for the approval {run.action} since {utc(run.started)}"
        if not run.over:
            return f"{run.stage} is running since {utc(run.started)}"
    return _held_up(context, execution)


def _held_up(context: Context, execution: Execution) -> str:
    ahead = [name for name in context.outputs.pipeline_stages if not context.stage(name).actions]
    if door := closed_door(context):
        lost = ": for longer than AWS keeps what waits" if door.has_lost(context.now) else ""
        return f"{door.stage} waits before its closed door{lost}, {door.whose()}"
    for state in context.stage_states:
        latest = state.get("latestExecution")
        occupied = latest is not None and latest.get("status") == "InProgress"
        other = latest.get("pipelineExecutionId") if latest else None
        if state.get("stageName") in ahead[:1] and occupied and other != execution.id:
            return f"{state.get('stageName')} is occupied by execution {other}"
    return f"on its way into {ahead[0]}" if ahead else "about to end"


def _waiting_for_rule(rule: RuleRun, window: ReleaseWindowOutput | None) -> str:
    if rule.provider != WINDOW_RULE:
        return f"{rule.stage} waits for its entry rule {rule.rule} ({rule.provider}) since {utc(rule.started)}"
    when = f" ({'/'.join(window.days)} {window.opens}-{window.closes} {window.time_zone})" if window else ""
    return f"{rule.stage} waits for the release window{when} since {utc(rule.started)}"


def _end_of_rule(rule: RuleRun, actions: Sequence[ActionRun], until: datetime) -> datetime:
    """An override lets the stage start while the rule may still count as running."""
    began = [run.started for run in actions if run.stage == rule.stage and run.started >= rule.started]
    entered = min(began, default=until)
    return min(entered, rule.updated) if rule.over else entered
