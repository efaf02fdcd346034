"""What has happened to an execution, told from facts alone. Pure.

Whoever looks, and however often, makes the same list of the same facts: so a watch that was killed tells, when it is
started again, what the first one told, by the same keys.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from scripts.announcing.occasions import Event
from scripts.text import span
from scripts.watching import causes
from scripts.watching.ends import End, Ending, ending
from scripts.watching.snapshot import APPROVAL, Attempt, Snapshot, reached, worked
from scripts.watching.waits import waits
from sop.names import Stage

EVERY = timedelta(minutes=5)  # of Deploy, SOP 5.2


class Kind(StrEnum):
    """What kind of thing happened."""

    BEGAN = "began"  # a stage
    COMPLETE = "complete"  # a stage
    FAILED = "failed"  # a stage
    WAITS = "waits"
    PROGRESS = "progress"
    SLOW = "slow"
    ROLLBACK = "rollback"  # CloudFormation's, begun
    END = "end"


@dataclass(frozen=True)
class Happening:
    """Something that happened to an execution, once.

    Attributes:
        execution: which.
        what: what, in the execution: `build`, `deploy-10m`, `end`.
        kind: what kind of thing.
        at: when, by AWS's own times; of what it does not date when it was seen.
        text: for a person.
        event: what is announced of it; None: nothing is.
        stage: of which stage; empty: of the whole execution.
        ending: how it ended; None before.
    """

    execution: str
    what: str
    kind: Kind
    at: datetime
    text: str
    event: Event | None = None
    stage: str = ""
    ending: Ending | None = None

    @property
    def key(self) -> str:
        """The same for the same happening, whoever sees it and how often: fit for a key of the ledger."""
        return f"{self.execution}-{self.what}".lower()

    @property
    def occasion(self) -> str:
        """The announcement's occasion: a second failure of one execution, after a retry, is another one."""
        if self.event is Event.STAGE:
            return self.key
        return f"{self.execution}{self.what.removeprefix(self._plain)}".lower()

    @property
    def _plain(self) -> str:
        return END if self.kind is Kind.END else f"{self.stage.lower()}-began"


END = "end"


def happenings(snapshot: Snapshot) -> list[Happening]:
    """All that is known to have happened, in order."""
    execution = snapshot.execution.id
    found = [one for stage in snapshot.stages for attempt in snapshot.attempts(stage) for one in _of(snapshot, attempt)]
    found += [
        Happening(execution, one.what, Kind.WAITS, one.since, one.text, stage=one.stage) for one in waits(snapshot)
    ]
    found += [*_slow(snapshot), *_rollbacks(snapshot)]
    # of what happened in the same moment: a stage is complete before the next begins
    order = list(Kind)
    order.sort(key=lambda kind: (kind is Kind.BEGAN, kind is Kind.WAITS))
    found.sort(key=lambda one: (one.at, order.index(one.kind)))
    if (ended := ending(snapshot)) is not None:
        found.append(_end(snapshot, ended))
    return found


def _of(snapshot: Snapshot, attempt: Attempt) -> Iterator[Happening]:
    execution, stage = snapshot.execution.id, attempt.stage
    deploys = stage == Stage.DEPLOY
    text = f"{attempt.told} began"
    event = Event.STARTED if deploys else None
    again = attempt.name.removeprefix(stage.lower())
    began = f"{stage.lower()}-began{again}"
    yield Happening(execution, began, Kind.BEGAN, attempt.started, text, event, stage)
    if deploys:
        yield from _progress(snapshot, attempt)
    if attempt.ended is None:
        return
    took = span(attempt.ended - attempt.started)
    if snapshot.is_through(attempt):
        text = f"{attempt.told} complete after {took}"
        yield Happening(execution, attempt.name, Kind.COMPLETE, attempt.ended, text, Event.STAGE, stage)
    elif not attempt.succeeded:
        wrong = next(run for run in attempt.runs if run.status != "Succeeded")
        text = f"{attempt.told} {wrong.status} after {took}: action {wrong.action}"
        what = f"{stage.lower()}-failed{again}"
        yield Happening(execution, what, Kind.FAILED, attempt.ended, text, None, stage)


