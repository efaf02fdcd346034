"""GitHub's GraphQL API: the part of its schema in schema.graphql, executed by graphql-core."""

from __future__ import annotations

from functools import cache, lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLResolveInfo,
    GraphQLSchema,
    build_schema,
    execute_sync,
    parse,
    validate,
)

from sandbox.github.graphql_shapes import (
    RefusedError,
    actor,
    issues_of,
    object_of,
    own_repository,
    pages,
    pull_request,
    pulls_of,
    ref,
)
from sandbox.github.people import TEAMS

if TYPE_CHECKING:
    from sandbox.github.endpoints import Asked

Json = dict[str, Any]
_NOT_HERE = "The sandbox has only the part of GitHub's schema that sandbox/github/schema.graphql names."


@cache
def schema() -> GraphQLSchema:
    return build_schema(Path(__file__).with_name("schema.graphql").read_text(encoding="utf-8"))


def post(asked: Asked) -> Json:
    """A query's answer: HTTP 200 whatever is wrong with it, with `errors` where something is."""
    query, variables = asked.required("query"), asked.body.get("variables") or {}
    root: Json = {
        "organization": partial(_organization, asked),
        "repository": partial(_repository, asked),
        "viewer": actor(asked.login),
    }
    read = _read(query)
    if isinstance(read, list):
        done = ExecutionResult(None, read)
    else:
        done = execute_sync(schema(), read, root, variable_values=variables)
    answer: Json = {"data": done.data}
    if done.errors:
        answer["errors"] = [_told(error) for error in done.errors]
    return answer


@lru_cache(maxsize=64)
def _read(query: str) -> DocumentNode | list[GraphQLError]:
    """A query that can be executed, or what is wrong with it: read once, as a client's queries are always the same."""
    try:
        document = parse(query)
    except GraphQLError as error:
        return [error]
    return validate(schema(), document) or document


def _told(error: GraphQLError) -> Json:
    """As GitHub formats an error: with its type where it has one."""
    shown: Json = {"message": error.message}
    if isinstance(error.original_error, RefusedError):
        shown["type"] = error.original_error.kind
    elif error.path is None:
        shown["message"] = f"{error.message} {_NOT_HERE}"
    if error.path is not None:
        shown["path"] = list(error.path)
    if error.locations:
        shown["locations"] = [{"line": one.line, "column": one.column} for one in error.locations]
    return shown


def _not_found(what: str) -> RefusedError:
    return RefusedError("NOT_FOUND", f"Could not resolve to {what}.")


def _needs(asked: Asked, field: str, *scopes: str) -> None:
    """What GitHub says to a classic token without the scope."""
    if asked.scopes is None or not asked.scopes.isdisjoint(scopes):
        return
    raise RefusedError(
        "INSUFFICIENT_SCOPES",
        "Your token has not been granted the required scopes to execute this query. "
        f"The '{field}' field requires one of the following scopes: {list(scopes)!r}, but your token has only been "
        f"granted the: {sorted(asked.scopes)!r} scopes. Please modify your token's scopes at: "
        "https://github.com/settings/tokens.",
    )


def _organization(asked: Asked, _: GraphQLResolveInfo, login: str) -> Json:
    if login != asked.github.full_name.partition("/")[0]:
        raise _not_found(f"an Organization with the login of '{login}'")

    def team(_: GraphQLResolveInfo, slug: str) -> Json | None:
        _needs(asked, "team", "read:org", "admin:org", "write:org")
        if slug not in TEAMS:
            return None
        return {"slug": slug, "members": pages([actor(member) for member in TEAMS[slug]])}

    return {"login": login, "team": team}


def _repository(asked: Asked, _: GraphQLResolveInfo, owner: str, name: str) -> Json:
    github = asked.github
    if f"{owner}/{name}" != github.full_name or not asked.sees_private:
        raise _not_found(f"a Repository with the name '{owner}/{name}'")

    def by_number(_: GraphQLResolveInfo, number: int) -> Json:
        if number not in github.pulls:
            raise _not_found(f"a PullRequest with the number of {number}")
        return pull_request(github, github.pulls[number])

    def by_name(_: GraphQLResolveInfo, qualifiedName: str) -> Json | None:  # noqa: N803 - GitHub's name
        branch = qualifiedName.removeprefix("refs/heads/")
        sha = github.repository.branches().get(branch)
        return None if sha is None else ref(github, branch, sha)

    return {
        **own_repository(github),
        "issues": partial(issues_of, github),
        "object": partial(object_of, github),
        "pullRequest": by_number,
        "pullRequests": partial(pulls_of, github),
        "ref": by_name,
    }
