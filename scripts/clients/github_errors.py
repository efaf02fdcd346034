"""What GitHub says when it does not do what it is asked for, and what helps."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from scripts.errors import UndeterminedError
from scripts.text import utc

LIMITED = (HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS)
SCOPES = re.compile(r"requires one of the following scopes: \[(.*?)\]")
TOKENS = "https://github.com/settings/tokens"
AGAIN = "Run the same command again; `gh api rate_limit` with the same GITHUB_TOKEN says whether GitHub answers."


class GitHubError(UndeterminedError):
    """GitHub could not be asked, or its answer is none."""

    def __init__(self, message: str, fix: str = "") -> None:
        super().__init__(message, fix or AGAIN)


class GitHubRefusedError(GitHubError):
    """GitHub has changed nothing; `status` is HTTP's, `reason` what GitHub says."""

    def __init__(self, message: str, fix: str, status: int, reason: str) -> None:
        super().__init__(message, fix)
        self.status = status
        self.reason = reason


class GitHubUnansweredError(GitHubError):
    """What was asked for may have been done: the answer was lost, or is none."""


class GitHubNotFoundError(GitHubError):
    """GitHub has nothing there that this token's owner may see; `path` is where, in the query."""

    def __init__(self, message: str, fix: str = "", path: str = "") -> None:
        super().__init__(message, fix)
        self.path = path


@dataclass(frozen=True)
class Refusals:
    """The words for one repository, asked with a token or without."""

    repository: str
    has_token: bool

    def used_up(self, headers: Mapping[str, str]) -> tuple[str, str]:
        """What is wrong, and what helps, where the rate limit is reached."""
        more = "" if self.has_token else " With GITHUB_TOKEN it allows more."
        try:
            again = utc(datetime.fromtimestamp(int(headers["x-ratelimit-reset"]), UTC))
        except (KeyError, ValueError):
            return f"GitHub's rate limit is used up.{more}", ""
        return f"GitHub's rate limit is used up until {again}.{more}", f"Run the same command again after {again}."

    def of_graphql(self, errors: Any, headers: Mapping[str, str], needs: str) -> GitHubError:
        """What the errors of a GraphQL answer are."""
        first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
        kind, said = first.get("type", ""), " ".join(str(first.get("message", "no reason given")).split())
        path = ".".join(map(str, first.get("path") or []))
        if kind == "RATE_LIMITED":
            return GitHubError(*self.used_up(headers))
        if kind == "INSUFFICIENT_SCOPES":
            found = SCOPES.search(said)
            scopes = " or ".join(re.findall(r"[\w:]+", found[1])) if found else needs
            return GitHubError(
                f"GITHUB_TOKEN may not see {path or 'what is asked for'}: it lacks the scope {scopes}.",
                f"Give the token the scope {scopes}: {TOKENS}",
            )
        if kind == "FORBIDDEN":
            fix = f"Give the token what it needs: {needs}." if needs else ""
            return GitHubError(f"GITHUB_TOKEN may not see {path or 'what is asked for'}: {said}", fix)
        if kind == "NOT_FOUND":
            owner = "GITHUB_TOKEN's owner" if self.has_token else "nobody without GITHUB_TOKEN"
            return GitHubNotFoundError(f"GitHub shows {owner} no {path or self.repository}: {said}", path=path)
        return GitHubError(f"GitHub did not answer: {said}")

    def refused(self, status: int, headers: Mapping[str, str], content: bytes, needs: str) -> GitHubRefusedError:
        """What an answer is that says that nothing was changed."""
        try:
            said = " ".join(str(json.loads(content)["message"]).split())
        except (ValueError, KeyError, TypeError):
            said = f"HTTP {status}"
        if status in LIMITED and headers.get("x-ratelimit-remaining") == "0":
            return GitHubRefusedError(*self.used_up(headers), status, said)
        if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND):
            fix = f"Give GITHUB_TOKEN what it needs: {needs}." if needs else ""
            return GitHubRefusedError(f"{self.refusal(status)} It says: {said}", fix, status, said)
        return GitHubRefusedError(f"GitHub refuses it: {said}", "", status, said)

    def refusal(self, status: int) -> str:
        """What to say of a status that is not success."""
        if status == HTTPStatus.UNAUTHORIZED and not self.has_token:
            return f"GitHub shows {self.repository} to nobody without GITHUB_TOKEN."
        if status == HTTPStatus.UNAUTHORIZED:
            return "GitHub does not accept GITHUB_TOKEN."
        if status == HTTPStatus.NOT_FOUND and not self.has_token:
            return f"GitHub shows {self.repository} to nobody without GITHUB_TOKEN."
        if status == HTTPStatus.NOT_FOUND:
            return f"GitHub shows GITHUB_TOKEN's owner no {self.repository}, or not what is looked for in it."
        if status in LIMITED:
            limit = "" if self.has_token else "; with GITHUB_TOKEN it allows more"
            return f"GitHub refuses to answer (HTTP {status}): too many questions, or too few permissions{limit}."
        return f"GitHub answered with HTTP {status}."
