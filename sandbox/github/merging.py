"""Whether a pull request may be merged, in GitHub's words when it may not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from sandbox.github.people import ADMINISTRATOR, is_one_of
from sandbox.github.protection import Protection, Reviews, may, owners_of
from sandbox.github.pulls import CommitStatus, PullRequest, latest_by_context
from sandbox.repository import Repository

_CODEOWNERS_PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")


class Host(Protocol):
    """What a decision looks at."""

    protections: dict[str, Protection]
    repository: Repository

    def statuses(self, sha: str) -> list[CommitStatus]: ...

    def may_push(self, login: str) -> bool: ...


class MergeRefusedError(Exception):
    """`status` is GitHub's HTTP status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def blockers(github: Host, pull: PullRequest, actor: str) -> list[str]:
    """Everything that keeps `actor` from merging."""
    if pull.state != "open" or pull.draft:
        return ["Pull Request is not mergeable"]
    protection = github.protections.get(pull.base)
    if protection is None or (actor == ADMINISTRATOR and not protection.enforce_admins):
        return []
    return list(_blockers(github, pull, actor, protection))


def _blockers(github: Host, pull: PullRequest, actor: str, protection: Protection) -> Iterator[str]:
    if protection.switches.get("lock_branch"):
        yield "Branch is locked."
    if protection.restrictions is not None and not may(actor, protection.restrictions):
        yield "You're not authorized to push to this branch."
    if protection.reviews is not None and not may(actor, protection.reviews.bypass):
        yield from _missing_reviews(github, pull, protection.reviews)
    if protection.checks is not None:
        yield from _missing_checks(github, pull, protection.checks.contexts)
        head_of_base = github.repository.resolve(f"refs/heads/{pull.base}")
        if protection.checks.strict and not github.repository.is_ancestor(head_of_base, pull.head_sha):
            yield "Head branch is out of date. Review and try the merge again."


def _missing_reviews(github: Host, pull: PullRequest, required: Reviews) -> Iterator[str]:
    if pull.refusers():
        yield f"Changes were requested by {', '.join(pull.refusers())}."
    approvers = [login for login in pull.approvers() if github.may_push(login)]
    if len(approvers) < required.approvals:
        plural = "s are" if required.approvals > 1 else " is"
        yield f"At least {required.approvals} approving review{plural} required by reviewers with write access."
    if required.last_push_approval and not any(
        review.commit == pull.head_sha for login, review in pull.deciding_reviews().items() if login in approvers
    ):
        yield "New changes require approval from someone other than the last pusher."
    if required.code_owners and not _owners_approve(github, pull, approvers):
        yield "Waiting on code owner review."


def _owners_approve(github: Host, pull: PullRequest, approvers: list[str]) -> bool:
    """Every changed file that has owners has the approval of one of them."""
    found = (github.repository.read(f"refs/heads/{pull.base}", place) for place in _CODEOWNERS_PLACES)
    codeowners = next((content.decode() for content in found if content is not None), "")
    start = github.repository.merge_base(f"refs/heads/{pull.base}", pull.head_sha)
    return all(
        any(is_one_of(login, owners) for login in approvers)
        for _, path in github.repository.changed_files(start, pull.head_sha)
        if (owners := owners_of(codeowners, path))
    )


def _missing_checks(github: Host, pull: PullRequest, contexts: list[str]) -> Iterator[str]:
    latest = latest_by_context(github.statuses(pull.head_sha))
    for context in contexts:
        status = latest.get(context)
        if status is None:
            yield f'Required status check "{context}" is expected.'
        elif status.state != "success":
            yield f'Required status check "{context}" is {_IN_WORDS[status.state]}.'


_IN_WORDS = {"pending": "pending", "failure": "failing", "error": "failing"}
