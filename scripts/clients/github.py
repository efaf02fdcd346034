"""GitHub: one client for those who look at a branch, at a whole pull request, and for the few who change something.

With GITHUB_TOKEN where it is set, else as everybody may read; at GITHUB_BASE_URL, as Pulumi's provider has it, else at
github.com. Over the HTTP that botocore brings along: a library of its own would take longer to import than to ask. What
REST has in ten answers GraphQL has in one, and only GraphQL knows whether a comment was edited.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from http import HTTPStatus
from itertools import count
from typing import Any
from urllib.parse import quote, urlsplit

from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError
from botocore.httpsession import URLLib3Session
from botocore.utils import get_environ_proxies

from scripts.clients.github_errors import (
    LIMITED,
    GitHubError,
    GitHubNotFoundError,
    GitHubUnansweredError,
    Refusals,
)

PUBLIC = "https://api.github.com/"
VERSION = "2022-11-28"  # of the REST API
TIMEOUT = (2, 10)  # seconds to connect, to answer
MOST_FILES = 300  # more changed files than these a comparison leaves out
JSON, DIFF = "application/vnd.github+json", "application/vnd.github.diff"
# Answers that another try may mend, and how long to wait for it at most.
PASSING = (HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT)
TRIES = 3
LONGEST_WAIT = 10  # seconds; a rate limit that lasts longer is told
PAGE = 100
COMMIT = re.compile(r"[0-9a-f]{40}")

sleep = time.sleep


@dataclass(frozen=True)
class Commit:
    """A commit and when it was made."""

    sha: str
    at: datetime


@dataclass(frozen=True)
class Compared:
    """How a head lies to its base: what it has more, what it lacks, and the first hundred commits that it has more."""

    ahead: int
    behind: int
    commits: tuple[tuple[str, str], ...]  # name and first line


class GitHub:
    """One repository."""

    def __init__(self, repository: str, *, token: str = "", base_url: str = "") -> None:
        self.repository = repository
        self._token = token
        self._base = _api(base_url or PUBLIC)
        self._words = Refusals(repository, has_token=bool(token))

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
            raise self.strange() from None

    def changed_files(self, base: str, head: str) -> list[str] | None:
        """The files that `head` has otherwise than the commit `base`; None if there are too many to be told.

        Raises:
            GitHubError: it cannot be told, or `head` does not come after `base`; the message says why.
        """
        answer = self._get(f"compare/{base}...{head}")
        try:
            status, files = answer["status"], [str(one["filename"]) for one in answer["files"]]
        except (KeyError, TypeError):
            raise self.strange() from None
        if status not in ("ahead", "identical"):
            raise GitHubError(f"{head[:12]} does not come after {base[:12]}: GitHub calls it {status}.")
        return files if len(files) < MOST_FILES else None

    def compare(self, base: str, head: str) -> Compared:
        """How two commits, or branches, lie to each other.

        Raises:
            GitHubError: it cannot be told; the message says why.
        """
        answer = self._get(f"compare/{quote(base, safe='/')}...{quote(head, safe='/')}?per_page={PAGE}")
        try:
            commits = tuple(
                (str(one["sha"]), str(one["commit"]["message"]).partition("\n")[0]) for one in answer["commits"]
            )
            return Compared(int(answer["ahead_by"]), int(answer["behind_by"]), commits)
        except (KeyError, TypeError, ValueError):
            raise self.strange() from None

    def get(self, path: str) -> Any:
        """What REST has at that path below the repository, `pulls/12/commits` say.

        Raises:
            GitHubError: it cannot be told; the message says why.
        """
        return self._get(path)

    def trees(self, commits: Iterable[str]) -> dict[str, str]:
        """What each of the commits contains: the name of its tree; a commit that is not there is left out.

        Raises:
            GitHubError: it cannot be told; the message says why.
        """
        found: dict[str, str] = {}
        wanted = sorted({sha for sha in commits if COMMIT.fullmatch(sha)})
        for first in range(0, len(wanted), PAGE):
            some = wanted[first : first + PAGE]
            asked = " ".join(f'c{sha}: object(oid: "{sha}") {{ ... on Commit {{ tree {{ oid }} }} }}' for sha in some)
            query = "query($owner: String!, $name: String!) { repository(owner: $owner, name: $name) {%s} }"
            answer = self.query(query % asked)["repository"]
            try:
                found |= {sha: answer[f"c{sha}"]["tree"]["oid"] for sha in some if answer[f"c{sha}"]}
            except (KeyError, TypeError):
                raise self.strange() from None
        return found

    def diff(self, base: str, head: str) -> str | None:
        """What `head` changed since it left `base`, as a patch; None if there is too much to be told.

        Raises:
            GitHubError: it cannot be told; the message says why.
        """
        status, headers, content = self._send("GET", self._of_repository(f"compare/{base}...{head}"), accept=DIFF)
        if status == HTTPStatus.NOT_ACCEPTABLE:
            return None
        self._expect(status, headers)
        return content.decode(errors="replace")

    def change(self, method: str, path: str, body: Mapping[str, Any], needs: str = "") -> Any:
        """Ask GitHub to change something, once; its answer.

        Args:
            method: POST, PUT, PATCH or DELETE.
            path: below the repository, `pulls/12/merge` say.
            body: what is sent, as JSON.
            needs: what a token needs for it, for the message.

        Raises:
            GitHubRefusedError: nothing was changed.
            GitHubUnansweredError: nobody knows whether it was: look before asking again.
        """
        try:
            sent = self._send(method, self._of_repository(path), body=json.dumps(body), passing=())
        except GitHubError as problem:
            raise GitHubUnansweredError(problem.message, problem.fix) from problem
        status, headers, content = sent
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise GitHubUnansweredError(f"GitHub answered {method} {path} with HTTP {status}.")
        if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            try:
                return self._json(content) if content else None
            except GitHubError as problem:
                raise GitHubUnansweredError(problem.message) from problem
        raise self._words.refused(status, headers, content, needs)

    def query(self, query: str, needs: str = "", **variables: Any) -> Mapping[str, Any]:
        """The data that a GraphQL query asks for; `$owner` and `$name` are the repository's.

        Args:
            query: in GraphQL.
            needs: what a token needs to see it, where that is more than the repository.
            variables: the query's others.

        Raises:
            GitHubNotFoundError: something that it asks for is not there, or not shown.
            GitHubError: it cannot be told, some of it neither; the message says why.
        """
        owner, _, name = self.repository.partition("/")
        asked = json.dumps({"query": query, "variables": {"owner": owner, "name": name, **variables}})
        status, headers, content = self._send("POST", self._graphql, body=asked)
        self._expect(status, headers)
        answer = self._json(content)
        errors = answer.get("errors") if isinstance(answer, dict) else None
        if errors:
            raise self._words.of_graphql(errors, headers, needs)
        if not isinstance(answer, dict) or not isinstance(answer.get("data"), dict):
            raise self.strange()
        return answer["data"]

    def pages(self, query: str, *path: str, needs: str = "", **variables: Any) -> Iterator[Mapping[str, Any]]:
        """The nodes of a connection, page by page; the query takes `$after`, `path` leads to the connection.

        Raises:
            GitHubError: as `query`; also where nothing is on the path.
        """
        after: str | None = None
        while True:
            found: Any = self.query(query, needs, after=after, **variables)
            try:
                for key in path:
                    found = found[key]
                nodes, info = found["nodes"], found["pageInfo"]
                more, after = info["hasNextPage"], info["endCursor"]
            except (KeyError, TypeError):
                raise GitHubNotFoundError(f"GitHub shows no {'.'.join(path)} of {self.repository}.", needs) from None
            yield from (node for node in nodes if node is not None)
            if not more:
                return

    @cached_property
    def _session(self) -> URLLib3Session:
        # wider than its stubs say: a file of authorities, and one time to connect and one to answer
        settings: dict[str, Any] = {"verify": os.environ.get("SSL_CERT_FILE") or True, "timeout": TIMEOUT}
        return URLLib3Session(proxies=get_environ_proxies(self._base), **settings)

    @property
    def _graphql(self) -> str:
        """An Enterprise server has it beside api/v3."""
        return f"{self._base.removesuffix('v3/')}graphql"

    def _of_repository(self, path: str) -> str:
        return f"{self._base}repos/{self.repository}/{path}"

    def _get(self, path: str) -> Any:
        status, headers, content = self._send("GET", self._of_repository(path))
        self._expect(status, headers)
        return self._json(content)

    def _json(self, content: bytes) -> Any:
        try:
            return json.loads(content)
        except ValueError:
            raise self.strange() from None

    def _send(
        self,
        method: str,
        url: str,
        *,
        accept: str = JSON,
        body: str | None = None,
        passing: Collection[int] = PASSING,
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Status, headers and content; asked again where that may help, and does not take long.

        `passing` are the answers after which it may be asked again although it may have been carried out.
        """
        headers = {"Accept": accept, "User-Agent": "release", "X-GitHub-Api-Version": VERSION}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        if body is not None:
            headers["Content-Type"] = "application/json"
        for tries in count(1):
            status, told, content = self._exchange(method, url, headers, body)
            wait = _wait(status, told, passing)
            if wait is None or tries == TRIES:
                return status, told, content
            sleep(wait)
        raise AssertionError

    def _exchange(
        self, method: str, url: str, headers: Mapping[str, str], body: str | None
    ) -> tuple[int, Mapping[str, str], bytes]:
        try:
            request = AWSRequest(method=method, url=url, headers=headers, data=body).prepare()
            answer = self._session.send(request)
            return answer.status_code, answer.headers, answer.content
        except (BotoCoreError, ValueError) as problem:
            raise GitHubError(f"GitHub cannot be reached: {' '.join(str(problem).split())}") from problem

    def _expect(self, status: int, headers: Mapping[str, str]) -> None:
        """Raises GitHubError where the answer is a refusal."""
        if status == HTTPStatus.OK:
            return
        if status in LIMITED and headers.get("x-ratelimit-remaining") == "0":
            raise GitHubError(*self._words.used_up(headers))
        kind = GitHubNotFoundError if status == HTTPStatus.NOT_FOUND else GitHubError
        raise kind(self._words.refusal(status))

    def strange(self) -> GitHubError:
        """What to raise where an answer is not GitHub's."""
        return GitHubError(f"What answered for {urlsplit(self._base).hostname} was not GitHub.")


def _wait(status: int, headers: Mapping[str, str], passing: Collection[int]) -> int | None:
    """Seconds after which to ask again; None: that does not help, or takes too long."""
    if status in passing:
        return 1
    if status in LIMITED and headers.get("retry-after", "").isdigit():
        seconds = int(headers["retry-after"])
        return seconds if seconds <= LONGEST_WAIT else None
    return None


def _api(base_url: str) -> str:
    """The root of the REST API, with a slash; an Enterprise server has it below api/v3."""
    root = base_url.rstrip("/") + "/"
    parts = urlsplit(root)
    return f"{root}api/v3/" if parts.path == "/" and parts.hostname != urlsplit(PUBLIC).hostname else root
