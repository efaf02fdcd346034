"""Pull requests, their reviews, and commit statuses."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

APPROVED = "APPROVED"
CHANGES_REQUESTED = "CHANGES_REQUESTED"
COMMENTED = "COMMENTED"
DISMISSED = "DISMISSED"


@dataclass
class Review:
    id: int
    login: str
    state: str
    commit: str
    submitted: datetime
    body: str = ""


@dataclass(frozen=True)
class Fork:
    """Another repository, which somebody made of this one."""

    id: int
    owner: str
    full_name: str


@dataclass
class PullRequest:
    number: int
    title: str
    body: str
    author: str
    head: str  # branch
    head_sha: str
    base: str  # branch
    base_sha: str
    created: datetime
    updated: datetime
    state: str = "open"
    draft: bool = False
    merged_at: datetime | None = None
    merged_by: str = ""
    merge_sha: str = ""
    closed_at: datetime | None = None
    reviews: list[Review] = field(default_factory=list)
    fork: Fork | None = None  # whose branch the head is, where it is not this repository's

    def deciding_reviews(self) -> dict[str, Review]:
        """Each reviewer's latest review that approves or refuses; a comment changes nothing."""
        decided: dict[str, Review] = {}
        for review in self.reviews:
            if review.state == DISMISSED:
                continue
            if review.state != COMMENTED and review.login != self.author:
                decided[review.login] = review
        return decided

    def approvers(self) -> list[str]:
        return [login for login, review in self.deciding_reviews().items() if review.state == APPROVED]

    def refusers(self) -> list[str]:
        return [login for login, review in self.deciding_reviews().items() if review.state == CHANGES_REQUESTED]


@dataclass(frozen=True)
class CommitStatus:
    id: int
    context: str
    state: str  # error, failure, pending or success
    description: str
    target_url: str
    creator: str
    created: datetime


def latest_by_context(statuses: list[CommitStatus]) -> dict[str, CommitStatus]:
    return {status.context: status for status in statuses}


def combined_state(statuses: list[CommitStatus]) -> str:
    """GitHub's combined status: pending where there is none."""
    states = {status.state for status in latest_by_context(statuses).values()}
    if states & {"error", "failure"}:
        return "failure"
    return "success" if states == {"success"} else "pending"