def _progress(snapshot: Snapshot, attempt: Attempt) -> Iterator[Happening]:
    """Every five minutes of Deploy, as long as it is at work."""
    for begins, ends in worked(attempt.runs, snapshot.at):
        passed = EVERY
        while begins + passed < ends:
            at = begins + passed
            newest = at + EVERY >= ends and attempt.ended is None
            doing = _doing(snapshot) if newest else ""
            whole = passed // timedelta(minutes=1)
            text = f"{attempt.told} in progress for {whole} min{doing}"
            what = f"{attempt.name}-{whole}m"
            yield Happening(snapshot.execution.id, what, Kind.PROGRESS, at, text, Event.STAGE, attempt.stage)
            passed += EVERY


def _doing(snapshot: Snapshot) -> str:
    operations = snapshot.own_operations
    if operations and not operations[-1].complete:
        return f"; {causes.at_work(operations[-1])}"
    busy = [snapshot.builds[run.external_id] for run in snapshot.actions if run.external_id in snapshot.builds]
    return f"; its build is in {busy[-1].phase}" if busy and busy[-1].phase else ""


def _slow(snapshot: Snapshot) -> Iterator[Happening]:
    """Once, when it has worked for longer than it may; what it waited does not count."""
    alert = snapshot.held_to.alert
    at = reached(worked(snapshot.actions, snapshot.at), alert)
    if at is not None:
        text = f"It has worked for more than {span(alert)}, which is an alert (SOP 4.1); waiting is not counted"
        yield Happening(snapshot.execution.id, "slow", Kind.SLOW, at, text)


def _rollbacks(snapshot: Snapshot) -> Iterator[Happening]:
    begun = [(one, event) for one in snapshot.own_operations if (event := causes.rollback(one))]
    for number, (operation, event) in enumerate(begun, 1):
        again = f"-{number}" if number > 1 else ""
        text = f"CloudFormation rolls {operation.stack} back, since {causes.short(operation)}"
        what = f"rollback{again}"
        yield Happening(snapshot.execution.id, what, Kind.ROLLBACK, event.at, text, None, Stage.DEPLOY)


def _end(snapshot: Snapshot, ended: Ending) -> Happening:
    events = {
        End.SUCCEEDED: Event.COMPLETE,
        End.UNCHANGED: Event.COMPLETE,
        End.FAILED: Event.FAILED,
        End.STOPPED: Event.FAILED,
        End.CANCELLED: Event.FAILED,
        End.ROLLED_BACK: Event.FAILED,
    }
    retries = sum(len(snapshot.attempts(stage)) - 1 for stage in snapshot.stages if snapshot.attempts(stage))
    what = END if not retries else f"{END}-{retries + 1}"
    event = events.get(ended.end)
    return Happening(snapshot.execution.id, what, Kind.END, ended.at, ended.text, event, ended.stage, ended)


def state(snapshot: Snapshot) -> str:
    """What it does just now, in one phrase."""
    if snapshot.execution.ended is not None:
        return f"{snapshot.execution.status}, while CloudFormation goes on{_doing(snapshot)}"
    stopping = "Stopping; " if snapshot.execution.status == "Stopping" else ""
    if open_waits := [one for one in waits(snapshot) if not one.over]:
        return stopping + "; ".join(one.text for one in open_waits)
    busy = [run for run in snapshot.actions if not run.over]
    if busy:
        return f"{stopping}{busy[-1].stage} runs for {span(snapshot.at - busy[-1].started)}{_doing(snapshot)}"
    ahead = snapshot.next_stage
    return f"{stopping}on its way into {ahead}" if ahead else f"{stopping}about to end"


def is_waiting(snapshot: Snapshot) -> bool:
    """Whether nothing is at work, and so nothing can happen soon."""
    busy = any(not run.over and run.category != APPROVAL for run in snapshot.actions)
    return not busy and any(not one.over for one in waits(snapshot))
