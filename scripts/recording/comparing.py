"""Reads from GitHub what lies between two revisions: commits page by page, and the pull requests that made them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from scripts.clients.github import PAGE, GitHub
from scripts.recording.changes import Changes, Commit, Pull, changes

_AT_ONCE = 50  # commits whose pull requests are asked for in one question
_BROUGHT = """c%s: object(oid: "%s") { ... on Commit { associatedPullRequests(first: 20) { nodes {
  number title url body mergedAt headRefName baseRefName author { login } mergeCommit { oid }
} } } }"""
_NOTHING: Mapping[str, Any] = {"associatedPullRequests": {"nodes": ()}}  # of a commit that is gone
_IN_REPOSITORY = "query($owner: String!, $name: String!) { repository(owner: $owner, name: $name) { %s } }"


def read_changes(github: GitHub, base: str, head: str, dev: str) -> Changes:
    """What `head` has beyond `base`.

    Args:
        github: the repository.
        base: the revision that was deployed before.
        head: the revision that was deployed then.
        dev: the branch on which changes come together.

    Raises:
        GitHubError: it cannot be told.
    """
    commits = read_commits(github, base, head)
    pulls = read_pulls(github, [one.sha for one in commits])
    alone = {one.sha for one in commits if not one.is_merge}
    written = {one.number: _written(github, one.number) for one in pulls if one.made in alone}
    return changes(commits, pulls, written, dev)


def read_commits(github: GitHub, base: str, head: str) -> list[Commit]:
    """The commits that `head` has and `base` has not, parents first.

    Raises:
        GitHubError: it cannot be told, or not whole.
    """
    found: list[Commit] = []
    total = 0
    for page in range(1, 1_000):
        answer = github.get(f"compare/{base}...{head}?per_page={PAGE}&page={page}")
        try:
            read = [_commit(one) for one in answer["commits"]]
            total = int(answer["total_commits"])
        except (KeyError, TypeError, ValueError):
            raise github.strange() from None
        found += read
        if len(found) >= total or not read:
            break
    if len({one.sha for one in found}) != total:
        raise github.strange()  # somebody's pages, but not those of this comparison
    return found


def read_pulls(github: GitHub, commits: Sequence[str]) -> list[Pull]:
    """The pull requests whose merge made one of these commits.

    Raises:
        GitHubError: it cannot be told.
    """
    found: dict[int, Pull] = {}
    for first in range(0, len(commits), _AT_ONCE):
        some = commits[first : first + _AT_ONCE]
        asked = " ".join(_BROUGHT % (one, one) for one in some)
        answer = github.query(_IN_REPOSITORY % asked)["repository"]
        try:
            for one in some:
                for node in (answer[f"c{one}"] or _NOTHING)["associatedPullRequests"]["nodes"]:
                    if node["mergedAt"] and (node["mergeCommit"] or {}).get("oid") == one:
                        found[node["number"]] = _pull(node)
        except (KeyError, TypeError, ValueError):
            raise github.strange() from None
    return list(found.values())


def _written(github: GitHub, number: int) -> list[tuple[str, datetime]]:
    """Message and time of the pull request's commits, oldest first; GitHub lists 250 at most."""
    try:
        return [_commit(one).written for one in _pages(github, f"pulls/{number}/commits")]
    except (KeyError, TypeError, ValueError):
        raise github.strange() from None


def _pages(github: GitHub, path: str) -> Iterator[Any]:
    for page in range(1, 1_000):
        answer = github.get(f"{path}?per_page={PAGE}&page={page}")
        yield from answer
        if len(answer) < PAGE:
            return


def _commit(found: Mapping[str, Any]) -> Commit:
    told = found["commit"]
    return Commit(
        sha=str(found["sha"]),
        parents=tuple(str(one["sha"]) for one in found["parents"]),
        message=str(told["message"]),
        author=str((found.get("author") or {}).get("login") or told["author"]["name"]),
        authored=datetime.fromisoformat(told["author"]["date"]),
        committed=datetime.fromisoformat(told["committer"]["date"]),
        url=str(found.get("html_url") or ""),
    )


def _pull(node: Mapping[str, Any]) -> Pull:
    return Pull(
        number=int(node["number"]),
        title=str(node["title"]),
        url=str(node["url"]),
        author=str((node["author"] or {}).get("login") or "a deleted account"),
        body=str(node["body"] or ""),
        head=str(node["headRefName"]),
        base=str(node["baseRefName"]),
        merged_at=datetime.fromisoformat(node["mergedAt"]),
        made=str(node["mergeCommit"]["oid"]),
    )
