"""What GraphQL shows of the repository: objects whose fields are looked up only where a query names them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from graphql import GraphQLResolveInfo

from sandbox.github.pulls import CommitStatus, PullRequest, Review, combined_state, latest_by_context
from sandbox.repository import MergeConflictError, UnknownRevisionError

if TYPE_CHECKING:
    from sandbox.github.host import GitHub
    from sandbox.github.issues import Comment, Issue

Json = dict[str, Any]
_LARGEST_PAGE = 100


class RefusedError(Exception):
    """`kind` is GitHub's `type` of an error."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def own_repository(github: GitHub) -> Json:
    allowed = {f"{method}MergeAllowed": method in github.merge_methods for method in ("squash", "rebase")}
    return {
        "databaseId": github.id,
        "nameWithOwner": github.full_name,
        "mergeCommitAllowed": "merge" in github.merge_methods,
        **allowed,
    }


def pages(items: Sequence[Any]) -> Callable[..., Json]:
    """A connection: a page of it, and where the next begins."""

    def page(info: GraphQLResolveInfo, first: int | None = None, after: str | None = None) -> Json:
        if first is None:
            message = (
                f"You must provide a `first` or `last` value to properly paginate the `{info.field_name}` connection."
            )
            raise RefusedError("MISSING_PAGINATION_BOUNDARIES", message)
        if first > _LARGEST_PAGE:
            wanted = f"Requesting {first} records on the `{info.field_name}` connection"
            raise RefusedError("EXCESSIVE_PAGINATION", f"{wanted} exceeds the `first` limit of 100 records.")
        start = int(after or 0)
        end = start + first
        return {
            "nodes": list(items[start:end]),
            "totalCount": len(items),
            "pageInfo": {"endCursor": str(min(end, len(items))), "hasNextPage": end < len(items)},
        }

    return page


def actor(login: str) -> Json:
    """GraphQL leaves out what REST ends a bot's login with."""
    bot = login.endswith("[bot]")
    return {"__typename": "Bot" if bot else "User", "login": login.removesuffix("[bot]")}


def moment(at: datetime | None) -> str | None:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ") if at else None


def issues_of(
    github: GitHub,
    info: GraphQLResolveInfo,
    labels: list[str] | None = None,
    states: list[str] | None = None,
    **page: Any,
) -> Json:
    found = [
        _issue(github, one)
        for one in github.issues.values()
        if (labels is None or set(labels) & set(one.labels)) and (states is None or one.state.upper() in states)
    ]
    return pages(found)(info, **page)


def _issue(github: GitHub, found: Issue) -> Json:
    return {
        "number": found.number,
        "title": found.title,
        "url": f"https://github.com/{github.full_name}/issues/{found.number}",
        "state": found.state.upper(),
        "createdAt": moment(found.created),
    }


def pulls_of(
    github: GitHub,
    info: GraphQLResolveInfo,
    baseRefName: str | None = None,  # noqa: N803 - GitHub's name
    headRefName: str | None = None,  # noqa: N803
    states: list[str] | None = None,
    **page: Any,
) -> Json:
    found = [
        pull_request(github, pull)
        for pull in github.pulls.values()
        if baseRefName in (None, pull.base)
        and headRefName in (None, pull.head)
        and (states is None or _state(pull) in states)
    ]
    return pages(found)(info, **page)


def object_of(
    github: GitHub, _: GraphQLResolveInfo, oid: str | None = None, expression: str | None = None
) -> Json | None:
    try:
        return commit(github, github.repository.resolve(oid or expression or ""))
    except UnknownRevisionError:
        return None


def ref(github: GitHub, branch: str, sha: str) -> Json:
    return {"name": branch, "target": commit(github, sha)}


