"""Which release an execution belongs to, and which executions were to carry out a release.

A release is its pull request into the stack's branch, `pr-12`, through postponements, new commits and further
executions. What came without one, a direct push, is the execution that deployed it: `exec-ID`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from scripts.clients.github import GitHub
from scripts.facts.pipeline import Execution, read_executions

if TYPE_CHECKING:
    from scripts.clients.aws import Aws
    from scripts.gate.pull_request import PullRequest
    from sop.outputs import StackOutputs

_PULL = re.compile(r"pr-([1-9][0-9]*)")
_BROUGHT = """query($owner: String!, $name: String!, $sha: GitObjectID!, $after: String) {
  repository(owner: $owner, name: $name) { object(oid: $sha) { ... on Commit {
    associatedPullRequests(first: 100, after: $after) {
      pageInfo { hasNextPage endCursor } nodes { number baseRefName mergedAt mergeCommit { oid } }
    }
  } } }
}"""


def of_pull(number: int) -> str:
    """The id of a pull request's release."""
    return f"pr-{number}"


def of_execution(execution_id: str) -> str:
    """The id of what an execution deployed without a pull request."""
    return f"exec-{execution_id}"


def number_of(release: str) -> int | None:
    """The pull request of that release; None where it has none."""
    found = _PULL.fullmatch(release)
    return int(found[1]) if found else None


def brought_by(github: GitHub, branch: str, commit: str) -> int | None:
    """The pull request whose merge made that commit on the branch, whichever way it was merged; None: none did.

    Raises:
        GitHubError: it cannot be told.
    """
    path = ("repository", "object", "associatedPullRequests")
    for one in github.pages(_BROUGHT, *path, sha=commit):
        merge = one.get("mergeCommit") or {}
        if one.get("mergedAt") and one.get("baseRefName") == branch and merge.get("oid") == commit:
            return int(one["number"])
    return None


def release_of(github: GitHub, outputs: StackOutputs, execution: Execution) -> str:
    """The id of the release that an execution belongs to.

    Raises:
        GitHubError: what brought its commit cannot be told.
    """
    number = brought_by(github, outputs.branch, execution.revision) if execution.revision else None
    return of_execution(execution.id) if number is None else of_pull(number)


def attempts_of(github: GitHub, outputs: StackOutputs, aws: Aws, pull: PullRequest) -> tuple[Execution, ...]:
    """The executions that were to carry out a merged pull request, oldest first; the last is the one it stands with.

    Raises:
        GitHubError: what a commit contains cannot be told; so does whatever botocore raises.
    """
    if pull.merged_at is None or not pull.merge_sha:
        return ()
    known: dict[str, bool] = {pull.merge_sha: True}

    def contains(revision: str) -> bool:
        if revision not in known:
            known[revision] = github.compare(pull.merge_sha, revision).behind == 0
        return known[revision]

    found = read_executions(aws.codepipeline, outputs.pipeline_name, pull.merged_at)
    return attempts(found, contains)


def attempts(executions: Iterable[Execution], contains: Callable[[str], bool]) -> tuple[Execution, ...]:
    """Those whose commit contains the release's, oldest first, up to the first that succeeded.

    What comes after a success contains the commit as well, and is another release. One that was superseded is followed
    by its successor, which then carries out both.

    Args:
        executions: in any order.
        contains: whether a commit has the release's own in it.
    """
    found: list[Execution] = []
    for one in sorted(executions, key=lambda each: each.started):
        if one.is_rollback or one.revision is None or not contains(one.revision):
            continue
        found.append(one)
        if one.status == "Succeeded":
            break
    return tuple(found)
