"""The commit status `Release gate`: what the gate says of a pull request, where people look. Advice, and no more.

Who can write to the repository can set any status, and one that depends on the clock is stale by the next minute: so
nothing is decided by it, and branch protection does not ask for it. It is changed only when it says something else.
"""

from __future__ import annotations

from dataclasses import dataclass

from scripts.clients.github import GitHub
from scripts.gate.reading import read_reported
from scripts.results import Report, Result, Status
from scripts.text import listing

CONTEXT = "Release gate"
LONGEST = 140  # characters of a status' description
NEEDS = "the scope repo:status, or of a fine-grained token the permission Commit statuses: write"


@dataclass(frozen=True)
class Advice:
    """A state of GitHub's (success, pending, failure, error), and its words."""

    state: str
    text: str

    @classmethod
    def of(cls, report: Report) -> Advice:
        """What a gate's report says; no times, which would make it another every minute."""
        wrong = [one for one in report.checks if one.status not in (Status.PASS, Status.SKIPPED)]
        if report.verdict is Status.PASS:
            return cls("success", "GO, as things stand; the keeper asks again before Deploy")
        if report.verdict is not Status.FAIL:
            return cls("error", _short("Undetermined", wrong))
        failing = [one for one in wrong if one.status is Status.FAIL]
        if all(one.again_at for one in failing):
            return cls("pending", _short("Not yet", failing))
        return cls("failure", _short("NO-GO", failing))


def give(github: GitHub, commit: str, advice: Advice) -> bool:
    """Set the status on a commit, if it says something else there; whether it did.

    Raises:
        GitHubError: it cannot be read, or not be set.
    """
    told = next((one for one in read_reported(github, commit) if one.context == CONTEXT), None)
    if told and (told.state.lower(), told.description) == (advice.state, advice.text):
        return False
    status = {"state": advice.state, "context": CONTEXT, "description": advice.text}
    github.change("POST", f"statuses/{commit}", status, NEEDS)
    return True


def _short(verdict: str, wrong: list[Result]) -> str:
    whole = f"{verdict}: {listing([one.id for one in wrong])}"
    return whole if len(whole) <= LONGEST else f"{whole[: LONGEST - 1]}…"