def commit(github: GitHub, sha: str) -> Json:
    def parents(info: GraphQLResolveInfo, **page: Any) -> Json:
        return pages([commit(github, one) for one in github.repository.commit(sha).parents])(info, **page)

    def associated(info: GraphQLResolveInfo, **page: Any) -> Json:
        found = [pull_request(github, pull) for pull in github.pulls.values() if github.brought(pull, sha)]
        return pages(found)(info, **page)

    def rollup(_: GraphQLResolveInfo) -> Json | None:
        statuses = github.statuses(sha)
        if not statuses:
            return None
        latest = [_status(one) for one in latest_by_context(statuses).values()]
        return {"state": combined_state(statuses).upper(), "contexts": pages(latest)}

    return {
        "__typename": "Commit",
        "oid": sha,
        "messageHeadline": lambda _: github.repository.commit(sha).subject,
        "committedDate": lambda _: moment(github.repository.commit(sha).committed),
        "tree": lambda _: {"oid": github.repository.tree(sha)},
        "parents": parents,
        "associatedPullRequests": associated,
        "statusCheckRollup": rollup,
    }


def _status(found: CommitStatus) -> Json:
    return {
        "__typename": "StatusContext",
        "context": found.context,
        "state": found.state.upper(),
        "description": found.description,
        "targetUrl": found.target_url or None,
        "createdAt": moment(found.created),
        "creator": actor(found.creator),
    }


def _state(pull: PullRequest) -> str:
    return "MERGED" if pull.merged_at else pull.state.upper()


def pull_request(github: GitHub, pull: PullRequest) -> Json:
    url = f"https://github.com/{github.full_name}/pull/{pull.number}"

    @cache
    def tried() -> tuple[str, str | None]:
        """Whether it can be merged, and the merge that GitHub tries beforehand; only while it is open."""
        if pull.merged_at or not github.tries_merges:
            return "UNKNOWN", None
        try:
            return "MERGEABLE", github.repository.merge(f"refs/heads/{pull.base}", pull.head_sha, "Test")
        except MergeConflictError:
            return "CONFLICTING", None

    def potential_merge_commit(_: GraphQLResolveInfo) -> Json | None:
        found = tried()[1]
        return commit(github, found) if found else None

    comments = [one for one in github.comments.values() if one.issue == pull.number]
    return {
        "number": pull.number,
        "title": pull.title,
        "body": pull.body,
        "url": url,
        "author": actor(pull.author),
        "state": _state(pull),
        "isDraft": pull.draft,
        "createdAt": moment(pull.created),
        "baseRef": lambda _: ref(github, pull.base, github.repository.resolve(f"refs/heads/{pull.base}")),
        "baseRefName": pull.base,
        "headRefName": pull.head,
        "headRefOid": pull.head_sha,
        "headRepository": _head_repository(github, pull),
        "mergeable": lambda _: tried()[0],
        "merged": pull.merged_at is not None,
        "mergedAt": moment(pull.merged_at),
        "mergedBy": actor(pull.merged_by) if pull.merged_by else None,
        "mergeCommit": commit(github, pull.merge_sha) if pull.merge_sha else None,
        "potentialMergeCommit": potential_merge_commit,
        "reviews": pages([_review(github, one, url) for one in pull.reviews]),
        "comments": pages([_comment(one, url) for one in comments]),
    }


def _head_repository(github: GitHub, pull: PullRequest) -> Json:
    if pull.fork is None:
        return own_repository(github)
    return {**own_repository(github), "databaseId": pull.fork.id, "nameWithOwner": pull.fork.full_name}


def _review(github: GitHub, found: Review, url: str) -> Json:
    return {
        "databaseId": found.id,
        "author": actor(found.login),
        "authorCanPushToRepository": github.may_push(found.login),
        "commit": commit(github, found.commit),
        "state": found.state,
        "submittedAt": moment(found.submitted),
        "url": f"{url}#pullrequestreview-{found.id}",
    }


def _comment(found: Comment, url: str) -> Json:
    return {
        "databaseId": found.id,
        "author": actor(found.login),
        "body": found.body,
        "createdAt": moment(found.created),
        "lastEditedAt": moment(found.edited),
        "url": f"{url}#issuecomment-{found.id}",
    }
