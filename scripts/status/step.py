"""What comes next, and the command for it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from scripts.releases.identity import number_of
from scripts.status.standing import Back, Runs, Standing, Times, Unknown
from scripts.watching.ends import DONE, End

CARRIED = ("release", "hotfix")  # the kinds that `release run` carries through
RECENT = timedelta(hours=24)  # after which nobody verifies or observes a deployment any more


@dataclass(frozen=True)
class Step:
    """What is to be done, and how; `command` is empty where people decide, or only time is missing."""

    told: str
    command: str = ""


def next_step(standing: Standing) -> Step:
    """The first thing that is to be done.

    What is not known keeps everything after it from being proposed.
    """
    for find in (_under_way, _failed, _judge, _back, _propose):
        if step := find(standing):
            return step
    return Step("Nothing waits. A merge into the branch starts the next release.")


def _under_way(standing: Standing) -> Step | None:
    if isinstance(standing.courses, Unknown):
        return Step("What is under way is not known: look again.", f"release status --stack {standing.stack}")
    going = [one for one in standing.courses if one.ending is None]
    if not going:
        return None
    watch = f"release watch --stack {standing.stack} --execution-id {going[0].execution.id}"
    return Step(f"{'Wait' if going[0].waits else 'Watch it'}: {going[0].doing}.", watch)


def _failed(standing: Standing) -> Step | None:
    """The newest execution ended, and not well."""
    newest = None if isinstance(standing.courses, Unknown) else next(iter(standing.courses), None)
    if newest is None or newest.ending is None or newest.ending.code == DONE:
        return None
    ending, stack = newest.ending, standing.stack
    if ending.end in (End.STOPPED, End.CANCELLED):
        return Step(f"{ending.text}.", f"release start --stack {stack} --reason rerun-failed")
    if ending.end in (End.FAILED, End.ROLLED_BACK):
        report = f"release verify --stack {stack} --execution-id {newest.execution.id}"
        return Step("The newest execution failed: correct the cause on a branch, and merge.", report)
    return Step(f"{ending.text}.", f"release verify --stack {stack}")


def _judge(standing: Standing) -> Step | None:
    """What runs is new, and nobody has found for good that it is well."""
    runs = standing.runs
    if isinstance(runs, Unknown):
        return Step("What runs is not known: look again.", f"release status --stack {standing.stack}")
    if runs.since is None or standing.at - runs.since > RECENT:
        return None
    named = f"--stack {standing.stack} --execution-id {runs.deployed.execution_id}"
    number = number_of(runs.release)
    carry = f"release run --stack {standing.stack} --pr {number}" if number else ""  # it notes what it finds
    if not runs.verified:
        return Step("What runs is not verified yet.", carry or f"release verify {named} --wait")
    if not runs.observed:
        return Step("What runs is not observed yet.", carry or f"release observe {named}")
    return None


def _back(standing: Standing) -> Step | None:
    back = standing.back
    if not isinstance(back, Back) or not back.lacking:
        return None
    if back.url:
        return Step(f"Merge the back-merge, by a merge commit: {back.url}")
    runs = standing.runs
    number = number_of(runs.release) if isinstance(runs, Runs) else None
    command = f"release back-merge --stack {standing.stack} --pr {number}" if number else ""
    return Step(
        f"dev lacks {back.lacking} of what production has: without a back-merge the next gate is NO-GO.", command
    )


def _propose(standing: Standing) -> Step | None:
    if isinstance(standing.pulls, Unknown):
        return Step("What is proposed is not known: look again.", f"release status --stack {standing.stack}")
    if not standing.pulls:
        return None
    first, *others = standing.pulls
    command = f"release gate --stack {standing.stack} --pr {first.number}"
    if others:
        return Step(f"{1 + len(others)} pull requests are open: the gate says of each whether it may go.", command)
    when = "" if isinstance(standing.times, Times) and standing.times.is_open else "; releases are closed just now"
    if first.kind not in CARRIED:
        return Step(f"Ask the gate whether #{first.number} may go{when}.", command)
    carry = f"release run --stack {standing.stack} --pr {first.number}"
    return Step(f"Carry #{first.number} on: announced, judged, merged, as far as it may go now{when}.", carry)
