"""What is announced of an execution, from what a watch sees of it and what was verified. Pure.

Whoever looks makes the same list of the same facts, in order; what was announced of it is not announced again.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from scripts.announcing.facts import (
    Application,
    Deployed,
    Failure,
    Observed,
    Occurrence,
    Progress,
    Seen,
    Start,
    TakenBack,
    Verification,
)
from scripts.announcing.facts import End as Told
from scripts.announcing.occasions import Event
from scripts.announcing.values import application_of
from scripts.releases.verdicts import Verdict
from scripts.text import listing
from scripts.watching.ends import COMPLETE, End, Ending
from scripts.watching.happenings import EVERY, Happening, Kind, happenings
from scripts.watching.snapshot import Snapshot
from sop.names import Stage

MOST_REASONS = 3  # failed checks that a failure names


def occurrences(
    snapshot: Snapshot,
    *,
    verified: Verdict | None = None,
    observed: Verdict | None = None,
    application: Application = Application.UNKNOWN,
    stack_status: str = "",
) -> list[Occurrence]:
    """All that is to be told of the execution, in the order in which it happened.

    Args:
        snapshot: how it is.
        verified: what `release verify` has found, once that is final.
        observed: what `release observe` has found, likewise.
        application: how the application is now.
        stack_status: the stack's now; empty: nobody has looked.
    """
    found = [
        what
        for one in happenings(snapshot)
        if (what := occurrence(one, snapshot, application=application, stack_status=stack_status))
    ]
    found = _from_the_start(_newest(found))
    deployed = next((one for one in reversed(found) if isinstance(one, Deployed)), None)
    if deployed is not None:
        found += _judged(deployed, verified, observed)
    return found


def _newest(found: list[Occurrence]) -> list[Occurrence]:
    """Of how long a stage has been at work the newest, and only while it is: who comes late tells no more."""
    at_work = [one for one in found if isinstance(one, Progress) and not one.complete]
    over = any(isinstance(one, (Deployed, TakenBack, Failure)) for one in found)
    old = at_work if over or found[-1:] != at_work[-1:] else at_work[:-1]
    return [one for one in found if one not in old]


def _from_the_start(found: list[Occurrence]) -> list[Occurrence]:
    """Progress stands after the start, in whose thread it is told; what never came to Deploy has none to tell."""
    first = next((one for one in found if isinstance(one, Start)), None)
    early = [one for one in found if isinstance(one, Progress)]
    if first is None:
        return [one for one in found if one not in early]
    early = [one for one in found[: found.index(first)] if isinstance(one, Progress)]
    others = [one for one in found if one not in early]
    after = others.index(first) + 1
    return [*others[:after], *early, *others[after:]]


def occurrence(
    happening: Happening,
    snapshot: Snapshot,
    *,
    application: Application = Application.UNKNOWN,
    stack_status: str = "",
) -> Occurrence | None:
    """What is told of that happening; None: nothing is."""
    named: dict[str, Any] = {"execution_id": happening.execution, "occasion": happening.occasion}
    if happening.event is Event.STARTED:
        return Start(**named, at=happening.at)
    if happening.event is Event.STAGE:
        complete = happening.kind is Kind.COMPLETE
        return Progress(
            **named,
            stage=Stage(happening.stage),
            complete=complete,
            at_work=timedelta() if complete else _at_work(happening),
        )
    return _ended(happening, happening.ending, snapshot, application, stack_status) if happening.ending else None


def _ended(
    happening: Happening, ending: Ending, snapshot: Snapshot, application: Application, stack_status: str
) -> Deployed | TakenBack | Failure | None:
    named: dict[str, Any] = {"execution_id": happening.execution, "occasion": happening.occasion}
    tried = snapshot.attempts(Stage.DEPLOY)
    named["began"] = tried[-1].started if tried else snapshot.execution.started
    if happening.event is Event.FAILED:
        status, reason = ending.stack_status or stack_status, ending.cause or ending.text
        how = _how(ending)
        return Failure(**named, **how, failed=ending.at, stack_status=status, reason=reason, application=application)
    if happening.event is not Event.COMPLETE:
        return None
    named["ended"] = (tried[-1].ended if tried else None) or happening.at
    named["stack_status"] = ending.stack_status or stack_status or "unchanged"
    if snapshot.execution.is_rollback:
        why = f"rolled back to execution {snapshot.execution.rolls_back_to}"
        return TakenBack(**named, revision=snapshot.execution.revision or "not known", why=why)
    return Deployed(**named)


def as_taken_back(what: Occurrence, snapshot: Snapshot) -> Occurrence:
    """The end of a deployment as that of what it took back; anything else as it is."""
    if not isinstance(what, Deployed):
        return what
    return TakenBack(**vars(what), revision=snapshot.execution.revision or "not known", why="taken back")


def _how(ending: Ending) -> dict[str, Any]:
    """How it failed, and whether it was taken back: only what CloudFormation says makes a rollback of it."""
    if ending.end is End.ROLLED_BACK:
        return {"end": Told.ROLLED_BACK, "rolled_back": True}
    if not ending.deployed:
        return {"end": Told.NOTHING_DEPLOYED, "rolled_back": None}
    rolling = "ROLLBACK" in ending.stack_status and ending.stack_status not in COMPLETE
    return {"end": Told.ROLLED_BACK if rolling else Told.NOT_ROLLED_BACK, "rolled_back": False if rolling else None}


def _at_work(happening: Happening) -> timedelta:
    """Of `deploy-10m` ten minutes."""
    minutes = happening.what.rpartition("-")[2].removesuffix("m")
    return timedelta(minutes=int(minutes)) if minutes.isdigit() else EVERY


def _judged(deployed: Deployed, verified: Verdict | None, observed: Verdict | None) -> Iterator[Occurrence]:
    """What verification and observation have found; the first that failed is the release's failure."""
    for verdict, end in ((verified, Told.IN_VERIFICATION), (observed, Told.IN_OBSERVATION)):
        if verdict is None:
            return
        seen = Seen.of_report(verdict.report)
        if not verdict.passed:
            yield Failure(
                execution_id=deployed.execution_id,
                occasion=deployed.occasion,
                end=end,
                began=deployed.began,
                failed=verdict.at,
                stack_status=deployed.stack_status,
                reason=listing(verdict.failures[:MOST_REASONS]),
                application=application_of(seen),
            )
            return
        if end is Told.IN_VERIFICATION:
            yield Verification(deployed, seen)
        else:
            yield Observed(execution_id=deployed.execution_id, ended=verdict.at)
