"""Who agreed to a release, as its record tells it. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from scripts.gate.go import Go
from scripts.gate.pull_request import OPINIONS, Review
from scripts.recording.issues import When
from scripts.recording.record import Approvals

_PEOPLE = ("approvals", "operations-approval")  # checks of the gate


def of_go(go: Go, when: When) -> Approvals:
    """By the GO that it went by: who approved then, and how that was counted; nobody is asked again."""
    observed = [str(one.get("observed", "")) for one in go.report.get("checks", []) if one.get("id") in _PEOPLE]
    lines = tuple(line for one in observed for line in one.splitlines())
    return Approvals(f"the GO of {when(go.judged_at)}, which was kept", lines, kept=True)


def of_reviews(reviews: Iterable[Review], when: When) -> Approvals:
    """By everyone's latest review as GitHub shows it now, when people may have left: how it counted nobody knows.

    Args:
        reviews: oldest first.
        when: tells a moment to a person.
    """
    latest = {one.by.login: one for one in reviews if one.state in OPINIONS}
    lines = tuple(
        f"{one.by}: {one.state} {one.commit[:12]} at {when(one.at)}"
        f"{'' if one.may_push else ', who has no write access any more'}."
        for one in latest.values()
    )
    source = "the reviews as GitHub shows them now, for no GO was kept: how they were counted is not known"
    return Approvals(source, lines, kept=False)
