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
from sandbox.github.merging import MergeRefusedError, blockers
from sandbox.github.protection import Protection
from sandbox.github.pulls import APPROVED, DISMISSED, CommitStatus, PullRequest, Review
from sandbox.paths import PROJECT
from sandbox.repository import MergeConflictError, Repository
from sop.names import SERVICE

NODE_ID = "R_kgDOHwebInfra"  # of the repository, in GraphQL
TEMPLATE = PROJECT / "examples" / "web-infrastructure"

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

    def open_pulls(self, head: str | None = None, base: str | None = None) -> list[PullRequest]:
        return [
            pull
            for pull in self.pulls.values()
            if pull.state == "open" and head in (None, pull.head) and base in (None, pull.base)
        ]

    def open_pull(
        self, *, title: str, head: str, base: str, author: str, body: str = "", draft: bool = False
    ) -> PullRequest:
        """Raises UnknownRevisionError for a branch that does not exist."""
        now = self.now()
        pull = PullRequest(
            number=next(self._numbers),
            title=title,
            body=body,
            author=author,
            head=head,
            head_sha=self.repository.resolve(f"refs/heads/{head}"),
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
            pull.head_sha = self.repository.resolve(f"refs/heads/{pull.head}")
        self._tell_pull("PULL_REQUEST_REOPENED" if state == "open" else "PULL_REQUEST_CLOSED", pull, actor)

    def review(self, pull: PullRequest, login: str, state: str, body: str, commit: str = "") -> Review:
        review = Review(next(self._ids), login, state, commit or pull.head_sha, self.now(), body)
        with self._changing:
            pull.reviews.append(review)
            pull.updated = review.submitted
        return review

    def merge(self, pull: PullRequest, actor: str, *, sha: str = "", message: str = "") -> str:
        """The merge button.

        Raises:
            MergeRefusedError: with GitHub's status and words, when protection or a conflict is in the way.
        """
        if sha and sha != pull.head_sha:
            raise MergeRefusedError(409, "Head branch was modified. Review and try the merge again.")
        reasons = blockers(self, pull, actor)
        if reasons:
            raise MergeRefusedError(405, " ".join(reasons))
        subject = message or f"Merge pull request #{pull.number} from {self.owner}/{pull.head}\n\n{pull.title}"
        with self._changing:
            try:
                merged = self.repository.merge(f"refs/heads/{pull.base}", pull.head_sha, subject)
            except MergeConflictError as error:
                raise MergeRefusedError(405, "Pull Request is not mergeable") from error
            pull.state, pull.merge_sha, pull.merged_by = "closed", merged, actor
            pull.merged_at = pull.closed_at = pull.updated = self.now()
        self.push(pull.base, merged, actor)
        self._tell_pull("PULL_REQUEST_MERGED", pull, actor)
        return merged

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

    def _follow_head(self, pull: PullRequest, sha: str) -> None:
        pull.head_sha = sha
        pull.updated = self.now()
        protection = self.protections.get(pull.base)
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
