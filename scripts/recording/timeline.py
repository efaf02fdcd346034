"""What happened to a release, in order: its merge, its executions' stages and waits, what was seen afterwards. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from scripts.checks.waiting import explained_waits
from scripts.facts.alarm_history import Firing
from scripts.facts.operations import Operation
from scripts.facts.pipeline import ActionRun, Execution, RuleRun, StageRun, stage_run
from scripts.gate.pull_request import PullRequest
from scripts.recording.issues import sentence, verdict_of
from scripts.recording.record import Happened, Kind
from scripts.results import Report, Status
from sop.names import Stage

# What lies between two stages and takes longer is no turning of wheels
_NOTICEABLE = timedelta(minutes=1)
_WORDS = {"verify": "Verified (SOP 4.1-4.5)", "observe": "Observed for performance (SOP 4.6)"}


def of_merge(pull: PullRequest | None) -> Iterator[Happened]:
    """When it was merged; of what came without a pull request nothing."""
    if pull and pull.merged_at:
        yield Happened(pull.merged_at, f"#{pull.number} was merged", detail=f"as {pull.merge_sha[:12]}")


def of_earlier(attempts: Iterable[Execution]) -> Iterator[Happened]:
    """Executions that did not carry it out; one that was superseded has done nothing wrong."""
    for one in attempts:
        kind = Kind.STEP if one.status == "Superseded" else Kind.BAD
        yield Happened(one.started, f"Execution {one.id}", one.ended, kind, sentence(one.status, one.status_summary))


def of_execution(
    execution: Execution, actions: Sequence[ActionRun], rules: Sequence[RuleRun], now: datetime
) -> Iterator[Happened]:
    """Its start, its stages, and what lay between them."""
    yield Happened(execution.started, f"Execution {execution.id} began", detail=_trigger(execution))
    stages = [stage_run(name, actions) for name in Stage]
    waits = list(explained_waits(actions, rules, until=execution.ended or now))
    for one in (wait for wait in waits if wait.lasted > _NOTICEABLE):
        yield Happened(one.start, f"Waited for {one.reason}, before {one.stage}", one.end, Kind.WAIT)
    for before, stage in zip([None, *stages], stages, strict=False):
        if before and before.ended and stage.started:
            begun = min([stage.started, *(one.started for one in rules if one.stage == stage.name)])
            if begun - before.ended > _NOTICEABLE and not any(one.start < begun <= one.end for one in waits):
                why = "its door was closed, or another execution was in it"
                yield Happened(before.ended, f"Waited before {stage.name}", begun, Kind.WAIT, why)
        yield from _stage(stage)


def _stage(stage: StageRun) -> Iterator[Happened]:
    if stage.started is None:
        return
    good = stage.status == "Succeeded"
    said = [one.error for one in stage.actions if one.status == "Failed" and one.error]
    tried = [f"at attempt {stage.attempts}"] if stage.attempts > 1 else []
    detail = ": ".join([" ".join([stage.status, *tried]), *said])
    yield Happened(stage.started, f"{stage.name} stage", stage.ended, Kind.WORK if good else Kind.BAD, detail)


def of_stack(operations: Iterable[Operation]) -> Iterator[Happened]:
    """What CloudFormation did meanwhile."""
    for one in operations:
        bad = "ROLLBACK" in one.status or one.status.endswith("_FAILED")
        until = one.last if one.complete else None
        yield Happened(
            one.started, f"CloudFormation changed {one.stack}", until, Kind.BAD if bad else Kind.WORK, one.status
        )


def of_reports(reports: Iterable[Report]) -> Iterator[Happened]:
    """What was seen afterwards."""
    for one in reports:
        good = one.verdict is Status.PASS
        what = _WORDS.get(one.command, one.command)
        yield Happened(one.started_at, what, one.finished_at, Kind.STEP if good else Kind.BAD, verdict_of(one))


def of_alarms(firings: Iterable[Firing]) -> Iterator[Happened]:
    for one in firings:
        if one.started:
            yield Happened(one.started, f"Alarm {one.alarm} fired", one.ended, Kind.BAD, one.reason)


def in_order(found: Iterable[Happened]) -> tuple[Happened, ...]:
    """By the second in which it began; what is told first of the same one stays first."""
    return tuple(sorted(found, key=lambda one: one.at.replace(microsecond=0)))


def _trigger(execution: Execution) -> str:
    """Who started it, in CodePipeline's words, and of which commit."""
    commit = f"commit {execution.revision[:12]}" if execution.revision else "no commit"
    return f"{commit}, {execution.trigger or 'no trigger known'}"
