"""Carries a release on: the first step that isn't past is done, then everything is looked at anew."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from scripts.running.facts import Facts
from scripts.running.steps import PAST, Name, Standing, State, Step, standings
from scripts.text import listing

DONE, FAILED, UNDETERMINED, NOT_YET = 0, 3, 4, 5
_OFTEN = 3  # so often a step is done that stays undone


@dataclass(frozen=True)
class Ended:
    """Why it goes no further: the exit code, words with what to do, and when it may, where that is known."""

    code: int
    told: str
    again_at: datetime | None = None


# Does a step; None: on with the next.
Do = Callable[[Facts], Ended | None]


@dataclass(frozen=True)
class Hands:
    """What carries the steps out. Each may have been begun before by a run that was killed, or by somebody else.

    Attributes:
        steps: by name.
        conclude: what is to be done once a step has failed: it is told, and recorded; in words what came of that.
    """

    steps: Mapping[Name, Do]
    conclude: Callable[[Facts, Name], Ended | None]


def carry_on(read: Callable[[], Facts], hands: Hands, say: Callable[[Step, Standing], object]) -> Ended:
    """Do what is to be done, as far as that goes now.

    Args:
        read: the facts as they are now.
        hands: what carries the steps out.
        say: hears how a step stands, whenever that is news.
    """
    said: dict[Name, Standing] = {}
    done: dict[Name, int] = {}
    while True:
        facts = read()
        last: tuple[Step, Standing] | None = None
        for step, standing in standings(facts):
            if said.get(step.name) != standing:
                say(step, standing)
                said[step.name] = standing
            last = step, standing
        if last is None or last[1].state in PAST:
            return complete(facts)
        step, standing = last
        if ended := _by_standing(facts, hands, step, standing):
            return ended
        if done.setdefault(step.name, 0) >= _OFTEN:
            return Ended(UNDETERMINED, f"{step.name} was carried out, and still is {standing.told}.")
        done[step.name] += 1
        if ended := hands.steps[step.name](facts):
            return ended


def complete(facts: Facts) -> Ended:
    """All of it is done; whoever was not told is said."""
    lines = [f"{facts.release} is complete: {facts.recorded}"]
    if facts.not_brought_back:
        lines.append(f"Its back-merge is not asked for: {facts.not_brought_back}")
    if facts.owed:
        pending = f"`release announce --stack {facts.stack} --pending` tells why"
        lines.append(f"Not everybody was told: {listing(facts.owed)}. {pending}.")
    return Ended(DONE if len(lines) == 1 else UNDETERMINED, "\n".join(lines))


def _by_standing(facts: Facts, hands: Hands, step: Step, standing: Standing) -> Ended | None:
    match standing.state:
        case State.NOT_YET:
            return Ended(NOT_YET, f"{step.name}: {standing.told}.", standing.again_at)
        case State.ELSEWHERE:
            return Ended(NOT_YET, f"{step.name} is done in the cloud, by {facts.runner}: {standing.told}.")
        case State.FAILED:
            concluded = hands.conclude(facts, step.name)
            told = f"{step.name}: {standing.told}."
            return Ended(FAILED, f"{told}\n{concluded.told}" if concluded else told)
        case _:
            return None
