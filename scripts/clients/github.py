"""GitHub, read only: where a branch is, and what changed between two commits.

With GITHUB_TOKEN where it is set, else as everybody may read; at GITHUB_BASE_URL, as Pulumi's provider has it, else at
github.com. Over the HTTP that botocore brings along: a library of its own would take longer to import than to ask.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlsplit

from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError
from botocore.httpsession import URLLib3Session
from botocore.utils import get_environ_proxies

from scripts.errors import UndeterminedError

PUBLIC = "https://api.github.com/"
VERSION = "2022-11-28"  # of the REST API
TIMEOUT = (2, 5)  # seconds to connect, to answer
MOST_FILES = 300  # more changed files than these a comparison leaves out


class GitHubError(UndeterminedError):
    """GitHub could not be asked, or its answer is none."""


@dataclass(frozen=True)
class Commit:
    """A commit and when it was made."""

    sha: str
    at: datetime


class GitHub:
    """One repository."""

    def __init__(self, repository: str, *, token: str = "", base_url: str = "") -> None:
        self.repository = repository
        self._token = token
        self._base = _api(base_url or PUBLIC)

    @classmethod
    def of_environment(cls, repository: str) -> GitHub:
        """With the token and the address that the environment has."""
        return cls(
            repository,
            token=os.environ.get("GITHUB_TOKEN", ""),
            base_url=os.environ.get("GITHUB_BASE_URL", ""),
        )

    def head(self, branch: str) -> Commit:
        """The newest commit of a branch.

        Raises:
            GitHubError: it cannot be told; the message says why.
        """
        answer = self._get(f"branches/{quote(branch, safe='/')}")
        try:
            commit = answer["commit"]
            return Commit(commit["sha"], datetime.fromisoformat(commit["commit"]["committer"]["date"]))
        except (KeyError, TypeError, ValueError):
            raise self._strange() from None

    def changed_files(self, base: str, head: str) -> list[str] | None:
        """The files that `head` has otherwise than the commit `base`; None if there are too many to be told.

        Raises:
            GitHubError: it cannot be told, or `head` does not come after `base`; the message says why.
        """
        answer = self._get(f"compare/{base}...{head}")
        try:
            status, files = answer["status"], [str(one["filename"]) for one in answer["files"]]
        except (KeyError, TypeError):
            raise self._strange() from None
        if status not in ("ahead", "identical"):
            raise GitHubError(f"{head[:12]} does not come after {base[:12]}: GitHub calls it {status}.")
        return files if len(files) < MOST_FILES else None

    @cached_property
    def _session(self) -> URLLib3Session:
        # wider than its stubs say: a file of authorities, and one time to connect and one to answer
        settings: dict[str, Any] = {"verify": os.environ.get("SSL_CERT_FILE") or True, "timeout": TIMEOUT}
        return URLLib3Session(proxies=get_environ_proxies(self._base), **settings)

    def _get(self, path: str) -> Any:
        headers = {
            "Accept": "application/vnd.github+json",
            "User-Agent": "release",
            "X-GitHub-Api-Version": "2022-11-28",
        }
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        url = f"{self._base}repos/{self.repository}/{path}"
        try:
            answer = self._session.send(AWSRequest(method="GET", url=url, headers=headers).prepare())
            status, content = answer.status_code, answer.content
        except (BotoCoreError, ValueError) as problem:
            raise GitHubError(f"GitHub cannot be reached: {' '.join(str(problem).split())}") from problem
        if status != HTTPStatus.OK:
            raise GitHubError(self._refusal(status))
        try:
            return json.loads(content)
        except ValueError:
            raise self._strange() from None

    def _refusal(self, status: int) -> str:
        if status == HTTPStatus.UNAUTHORIZED:
            return "GitHub does not accept GITHUB_TOKEN."
        if status == HTTPStatus.NOT_FOUND and not self._token:
            return f"GitHub shows {self.repository} to nobody without GITHUB_TOKEN."
        if status == HTTPStatus.NOT_FOUND:
            return f"GitHub shows GITHUB_TOKEN's owner no {self.repository}, or not what is looked for in it."
        if status in (HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS):
            limit = "" if self._token else "; with GITHUB_TOKEN it allows more"
            return f"GitHub refuses to answer (HTTP {status}): too many questions, or too few permissions{limit}."
        return f"GitHub answered with HTTP {status}."

    def _strange(self) -> GitHubError:
        return GitHubError(f"What answered for {urlsplit(self._base).hostname} was not GitHub.")


def _api(base_url: str) -> str:
    """The root of the REST API, with a slash; an Enterprise server has it below api/v3."""
    root = base_url.rstrip("/") + "/"
    parts = urlsplit(root)
    return f"{root}api/v3/" if parts.path == "/" and parts.hostname != urlsplit(PUBLIC).hostname else root
