"""What went wrong with a release, and what was taken back: in words, a line each. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

from scripts.facts.alarm_history import Firing
from scripts.facts.operations import Operation
from scripts.facts.pipeline import ActionRun, Execution
from scripts.recording.messages_sent import Told
from scripts.recording.record import Approvals
from scripts.results import SEVERITY, Report, Status
from scripts.text import count, listing

PLANNED = "planned"
When = Callable[[datetime], str]


def issues(
    attempts: Sequence[Execution],
    actions: Iterable[ActionRun],
    reports: Iterable[Report],
    firings: Iterable[Firing],
    messages: Iterable[Told],
    *,
    when: When,
) -> Iterator[str]:
    """What a reader must know went wrong, from the first attempt on.

    Args:
        attempts: the executions that were to carry it out, the last one is that which is recorded.
        actions: of that one.
        reports: about that one.
        firings: of the stack's alarms, during its deployment and observation.
        messages: that people were sent.
        when: tells a moment to a person.
    """
    *earlier, last = attempts
    for one in (each for each in earlier if each.status != "Superseded"):
        yield f"Execution {one.id} {_ended(one, when)}"
    for run in actions:
        if run.status == "Failed":
            yield f"{run.stage} failed at {when(run.updated)}: {run.error or 'AWS gives no reason.'}"
    if last.status not in ("Succeeded", "Failed"):
        yield f"Execution {last.id} {_ended(last, when)}"
    for report in reports:
        if report.verdict is not Status.PASS:
            yield sentence(f"{report.command} ended {verdict_of(report)}")
    for firing in firings:
        began = f"at {when(firing.started)}" if firing.started else "before the deployment"
        until = f"until {when(firing.ended)}" if firing.ended else "and still is in ALARM"
        yield sentence(f"Alarm {firing.alarm} fired {began}, {until}", firing.reason)
    for told in messages:
        if not told.good:
            yield f'Message "{told.event}" to {told.channel}, {when(told.at)}: {told.outcome}.'


def missed(
    with_pull: bool, approvals: Approvals | None, messages: Iterable[Told], *, with_ledger: bool
) -> Iterator[str]:
    """What ought to have come before the merge, and of which nothing is known."""
    if not with_pull:
        yield "It came without a pull request: nobody reviewed it, and no gate was asked (SOP 1.2, 3.4)."
        return
    if not with_ledger:
        return
    if not any(one.event == PLANNED and one.good for one in messages):
        yield "No announcement before it is known (SOP 5.1)."
    if approvals is None or not approvals.kept:
        yield "It was merged by hand: no GO of the gate was kept (SOP 3.2-3.4)."


def by_cloudformation(operations: Iterable[Operation], when: When) -> Iterator[str]:
    """What CloudFormation rolled back by itself (SOP 7.1)."""
    for one in operations:
        if "ROLLBACK" in one.status:
            back = f"CloudFormation rolled {one.stack} back by itself, until {when(one.last)}: {one.status}"
            yield sentence(back, listing(one.damage()), _first_cause(one))


def _first_cause(operation: Operation) -> str:
    """What CloudFormation says of the first resource that failed by itself."""
    first = next((one for one in operation.everything if one.failed and not one.is_cascade), None)
    return f"The first cause: {first.resource} ({first.type}) {first.status}, {first.reason}" if first else ""


def by_pipeline(execution: Execution, executions: Iterable[Execution], when: When) -> Iterator[str]:
    """What somebody, or a stage's condition, rolled back, until another release was deployed (SOP 7.2).

    What went back *to* the execution took back another.
    """
    later = (one for one in executions if one.started > execution.started)
    for one in sorted(later, key=lambda each: each.started):
        if one.status == "Succeeded" and not one.is_rollback:
            return
        to_itself = one.rolls_back_to == execution.id or (one.revision and one.revision == execution.revision)
        if one.is_rollback and not to_itself:
            back = f"Execution {one.id} ({one.trigger}) went back to {one.rolls_back_to} at {when(one.started)}"
            yield sentence(back, one.status)


def verdict_of(report: Report) -> str:
    """`PASS: 12 checks`, and which are not."""
    wrong = [one.id for one in report.checks if one.status in SEVERITY and one.status is not Status.PASS]
    return f"{report.verdict}: {count(len(report.checks), 'check')}{', not ' + ', '.join(wrong) if wrong else ''}"


def sentence(*parts: str) -> str:
    """The parts that say anything, each a sentence."""
    return " ".join(f"{told.rstrip('.')}." for part in parts if (told := " ".join(part.split())))


def _ended(one: Execution, when: When) -> str:
    return sentence(f"ended {one.status}{f' at {when(one.ended)}' if one.ended else ''}", one.status_summary)
