"""Whose an alarm's firing is: this deployment's, or not.

By the data that fired it: those of before the deployment's end are not its doing, those of after are, unless another
deployment had begun by then. An alarm on the pipeline itself measures executions: there it counts which of them failed,
or took too long, at that time.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from scripts.checks.context import Context
from scripts.evidence.calls import carried
from scripts.facts.alarm_data import Evaluation
from scripts.facts.alarm_history import Firing, read_firings, read_firings_of_many
from scripts.facts.alarms import Alarm
from scripts.facts.pipeline import Execution, StageRun, read_executions
from scripts.observe.deployments import next_deployment
from scripts.text import listing, span, utc
from sop.names import Stage

# How late metrics arrive, and how often CloudWatch looks at them: so much later an alarm's state changes.
METRIC_DELAY = timedelta(minutes=3)
FAILED_EXECUTIONS = frozenset({("AWS/CodePipeline", "FailedPipelineExecutions")})
BUILD_DURATION = frozenset({("AWS/CodeBuild", "Duration")})
SHOWN = 3
AT_ONCE = 8
MANY = 16  # alarms; the history of more is one question


class Whose(Enum):
    OURS = "this deployment's"
    NOT_OURS = "not this deployment's"
    UNKNOWN = "not known"


@dataclass(frozen=True)
class Origin:
    """Whose a firing is, and the words for it.

    `settles` is from when on nothing but what came after the deployment can keep the alarm in ALARM; None where that
    never makes it this deployment's. `again_at` is when the alarm can have recovered at the latest.
    """

    whose: Whose
    words: str
    settles: datetime | None = None
    again_at: datetime | None = None


def newest_data(firing: Firing, evaluation: Evaluation) -> tuple[datetime, datetime] | None:
    """Between which times the newest of the data lies that put the alarm into ALARM; None: before the period read.

    The newest data point's period; it may end after CloudWatch has looked. Where the state says none, or not all
    because missing ones counted as bad, it is the last period before the change, which may be known late.
    """
    at = firing.started
    if at is None:
        return None
    period, points = firing.data.period or evaluation.period, firing.data.datapoints
    if points and (len(points) >= evaluation.periods or evaluation.missing != "breaching"):
        return max(points), min(max(points) + period, at)
    return at - period - METRIC_DELAY, at


def by_time(firing: Firing, evaluation: Evaluation, deployed: datetime | None) -> Origin:
    """Whose a firing is by the time of its data alone; `deployed` is None while the deployment runs."""
    if deployed is None:
        return Origin(Whose.NOT_OURS, "while deploying")
    settles = deployed + evaluation.range + METRIC_DELAY
    data = newest_data(firing, evaluation)
    if data is None or data[1] <= deployed:
        words = f"by data of before the deployment ended at {utc(deployed)}"
        return Origin(Whose.NOT_OURS, words, settles, settles)
    if data[0] >= deployed:
        return Origin(Whose.OURS, "after the deployment", settles)
    words = f"by data partly of before and partly of after the deployment ended at {utc(deployed)}"
    return Origin(Whose.UNKNOWN, words, settles, settles)


def past_firings(context: Context, alarms: Sequence[Alarm], since: datetime) -> list[Firing]:
    """Stays in ALARM since then, by alarm; one that has not changed its state since needs no question."""
    changed = [alarm.name for alarm in alarms if alarm.since is None or alarm.since >= since]
    if not changed:
        return []
    client = context.aws.cloudwatch
    if len(changed) > MANY:
        return read_firings_of_many(client, changed, since)
    with ThreadPoolExecutor(min(len(changed), AT_ONCE)) as pool:
        return [
            one for found in pool.map(carried(lambda name: read_firings(client, name, since)), changed) for one in found
        ]


class Origins:
    """Finds out whose firings are; what the pipeline did besides is asked only where it can matter."""

    def __init__(self, context: Context, execution: Execution, deployed: datetime | None) -> None:
        self._context = context
        self._execution = execution
        self._deployed = deployed

    def of(self, firing: Firing, evaluation: Evaluation) -> Origin:
        timed = by_time(firing, evaluation, self._deployed)
        if evaluation.metrics == FAILED_EXECUTIONS:
            return self._failed(firing, evaluation, timed)
        if evaluation.metrics == BUILD_DURATION:
            return self._long(firing, evaluation, timed)
        if timed.whose is Whose.OURS:
            return self._later(firing, evaluation) or timed
        return timed

    def _later(self, firing: Firing, evaluation: Evaluation) -> Origin | None:
        """Not ours if a later deployment had begun before the data did."""
        data = newest_data(firing, evaluation)
        if self._deployed is None or data is None:
            return None
        context = self._context
        later = next_deployment(
            context.aws.codepipeline, context.outputs.pipeline_name, self._deployed, self._execution.id
        )
        if later is None or data[0] < later.started:
            return None
        words = f"when execution {later.execution_id} had begun to deploy at {utc(later.started)}"
        return Origin(Whose.NOT_OURS, words)

    def _failed(self, firing: Firing, evaluation: Evaluation, timed: Origin) -> Origin:
        first, last = self._measured(firing, evaluation)
        failed = [
            one
            for one in self._executions(first)
            if one.status == "Failed" and one.ended and first <= one.ended <= last
        ]
        if self._execution.id in {one.id for one in failed}:
            return Origin(Whose.OURS, "because this execution failed")
        if failed:
            words = f"because of another execution: {_named(failed, 'failed')}"
            newest = max(one.ended for one in failed if one.ended)
            return Origin(Whose.NOT_OURS, words, again_at=newest + evaluation.range + METRIC_DELAY)
        attempts = [
            run
            for run in self._context.actions
            if run.status == "Failed" and run not in self._context.stage(run.stage).actions
            if first <= run.updated <= last
        ]
        if attempts:
            newest = max(attempts, key=lambda run: run.updated)
            words = f"because of an attempt before in this execution: {newest.stage} failed at {utc(newest.updated)}"
            return Origin(Whose.NOT_OURS, words, timed.settles, timed.again_at)
        return self._nobody(timed, "no execution is found that failed then")

    def _long(self, firing: Firing, evaluation: Evaluation, timed: Origin) -> Origin:
        first, last = self._measured(firing, evaluation)
        limit = timedelta(minutes=self._context.outputs.thresholds.pipeline_alert_minutes)
        stages = [self._context.stage(Stage.BUILD), self._context.deploy]
        took = sum((self._took(stage) for stage in stages), timedelta())
        # of the newest attempts: CodeBuild reports a build's duration when it ends
        ended = [run.updated for stage in stages for run in stage.actions if run.over]
        if took > limit and any(first <= end <= last for end in ended):
            return Origin(Whose.OURS, f"because this execution built and deployed for {span(took)}")
        others = [
            one
            for one in self._executions(first)
            if one.id != self._execution.id and one.started <= last and (one.ended is None or one.ended >= first)
        ]
        if others:
            words = f"but this execution built and deployed in {span(took)}; {_named(others, 'ran')}"
            newest = max(one.ended or self._context.now for one in others)
            return Origin(Whose.NOT_OURS, words, again_at=newest + evaluation.range + METRIC_DELAY)
        return self._nobody(timed, f"this execution built and deployed in {span(took)}, and no other is found")

    def _nobody(self, timed: Origin, words: str) -> Origin:
        if timed.whose is Whose.NOT_OURS:
            return timed
        after = f"after the deployment ended at {utc(self._deployed)}, but " if self._deployed else ""
        return Origin(Whose.UNKNOWN, f"{after}{words}", timed.settles, timed.settles)

    def _measured(self, firing: Firing, evaluation: Evaluation) -> tuple[datetime, datetime]:
        """From when to when what the alarm counts can have happened."""
        at = firing.started or self._execution.started
        points = firing.data.datapoints
        first = min(points) if points else at - evaluation.range
        return first - METRIC_DELAY, firing.ended or self._context.now

    def _took(self, stage: StageRun) -> timedelta:
        now = self._context.now
        took = [(run.updated if run.over else now) - run.started for run in stage.actions if run.category == "Build"]
        return max(took, default=timedelta())

    def _executions(self, since: datetime) -> Sequence[Execution]:
        return read_executions(self._context.aws.codepipeline, self._context.outputs.pipeline_name, since)


def _named(executions: Sequence[Execution], what: str) -> str:
    shown = [f"{one.id} (revision {(one.revision or 'unknown')[:12]})" for one in executions[:SHOWN]]
    more = len(executions) - len(shown)
    return f"{listing([*shown, f'{more} more'] if more else shown)} {what} then"
