"""The steps of a release in their order, each with how it stands by the facts. Pure.

A later step's fact makes earlier ones past: what was merged by hand without an announcement is gone on with from there,
and the record says what was missed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from scripts.releases.verdicts import Verdict
from scripts.running.facts import Facts
from scripts.text import listing, utc


class State(StrEnum):
    """How a step stands."""

    DONE = "done"
    MISSED = "missed"  # past, and it was not done
    SKIPPED = "not needed"
    OPEN = "to do"
    NOT_YET = "not yet"
    ELSEWHERE = "the runner's"
    FAILED = "failed"


PAST = (State.DONE, State.MISSED, State.SKIPPED)


@dataclass(frozen=True)
class Standing:
    """How a step stands, in words, and from when on that may be otherwise where it is a matter of time."""

    state: State
    told: str
    again_at: datetime | None = None


class Name(StrEnum):
    """What the steps are called."""

    ANNOUNCE = "announce"
    GATE = "gate"
    MERGE = "merge"
    WATCH = "watch"
    BACK_MERGE = "back-merge"
    VERIFY = "verify"
    COMPLETE = "complete"
    OBSERVE = "observe"
    RECORD = "record"


@dataclass(frozen=True)
class Step:
    """A step; `stands` says how it stands."""

    name: Name
    sop: str
    stands: Callable[[Facts], Standing]


def standings(facts: Facts) -> Iterator[tuple[Step, Standing]]:
    """How each step stands, in order, up to and with the one that is not past."""
    for step in STEPS:
        standing = step.stands(facts)
        yield step, standing
        if standing.state not in PAST:
            return


def _announce(facts: Facts) -> Standing:
    notice = facts.notice
    if facts.merged:
        if notice:
            return Standing(State.DONE, f"announced for {utc(notice.at)}")
        needed = State.MISSED if facts.notice_needed else State.SKIPPED
        return Standing(needed, "merged without an announcement" if facts.notice_needed else "nobody is to be told")
    if not facts.notice_needed:
        return Standing(State.SKIPPED, "nobody is to be told before")
    if notice is None:
        return Standing(State.OPEN, "not announced yet, or not this content")
    if notice.owed:
        return Standing(State.OPEN, f"announced for {utc(notice.at)}, but not by {listing(notice.owed)}")
    return Standing(State.DONE, f"announced for {utc(notice.at)}")


def _gate(facts: Facts) -> Standing:
    if facts.merged:
        state = State.DONE if facts.go else State.MISSED
        return Standing(state, f"GO at {utc(facts.go.judged_at)}" if facts.go else "merged without a GO in the ledger")
    if facts.is_go and facts.go:
        return Standing(State.DONE, f"GO at {utc(facts.go.judged_at)}")
    return Standing(State.OPEN, "to be asked right before the merge")


def _merge(facts: Facts) -> Standing:
    if facts.pull is None:
        return Standing(State.MISSED, "pushed without a pull request")
    if facts.pull.merged_at:
        return Standing(State.DONE, f"{facts.pull.merge_sha[:12]} at {utc(facts.pull.merged_at)}")
    return Standing(State.OPEN, "not merged")


def _watch(facts: Facts) -> Standing:
    execution = facts.execution
    if execution is None:
        return Standing(State.OPEN, "no execution of it yet")
    if execution.ended is None:
        return Standing(State.OPEN, f"execution {execution.id} is {execution.status}")
    told = f"execution {execution.id} ended {execution.status} at {utc(execution.ended)}"
    if facts.going_on:
        return Standing(State.OPEN, f"{told}, while CloudFormation goes on")
    if facts.untold:
        state = State.ELSEWHERE if facts.runner else State.OPEN
        return Standing(state, f"{told}; {listing(facts.untold)} still to be told")
    return Standing(State.DONE if facts.succeeded else State.FAILED, told)


def _back_merge(facts: Facts) -> Standing:
    if facts.back_merge:
        return Standing(State.DONE, facts.back_merge)
    if facts.not_brought_back:  # the next run tries again
        return Standing(State.MISSED, f"not asked for: {facts.not_brought_back}")
    return Standing(State.OPEN, "not asked for yet")


def _verify(facts: Facts) -> Standing:
    verdict = facts.verified
    if verdict is None:
        return _of_what_runs(facts, "not verified yet")
    told = f"{verdict.verdict} at {utc(verdict.at)}"
    return (
        Standing(State.DONE, told) if verdict.passed else Standing(State.FAILED, "; ".join((told, *verdict.failures)))
    )


def _complete(facts: Facts) -> Standing:
    if facts.completed:
        return Standing(State.DONE, "told")
    if facts.verified is None:
        return Standing(State.MISSED, "nobody verified it")
    return _left(facts, "not told yet")


def _observe(facts: Facts) -> Standing:
    if facts.observed:
        return _by(facts.observed)
    if not facts.overtaken and facts.observable_at and facts.now < facts.observable_at:
        return Standing(State.NOT_YET, "the hour of observation is not over", facts.observable_at)
    return _of_what_runs(facts, "not observed yet")


def _record(facts: Facts) -> Standing:
    return Standing(State.DONE, facts.recorded) if facts.recorded else _left(facts, "not recorded yet")


def _by(verdict: Verdict) -> Standing:
    told = f"{verdict.verdict} at {utc(verdict.at)}"
    return Standing(State.DONE if verdict.passed else State.FAILED, "; ".join((told, *verdict.failures)))


def _of_what_runs(facts: Facts, told: str) -> Standing:
    """A step that looks at what runs: past, once that is another's."""
    if facts.overtaken:
        return Standing(State.MISSED, f"{told}, and execution {facts.overtaken} was deployed since")
    return _left(facts, told)


def _left(facts: Facts, told: str) -> Standing:
    return Standing(State.ELSEWHERE if facts.runner else State.OPEN, told)


STEPS = (
    Step(Name.ANNOUNCE, "5.1", _announce),
    Step(Name.GATE, "3.4", _gate),
    Step(Name.MERGE, "2.2", _merge),
    Step(Name.WATCH, "4.1", _watch),
    Step(Name.BACK_MERGE, "1.3", _back_merge),
    Step(Name.VERIFY, "4.1-4.5", _verify),
    Step(Name.COMPLETE, "5.3", _complete),
    Step(Name.OBSERVE, "4.6", _observe),
    Step(Name.RECORD, "5.5", _record),
)
