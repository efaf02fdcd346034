"""What a review cannot say is a comment that names what it approves: `/approve WHAT OBJECT`. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from scripts.gate.approvals import is_among, same
from scripts.gate.pull_request import Comment, Person
from scripts.results import Evidence
from scripts.text import utc

COMMAND = "/approve"
SHORTEST_SHA = 12


class What(StrEnum):
    """What a comment can approve, and so what its object is."""

    OVERRIDE = "override"  # a pipeline execution
    ROLLBACK = "rollback"  # a pipeline execution
    CARRY = "carry"  # a commit
    HOTFIX = "hotfix"  # one of sop.review.Criterion


@dataclass(frozen=True)
class Wanted:
    """What a comment must say to count.

    Attributes:
        what: what is to be approved.
        objects: any of these names it; a commit also by its beginning.
        team: the logins of those who may.
        asked_by: who asks for it, and so may not.
        used: the ids of comments that have approved something already.
    """

    what: What
    objects: tuple[str, ...]
    team: Collection[str]
    asked_by: Person
    used: Collection[int] = ()

    @property
    def line(self) -> str:
        """To be pasted."""
        return line(self.what, self.objects[0])


@dataclass(frozen=True)
class Judged:
    """A comment that approves such a thing, or would: `why` it does not count is empty where it does."""

    comment: Comment
    object: str
    why: str

    @property
    def counts(self) -> bool:
        return not self.why

    def told(self) -> str:
        verb = "counts" if self.counts else f"does not count: {self.why}"
        return f"{self.comment.by}'s comment at {utc(self.comment.at)} {verb}"

    def evidence(self) -> Evidence:
        one = self.comment
        said = {"id": one.id, "by": one.by.login, "at": utc(one.at), "url": one.url, "object": self.object}
        return {**said, "counts": self.counts, "why": self.why}


def line(what: What, named: str) -> str:
    """`/approve hotfix outage`."""
    return f"{COMMAND} {what} {named}"


def judged(comments: Iterable[Comment], wanted: Wanted) -> tuple[Judged, ...]:
    """Every comment that says `/approve` to such a thing, each with why it does not count."""
    return tuple(_judged(comments, wanted))


def _judged(comments: Iterable[Comment], wanted: Wanted) -> Iterator[Judged]:
    for comment in comments:
        first = comment.body.splitlines()[0].split() if comment.body.strip() else []
        if first[:2] == [COMMAND, wanted.what]:
            named = " ".join(first[2:])
            yield Judged(comment, named, _against(comment, named, wanted))


def _against(comment: Comment, named: str, wanted: Wanted) -> str:
    against = {
        f"it names {named or 'nothing'}": not any(_names(named, one) for one in wanted.objects),
        "it was edited": comment.edited is not None,
        "no person's": comment.by.bot or not comment.by.login,
        "by the one who asks": same(comment.by, wanted.asked_by),
        "not by one of those who may approve it": not is_among(comment.by, wanted.team),
        "it was used already": comment.id in wanted.used,
    }
    return next((reason for reason, applies in against.items() if applies), "")


def _names(said: str, wanted: str) -> bool:
    return said == wanted or (len(said) >= SHORTEST_SHA and len(wanted) == 40 and wanted.startswith(said))  # noqa: PLR2004
