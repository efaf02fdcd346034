"""The sample GitHub: one repository, its pull requests, statuses and protections, and who is told."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import TypeVar

from sandbox.configured import SAMPLE, Configured
from sandbox.github.issues import Comment, Issue
from sandbox.github.limits import Limits
from sandbox.github.merging import MergeRefusedError, blockers
from sandbox.github.people import permission_of
from sandbox.github.protection import Protection
from sandbox.github.pulls import APPROVED, DISMISSED, CommitStatus, Fork, PullRequest, Review
from sandbox.paths import PROJECT
from sandbox.repository import MergeConflictError, Repository
from sop.names import SERVICE

NODE_ID = "R_kgDOHwebInfra"  # of the repository, in GraphQL
TEMPLATE = PROJECT / "examples" / "web-infrastructure"

REPOSITORY_ID = 1
MERGE_METHODS = ("merge", "squash", "rebase")
_FORBIDDEN_METHODS = {
    "merge": "Merge commits are not allowed on this repository.",
    "squash": "Squash merges are not allowed on this repository.",
    "rebase": "Rebase merges are not allowed on this repository.",
}
_WRITERS = ("admin", "maintain", "write")

log = logging.getLogger("sandbox.github")

Told = TypeVar("Told")


@dataclass(frozen=True)
class Push:
    """A branch has a new head. `before` is empty for a new branch."""

    repository: str
    branch: str
    before: str
    after: str
    files: list[str]


@dataclass(frozen=True)
class PullRequestEvent:
    """`event` as CodeBuild names it: PULL_REQUEST_CREATED, …_UPDATED, …_REOPENED, …_MERGED, …_CLOSED."""

    repository: str
    event: str
    pull: PullRequest
    actor: str


def _made_theirs(configured: Configured) -> Callable[[Path], None]:
    """What a team that takes the sample over changes at once: owners, region, whose logs they are."""
    service = configured.leading.names.service
    theirs = {
        "CODEOWNERS": {f"@{SAMPLE.owner}/": f"@{configured.owner}/"},
        ".cfnlintrc": {SAMPLE.region: configured.region},
    }
    if service != SERVICE:
        theirs["templates/logs.yaml"] = {
            "/aws/ec2/web-server-${Environment}": f"/aws/ec2/${{Environment}}-{service}-web-server",
            "/aws/ec2/web-server,": f"/aws/ec2/prod-{service}-web-server,",
            "/aws/ec2/web-server/": f"/aws/ec2/prod-{service}-web-server/",
        }

    def change(checkout: Path) -> None:
        for path, replacements in theirs.items():
            file = checkout / path
            for sample, own in replacements.items() if file.exists() else ():
                file.write_text(file.read_text().replace(sample, own))

    return change


class GitHub:
    """Every change goes through here, so that whoever subscribed hears of it."""

    def __init__(
        self,
        path: Path,
        now: Callable[[], datetime],
        template: Path | None = None,
        configured: Configured = SAMPLE,
    ) -> None:
        self.full_name = configured.repository
        self.owner, _, self.name = self.full_name.partition("/")
        self.repository = Repository(path, now)
        self.repository.seed(template or TEMPLATE, configured.branches, _made_theirs(configured))
        self.default_branch = configured.branches[-1]
        self.pulls: dict[int, PullRequest] = {}
        self.issues: dict[int, Issue] = {}
        self.comments: dict[int, Comment] = {}
        self.protections: dict[str, Protection] = {}
        self.permissions: dict[str, str] = {}  # of people whose team does not say it
        self.merge_methods = set(MERGE_METHODS)
        self.limits = Limits(now)
        self.tries_merges = True  # GitHub takes its time to find out what merging makes
        self.id = REPOSITORY_ID
        self._forks: dict[str, Fork] = {}
        self.now = now
        self._statuses: dict[str, list[CommitStatus]] = {}
        self._numbers = count(1)
        self._ids = count(1)
        self._changing = threading.RLock()
        self._push_subscribers: list[Callable[[Push], None]] = []
        self._pull_subscribers: list[Callable[[PullRequestEvent], None]] = []

    def on_push(self, subscriber: Callable[[Push], None]) -> None:
        self._push_subscribers.append(subscriber)

    def on_pull_request(self, subscriber: Callable[[PullRequestEvent], None]) -> None:
        self._pull_subscribers.append(subscriber)

    def push(self, branch: str, sha: str, actor: str) -> None:
        """Move a branch to a commit; open pull requests from it follow."""
        with self._changing:
            before = self.repository.branches().get(branch, "")
            self.repository.set_branch(branch, sha)
            updated = [pull for pull in self.open_pulls(branch) if pull.head_sha != sha]
            for pull in updated:
                self._follow_head(pull, sha)
        files = [path for _, path in self.repository.changed_files(before, sha)] if before else []
        self._tell(self._push_subscribers, Push(self.full_name, branch, before, sha, files))
        for pull in updated:
            self._tell_pull("PULL_REQUEST_UPDATED", pull, actor)

    def open_pulls(
        self, head: str | None = None, base: str | None = None, fork: Fork | None = None
    ) -> list[PullRequest]:
        """Those from a branch of this repository, or of that fork; without a branch all of them."""
        return [
            pull
            for pull in self.pulls.values()
            if pull.state == "open"
            and (head is None or (head, fork) == (pull.head, pull.fork))
            and base in (None, pull.base)
        ]

    def fork(self, owner: str) -> Fork:
        """Somebody's fork of this repository; its branches are kept beside this one's."""
        with self._changing:
            made = Fork(self.id + 1 + len(self._forks), owner, f"{owner}/{self.full_name.partition('/')[2]}")
            return self._forks.setdefault(owner, made)

    def open_pull(
        self,
        *,
        title: str,
        head: str,
        base: str,
        author: str,
        body: str = "",
        draft: bool = False,
        fork: Fork | None = None,
    ) -> PullRequest:
        """Raises UnknownRevisionError for a branch that does not exist."""
        now = self.now()
        pull = PullRequest(
            number=next(self._numbers),
            title=title,
            body=body,
            author=author,
            head=head,
            head_sha=self.head_of(head, fork),
            fork=fork,
            base=base,
            base_sha=self.repository.resolve(f"refs/heads/{base}"),
            created=now,
            updated=now,
            draft=draft,
        )
        with self._changing:
            self.pulls[pull.number] = pull
        self._tell_pull("PULL_REQUEST_CREATED", pull, author)
        return pull

    def set_pull_state(self, pull: PullRequest, state: str, actor: str) -> None:
        """Close or reopen."""
        if pull.state == state:
            return
        pull.state = state
        pull.updated = self.now()
        pull.closed_at = pull.updated if state == "closed" else None
        if state == "open":
            pull.head_sha = self.head_of(pull.head, pull.fork)
        self._tell_pull("PULL_REQUEST_REOPENED" if state == "open" else "PULL_REQUEST_CLOSED", pull, actor)

    def push_to_fork(self, fork: Fork, branch: str, sha: str, actor: str) -> None:
        """Move a fork's branch; open pull requests from it follow. No pipeline hears of it."""
        with self._changing:
            self.repository.set_branch(branch, sha, _namespace(fork))
            updated = [pull for pull in self.open_pulls(branch, fork=fork) if pull.head_sha != sha]
            for pull in updated:
                self._follow_head(pull, sha)
        for pull in updated:
            self._tell_pull("PULL_REQUEST_UPDATED", pull, actor)

    def may_push(self, login: str) -> bool:
        return self.permission(login) in _WRITERS

    def permission(self, login: str) -> str:
        return self.permissions.get(login) or permission_of(login)

    def brought(self, pull: PullRequest, sha: str) -> bool:
        """Whether the pull request has this commit, or made it when it was merged."""
        return sha == pull.merge_sha or sha in self.repository.between(pull.base_sha, pull.head_sha)

    def review(self, pull: PullRequest, login: str, state: str, body: str, commit: str = "") -> Review:
        review = Review(next(self._ids), login, state, commit or pull.head_sha, self.now(), body)
        with self._changing:
            pull.reviews.append(review)
            pull.updated = review.submitted
        return review

    def merge(self, pull: PullRequest, actor: str, *, sha: str = "", message: str = "", method: str = "merge") -> str:
        """The merge button, with one of GitHub's three methods.

        Raises:
            MergeRefusedError: with GitHub's status and words, when protection or a conflict is in the way.
        """
        if sha and sha != pull.head_sha:
            raise MergeRefusedError(409, "Head branch was modified. Review and try the merge again.")
        if method not in self.merge_methods:
            raise MergeRefusedError(405, _FORBIDDEN_METHODS[method])
        reasons = blockers(self, pull, actor)
        if reasons:
            raise MergeRefusedError(405, " ".join(reasons))
        subject = message or f"Merge pull request #{pull.number} from {self.owner}/{pull.head}\n\n{pull.title}"
        with self._changing:
            try:
                merged = self._merged(pull, method, subject)
            except MergeConflictError as error:
                raise MergeRefusedError(405, "Pull Request is not mergeable") from error
            pull.state, pull.merge_sha, pull.merged_by = "closed", merged, actor
            pull.merged_at = pull.closed_at = pull.updated = self.now()
        self.push(pull.base, merged, actor)
        self._tell_pull("PULL_REQUEST_MERGED", pull, actor)
        return merged

    def _merged(self, pull: PullRequest, method: str, subject: str) -> str:
        base = f"refs/heads/{pull.base}"
        if method == "squash":
            return self.repository.squash(base, pull.head_sha, f"{pull.title} (#{pull.number})")
        if method == "rebase":
            return self.repository.rebase(base, pull.head_sha)
        return self.repository.merge(base, pull.head_sha, subject)

    def dismiss(self, review: Review) -> None:
        with self._changing:
            review.state = DISMISSED

    def open_issue(self, title: str, body: str, login: str, labels: list[str]) -> Issue:
        now = self.now()
        with self._changing:
            issue = Issue(next(self._numbers), title, body, login, now, now, labels)
            self.issues[issue.number] = issue
        return issue

    def comment(self, number: int, login: str, body: str) -> Comment:
        """Below an issue or a pull request."""
        with self._changing:
            comment = Comment(next(self._ids), number, login, body, self.now())
            self.comments[comment.id] = comment
        return comment

    def set_status(
        self, sha: str, context: str, state: str, *, description: str, target_url: str, creator: str
    ) -> CommitStatus:
        status = CommitStatus(next(self._ids), context, state, description, target_url, creator, self.now())
        with self._changing:
            self._statuses.setdefault(sha, []).append(status)
        return status

    def statuses(self, sha: str) -> list[CommitStatus]:
        """Every status of a commit, oldest first."""
        with self._changing:
            return list(self._statuses.get(sha, []))

    def head_of(self, branch: str, fork: Fork | None) -> str:
        return self.repository.resolve(f"{_namespace(fork)}/{branch}")

    def _follow_head(self, pull: PullRequest, sha: str) -> None:
        """GitHub dismisses what was approved where the diff is another than it was then."""
        base = f"refs/heads/{pull.base}"
        same = self.repository.own_diff(base, pull.head_sha) == self.repository.own_diff(base, sha)
        pull.head_sha = sha
        pull.updated = self.now()
        protection = self.protections.get(pull.base)
        if same:
            return
        if protection is not None and protection.reviews is not None and protection.reviews.dismiss_stale:
            for review in pull.reviews:
                if review.state == APPROVED:
                    review.state = DISMISSED

    def _tell_pull(self, event: str, pull: PullRequest, actor: str) -> None:
        self._tell(self._pull_subscribers, PullRequestEvent(self.full_name, event, pull, actor))

    def _tell(self, subscribers: list[Callable[[Told], None]], told: Told) -> None:
        for subscriber in list(subscribers):
            try:
                subscriber(told)
            except Exception:
                log.exception("a webhook was not delivered: %s", told)


def _namespace(fork: Fork | None) -> str:
    """Where the branches of a repository are kept."""
    return "refs/heads" if fork is None else f"refs/forks/{fork.owner}"
