"""What GitHub knows of a pull request, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

APPROVED, CHANGES_REQUESTED, DISMISSED = "APPROVED", "CHANGES_REQUESTED", "DISMISSED"
OPINIONS = (APPROVED, CHANGES_REQUESTED, DISMISSED)


@dataclass(frozen=True)
class Person:
    """Who did something; `login` is empty where the account is gone."""

    login: str
    bot: bool = False

    def __str__(self) -> str:
        return f"{self.login or 'a deleted account'}{' (bot)' if self.bot else ''}"


@dataclass(frozen=True)
class Review:
    """What somebody said of the pull request when its head was `commit`; `may_push` is as it is now."""

    by: Person
    state: str
    commit: str
    at: datetime
    may_push: bool


@dataclass(frozen=True)
class Comment:
    """What somebody wrote below the pull request; `edited` is None where it is as it was written."""

    id: int
    by: Person
    body: str
    at: datetime
    edited: datetime | None
    url: str


@dataclass(frozen=True)
class Reported:
    """A status or a check on a commit, and who reported it."""

    context: str
    state: str
    by: Person
    url: str
    description: str = ""


class MergeState(StrEnum):
    """Whether GitHub can merge it; it may not have tried yet."""

    MERGEABLE = "MERGEABLE"
    CONFLICTING = "CONFLICTING"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True)
class PullRequest:
    """A pull request.

    Attributes:
        state: OPEN, CLOSED or MERGED.
        base_sha: the base branch's newest commit; of a merged one what it was merged onto.
        head_repository: whose branch the head is, `OWNER/NAME`; empty where that is gone.
        own_head: whether the head is a branch of this repository itself.
        merged_at: None where it is not merged.
        merge_sha: the commit that the merge made, or nothing.
        content: the name of the tree that merging makes, or made; empty where GitHub does not know.
        merge_commits: whether the repository takes merge commits.
    """

    number: int
    title: str
    body: str
    url: str
    author: Person
    state: str
    draft: bool
    base: str
    base_sha: str
    head: str
    head_sha: str
    head_repository: str
    own_head: bool
    mergeable: MergeState
    merged_at: datetime | None
    merge_sha: str
    content: str
    merge_commits: bool

    @property
    def merged(self) -> bool:
        return self.merged_at is not None

    @property
    def conflicts(self) -> bool:
        return self.mergeable is MergeState.CONFLICTING

    @property
    def without_content(self) -> tuple[str, str]:
        """Why it is not known what merging makes, and what to do; where `content` is empty."""
        if self.conflicts:
            return (
                f"Merging makes nothing: it conflicts with {self.base}.",
                f"Merge {self.base} into {self.head} and resolve what conflicts, in a pull request of its own where "
                f"{self.head} is protected; then again.",
            )
        return "What merging makes is not known yet.", "Run the same command again in a few seconds."


@dataclass(frozen=True)
class Incident:
    """An open issue that says that something is wrong."""

    number: int
    title: str
    url: str


@dataclass(frozen=True)
class Rival:
    """Another open pull request, as a list shows it."""

    number: int
    head: str
    head_sha: str
    url: str
