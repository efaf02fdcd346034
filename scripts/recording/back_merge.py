"""Brings what went to production back into dev: a pull request, opened once, which people merge (SOP 1.3).

Nothing is kept of it but what GitHub shows: the branch and the pull request are looked for before they are made, and
again where an answer was lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from scripts.clients.github import GitHub
from scripts.clients.github_errors import GitHubNotFoundError, GitHubRefusedError, GitHubUnansweredError
from scripts.errors import ReleaseError
from scripts.gate.context import BACK_MERGE_BRANCH
from scripts.gate.reading import read_open_pulls

NEEDS = "write access, for a classic token the scope repo, for a fine-grained one Contents and Pull requests: write"
FORBIDDEN = (
    "This repository forbids merge commits, and after a squash or a rebase dev lacks main's commit still: allow them "
    "in its settings, under Pull Requests, before it is merged."
)
_MERGE_COMMITS = """query($owner: String!, $name: String!) {
  repository(owner: $owner, name: $name) { mergeCommitAllowed }
}"""
_UNPROCESSABLE = 422


class Stands(StrEnum):
    """Where the commit is."""

    CONTAINED = "dev has it"
    OPEN = "its pull request was open already"
    OPENED = "its pull request was opened"
    TO_BE_OPENED = "its pull request would be opened"


@dataclass(frozen=True)
class BackMerge:
    """How a release's back-merge stands: open is done, for people merge it. `remark` says what is in its way."""

    stands: Stands
    branch: str
    url: str = ""
    remark: str = ""


class BackMergeRefusedError(ReleaseError):
    """People have done something else with it, which they have to settle."""

    exit_code = 3


def back_merge(github: GitHub, release: str, commit: str, dev: str, *, dry_run: bool = False) -> BackMerge:
    """Have a pull request into dev with that commit of main, unless dev has it.

    Args:
        github: the repository.
        release: the release's id, `pr-12`.
        commit: what was deployed.
        dev: the branch that it is brought back into.
        dry_run: make nothing.

    Raises:
        BackMergeRefusedError: people closed the pull request, merged it otherwise, or use the branch for other things.
        GitHubError: it cannot be told, or the token may not.
    """
    return _Making(github, release, commit, dev).stands(dry_run=dry_run)


@dataclass(frozen=True)
class _Making:
    github: GitHub
    release: str
    commit: str
    dev: str

    @property
    def branch(self) -> str:
        return f"{BACK_MERGE_BRANCH}{self.release}"

    def stands(self, *, dry_run: bool) -> BackMerge:
        if self._in(self.dev):
            return BackMerge(Stands.CONTAINED, self.branch)
        if (url := self._open()) is not None:
            return BackMerge(Stands.OPEN, self.branch, url, self._remark())
        self._refuse_settled()
        if dry_run:
            return BackMerge(Stands.TO_BE_OPENED, self.branch, remark=self._remark())
        self._make_branch()
        return self._make_pull()

    def _make_branch(self) -> None:
        try:
            self.github.change("POST", "git/refs", {"ref": f"refs/heads/{self.branch}", "sha": self.commit}, NEEDS)
        except (GitHubRefusedError, GitHubUnansweredError) as problem:
            if isinstance(problem, GitHubRefusedError) and problem.status != _UNPROCESSABLE:
                raise
            try:
                there = self.github.head(self.branch)
            except GitHubNotFoundError:
                raise problem from None
            if not self._in(there.sha):
                raise BackMergeRefusedError(
                    f"The branch {self.branch} is at {there.sha[:12]}, without {self.commit[:12]}, which was deployed.",
                    f"Delete it where it is of no use any more: `git push origin --delete {self.branch}`.",
                ) from None

    def _make_pull(self) -> BackMerge:
        asked = {"title": self._title, "body": self._body, "head": self.branch, "base": self.dev}
        try:
            answer = self.github.change("POST", "pulls", asked, NEEDS)
        except (GitHubRefusedError, GitHubUnansweredError) as problem:
            if isinstance(problem, GitHubRefusedError) and problem.status != _UNPROCESSABLE:
                raise
            if (url := self._open()) is not None:  # somebody was quicker, or the answer was lost
                return BackMerge(Stands.OPENED, self.branch, url, self._remark())
            if self._in(self.dev):
                return BackMerge(Stands.CONTAINED, self.branch)
            raise
        url = answer.get("html_url", "") if isinstance(answer, dict) else ""
        return BackMerge(Stands.OPENED, self.branch, str(url), self._remark())

    @property
    def _title(self) -> str:
        return f"Back-merge of {self.release.replace('pr-', '#', 1)} into {self.dev}"

    @property
    def _body(self) -> str:
        what = self.release.replace("pr-", "#", 1)
        return (
            f"What went to production with {what}, back into `{self.dev}` (SOP 1.3): without it the next release would "
            "take it back, and its gate is NO-GO.\n\n"
            "Merge it by a **merge commit**: after a squash or a rebase the commit itself is still missing."
        )

    def _in(self, where: str) -> bool:
        """Whether a branch, or a commit, has the commit."""
        return self.github.compare(where, self.commit).ahead == 0

    def _open(self) -> str | None:
        """The address of an open pull request into dev that brings the commit; a later release's brings it, too."""
        for one in read_open_pulls(self.github, self.dev):
            if one.head.startswith(BACK_MERGE_BRANCH) and self._in(one.head_sha):
                return one.url
        return None

    def _refuse_settled(self) -> None:
        """What people have decided about it is theirs to undo."""
        owner = self.github.repository.partition("/")[0]
        found: list[dict[str, Any]] = self.github.get(f"pulls?state=closed&head={owner}:{self.branch}&base={self.dev}")
        for one in found:
            url, merged = one.get("html_url", ""), one.get("merged_at")
            if merged:
                raise BackMergeRefusedError(
                    f"{url} was merged, but {self.dev} lacks {self.commit[:12]} still: it was squashed or rebased.",
                    f"Merge main into {self.dev} once more, by a merge commit, from another branch.",
                )
            raise BackMergeRefusedError(f"{url} was closed without being merged.", f"Reopen and merge it: {url}")

    def _remark(self) -> str:
        allowed = self.github.query(_MERGE_COMMITS)["repository"]["mergeCommitAllowed"]
        return "" if allowed else FORBIDDEN
