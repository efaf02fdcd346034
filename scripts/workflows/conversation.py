"""One comment on a pull request, and one issue, that this project keeps up to date."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import requests
from github import Auth, Github, GithubException, GithubRetry
from github.Issue import Issue
from github.IssueComment import IssueComment

from scripts.errors import UndeterminedError
from scripts.workflows.runner import Runner

TIMEOUT = 20  # seconds for an answer
LONGEST_WAIT = 120  # seconds for a rate limit; a job that waits longer helps nobody
ATTEMPTS = 4


class Conversation:
    """What this project says in its repository, by the job's own token."""

    def __init__(self, runner: Runner) -> None:
        retry = GithubRetry(total=ATTEMPTS, max_rate_limit_wait=LONGEST_WAIT)
        github = Github(auth=Auth.Token(runner.token), base_url=runner.api, timeout=TIMEOUT, retry=retry, lazy=True)
        self._repository = github.get_repo(runner.repository)

    def comment(self, number: int, mark: str, text: str) -> None:
        """Write the comment that begins with `mark` anew, or for the first time.

        A comment with that beginning that a person wrote is not ours: it is left as it is.

        Raises:
            UndeterminedError: GitHub did not take it.
        """
        with _asking("comment on the pull request", "pull-requests: write"):
            pull = self._repository.get_issue(number)
            ours = next((one for one in pull.get_comments() if _is_ours(one, mark)), None)
            if ours is None:
                pull.create_comment(text)
            else:
                ours.edit(text)

    def report(self, label: str, title: str, text: str) -> str:
        """Open an issue with that label and title, or write the open one anew; its address.

        Raises:
            UndeterminedError: GitHub did not take it.
        """
        with _asking("open an issue", "issues: write"):
            ours = self._issue(label, title)
            if ours is None:
                return self._repository.create_issue(title, text, labels=[label]).html_url
            ours.edit(body=text)
            return ours.html_url

    def settle(self, label: str, title: str, text: str) -> bool:
        """Close the issue with that label and title with a comment; whether there was one.

        Raises:
            UndeterminedError: GitHub did not take it.
        """
        with _asking("close the issue", "issues: write"):
            ours = self._issue(label, title)
            if ours is None:
                return False
            ours.create_comment(text)
            ours.edit(state="closed")
            return True

    def _issue(self, label: str, title: str) -> Issue | None:
        found = self._repository.get_issues(state="open", labels=[label])
        return next((one for one in found if one.title == title and one.pull_request is None), None)


def _is_ours(comment: IssueComment, mark: str) -> bool:
    return comment.user.type == "Bot" and comment.body.startswith(mark)


@contextmanager
def _asking(what: str, permission: str) -> Iterator[None]:
    try:
        yield
    except GithubException as problem:
        said = problem.data.get("message", "") if isinstance(problem.data, dict) else ""
        raise UndeterminedError(
            f"GitHub did not let this job {what}: HTTP {problem.status} {said or problem.message or ''}".rstrip(),
            f"Give the job the permission `{permission}`.",
        ) from problem
    except (requests.RequestException, ValueError) as problem:
        raise UndeterminedError(f"GitHub could not be asked to {what}: {problem}", "Run the job again.") from problem
