"""How approvals are counted: each person's latest opinion, and why it counts or does not. Pure but for the diffs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from enum import Enum

from scripts.gate.pull_request import CHANGES_REQUESTED, DISMISSED, OPINIONS, Person, Review
from scripts.results import Evidence
from scripts.text import utc


class Standing(Enum):
    """What an approval was given on, seen from the head."""

    HEAD = "on the head"
    SAME_DIFF = "the head has since only taken in the base: its own diff is the same"
    OTHER_DIFF = "the diff has changed since"
    UNKNOWN = "its commit, or the diff, is no longer to be seen"

    @property
    def holds(self) -> bool:
        return self in (Standing.HEAD, Standing.SAME_DIFF)


@dataclass(frozen=True)
class Opinion:
    """A person's latest opinion; `counts` is of an approval, `refuses` of requested changes."""

    by: Person
    review: Review
    counts: bool
    refuses: bool
    why: str

    def told(self) -> str:
        """`second-engineer: APPROVED 1a2b3c4 at … counts: on the head`."""
        verb = "counts" if self.counts else "refuses" if self.refuses else "does not count"
        head = f"{self.by}: {self.review.state} {self.review.commit[:12]} at {utc(self.review.at)}"
        return f"{head}: {verb}, {self.why}"

    def evidence(self) -> Evidence:
        return {
            "by": self.by.login,
            "state": self.review.state,
            "commit": self.review.commit,
            "at": utc(self.review.at),
            "counts": self.counts,
            "why": self.why,
        }


def opinions(reviews: Iterable[Review], author: Person, standing: Callable[[str], Standing]) -> tuple[Opinion, ...]:
    """Everyone's latest opinion.

    A comment is no opinion; a dismissed one leaves the person without: what they said before it is not said again.

    Args:
        reviews: oldest first.
        author: of the pull request, whose opinion is none.
        standing: what a commit is, seen from the head; asked for approvals that might count.
    """
    latest = {review.by.login.lower(): review for review in reviews if review.state in OPINIONS}
    return tuple(_opinion(review, author, standing) for review in latest.values())


def _opinion(review: Review, author: Person, standing: Callable[[str], Standing]) -> Opinion:
    against = {
        "the account is gone": not review.by.login,
        "a bot's": review.by.bot,
        "the author's own": same(review.by, author),
        "without write access": not review.may_push,
        "dismissed": review.state == DISMISSED,
    }
    why = next((reason for reason, applies in against.items() if applies), "")
    if why:
        return Opinion(review.by, review, counts=False, refuses=False, why=why)
    if review.state == CHANGES_REQUESTED:
        return Opinion(review.by, review, counts=False, refuses=True, why="changes are asked for")
    found = standing(review.commit)
    return Opinion(review.by, review, counts=found.holds, refuses=False, why=found.value)


def same(one: Person, other: Person) -> bool:
    """Whether they are one account: GitHub tells logins apart whatever their case."""
    return bool(one.login) and one.login.lower() == other.login.lower()


def is_among(person: Person, logins: Collection[str]) -> bool:
    return bool(person.login) and person.login.lower() in {login.lower() for login in logins}


def own_diff(patch: str) -> str | None:
    """A patch as it is compared: without the names of blobs, which the base changes, too.

    Line numbers stay: one hunk at another place is another change. None where it has what a patch does not show.
    """
    lines = patch.splitlines()
    if any(line.startswith(("Binary files ", "GIT binary patch")) for line in lines):
        return None
    return "\n".join(line for line in lines if not line.startswith("index "))
