"""Merges the head that was judged, and no other (SOP 1.3)."""

from __future__ import annotations

from http import HTTPStatus

from scripts.clients.github import GitHub
from scripts.clients.github_errors import GitHubRefusedError, GitHubUnansweredError
from scripts.gate.pull_request import PullRequest
from scripts.gate.reading import read_pull_request
from scripts.running.course import FAILED, UNDETERMINED, Ended

NEEDS = "the scope repo, or of a fine-grained token Contents: write and Pull requests: write"


def merge(github: GitHub, pull: PullRequest) -> Ended | None:
    """Merge by a merge commit; None: it is merged, by whomever.

    Args:
        github: the repository.
        pull: as it was when its GO was given. GitHub merges that head only.

    Raises:
        GitHubError: GitHub does not say whether it is merged.
    """
    how = {"sha": pull.head_sha, "merge_method": "merge"}
    try:
        github.change("PUT", f"pulls/{pull.number}/merge", how, NEEDS)
    except GitHubRefusedError as refused:
        if read_pull_request(github, pull.number).merged:
            return None
        if refused.status == HTTPStatus.CONFLICT:
            told = f"#{pull.number} has another head than {pull.head_sha[:12]}, which was judged"
            return Ended(FAILED, f"{told}: nothing was merged. GitHub says: {refused.reason} Run the command again.")
        return Ended(FAILED, f"Nothing was merged. {refused.message} {refused.fix}".rstrip())
    except GitHubUnansweredError as lost:
        if read_pull_request(github, pull.number).merged:
            return None
        return Ended(UNDETERMINED, f"It is not merged yet. {lost.message} {lost.fix}".rstrip())
    return None
