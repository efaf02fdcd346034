"""Tells of a hotfix at once, where its gate lets it through (SOP 8.3): no day ahead, and once."""

from __future__ import annotations

from scripts import streams
from scripts.announcing.announce import Desk, announce
from scripts.announcing.planning import planned
from scripts.errors import ReleaseError
from scripts.gate.context import GateContext, Kind
from scripts.running.telling import say_owed


def told_of_emergency(context: GateContext, desk: Desk | None) -> bool:
    """Whether it told of a hotfix just now; what did not arrive, or could not be told, is said and holds nothing up."""
    if desk is None or not desk.outputs.announcements or context.kind is not Kind.HOTFIX:
        return False
    if any(one.is_of(context.pull.content) for one in context.planned):
        return False
    try:
        release, plan = planned(context, None)
        told = announce(plan, release, desk)
    except ReleaseError as problem:
        streams.say(f"Not told of the hotfix: {problem.message}")
        return False
    say_owed(told, desk)
    return True
