"""Reads a pull request from GitHub: one question for itself, one each for what comes in pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from scripts.clients.github import GitHub
from scripts.clients.github_errors import GitHubError, GitHubNotFoundError
from scripts.errors import ConfigurationError
from scripts.gate.pull_request import Comment, Incident, MergeState, Person, PullRequest, Reported, Review, Rival

T = TypeVar("T")
Node = Mapping[str, Any]

TEAM_NEEDS = "the scope read:org, or of a fine-grained token the organization's permission Members: read"
_WHO = "{ __typename login }"
_IN_REPOSITORY = "$owner: String!, $name: String!"
PULL = f"""query({_IN_REPOSITORY}, $number: Int!) {{
  repository(owner: $owner, name: $name) {{
    databaseId mergeCommitAllowed
    pullRequest(number: $number) {{
      number title body url state isDraft mergedAt mergeable headRefName headRefOid baseRefName author {_WHO}
      baseRef {{ target {{ oid }} }}
      headRepository {{ databaseId nameWithOwner }}
      mergeCommit {{ oid tree {{ oid }} parents(first: 2) {{ nodes {{ oid }} }} }}
      potentialMergeCommit {{ tree {{ oid }} }}
    }}
  }}
}}"""


def _paged(of: str, connection: str, fields: str, *variables: str) -> str:
    """A query for a connection of the pull request."""
    taken = ", ".join((_IN_REPOSITORY, "$after: String", *variables))
    page = f"{connection}(first: 100, after: $after) {{ pageInfo {{ hasNextPage endCursor }} nodes {{ {fields} }} }}"
    return f"query({taken}) {{ repository(owner: $owner, name: $name) {{ {of} {{ {page} }} }} }}"


_PULL_REQUEST, _NUMBER = "pullRequest(number: $number)", "$number: Int!"
REVIEWS = _paged(
    _PULL_REQUEST,
    "reviews",
    f"state submittedAt authorCanPushToRepository author {_WHO} commit {{ oid }}",
    _NUMBER,
)
COMMENTS = _paged(_PULL_REQUEST, "comments", f"databaseId body url createdAt lastEditedAt author {_WHO}", _NUMBER)
REPORTED = f"""query({_IN_REPOSITORY}, $after: String, $sha: GitObjectID!) {{
  repository(owner: $owner, name: $name) {{
    object(oid: $sha) {{ ... on Commit {{ statusCheckRollup {{ contexts(first: 100, after: $after) {{
      pageInfo {{ hasNextPage endCursor }}
      nodes {{ __typename
        ... on StatusContext {{ context state description targetUrl creator {_WHO} }}
        ... on CheckRun {{ name }}
      }}
    }} }} }} }}
  }}
}}"""
OPEN_PULLS = f"""query({_IN_REPOSITORY}, $after: String, $base: String!) {{
  repository(owner: $owner, name: $name) {{
    pullRequests(first: 100, after: $after, baseRefName: $base, states: [OPEN]) {{
      pageInfo {{ hasNextPage endCursor }} nodes {{ number url headRefName headRefOid }}
    }}
  }}
}}"""
ISSUES = f"""query({_IN_REPOSITORY}, $after: String, $label: String!) {{
  repository(owner: $owner, name: $name) {{
    issues(first: 100, after: $after, labels: [$label], states: [OPEN]) {{
      pageInfo {{ hasNextPage endCursor }} nodes {{ number title url }}
    }}
  }}
}}"""
MEMBERS = """query($owner: String!, $slug: String!, $after: String) {
  organization(login: $owner) { team(slug: $slug) { members(first: 100, after: $after) {
    pageInfo { hasNextPage endCursor } nodes { login }
  } } }
}"""


def read_pull_request(github: GitHub, number: int) -> PullRequest:
    """The pull request as it is now.

    Raises:
        ConfigurationError: there is none of that number.
        GitHubError: it cannot be told.
    """
    try:
        found = github.query(PULL, number=number)["repository"]
    except GitHubNotFoundError as problem:
        if problem.path != "repository.pullRequest":
            raise
        raise ConfigurationError(
            f"--pr {number}: {github.repository} has no such pull request.",
            f"`gh pr list --repo {github.repository}` shows those it has.",
        ) from None
    return _understood(github, lambda: _pull_request(found))


def read_reviews(github: GitHub, number: int) -> tuple[Review, ...]:
    """Every review that was submitted, oldest first."""
    nodes = list(github.pages(REVIEWS, "repository", "pullRequest", "reviews", number=number))
    reviews = _understood(github, lambda: [_review(node) for node in nodes if node["submittedAt"]])
    return tuple(sorted(reviews, key=lambda one: one.at))


def read_comments(github: GitHub, number: int) -> tuple[Comment, ...]:
    """Every comment below the pull request, oldest first."""
    nodes = list(github.pages(COMMENTS, "repository", "pullRequest", "comments", number=number))
    comments = _understood(github, lambda: [_comment(node) for node in nodes])
    return tuple(sorted(comments, key=lambda one: one.at))


def read_reported(github: GitHub, sha: str) -> tuple[Reported, ...]:
    """The newest report of each status and check on a commit."""
    path = ("repository", "object", "statusCheckRollup", "contexts")
    try:
        nodes = list(github.pages(REPORTED, *path, sha=sha))
    except GitHubNotFoundError:
        return ()  # nobody has reported anything
    return tuple(_understood(github, lambda: [_reported(node) for node in nodes]))


def read_open_pulls(github: GitHub, base: str) -> tuple[Rival, ...]:
    """Every open pull request into that branch."""
    nodes = list(github.pages(OPEN_PULLS, "repository", "pullRequests", base=base))

    def read() -> tuple[Rival, ...]:
        return tuple(Rival(one["number"], one["headRefName"], one["headRefOid"], one["url"]) for one in nodes)

    return _understood(github, read)


def read_incidents(github: GitHub, label: str) -> tuple[Incident, ...]:
    """The open issues with that label."""
    nodes = list(github.pages(ISSUES, "repository", "issues", label=label))
    return _understood(github, lambda: tuple(Incident(one["number"], one["title"], one["url"]) for one in nodes))


def read_managers(github: GitHub, named: str) -> frozenset[str]:
    """The logins of those who are the operations manager: `organization/team`, or `/user`. Raises GitHubError."""
    organization, _, name = named.partition("/")
    return read_members(github, organization, name) if organization else frozenset([name])


def read_members(github: GitHub, organization: str, slug: str) -> frozenset[str]:
    """The logins of a team's members.

    Raises:
        GitHubError: the token may not see the team, or there is none: GitHub tells neither from the other.
    """
    path = ("organization", "team", "members")
    try:
        nodes = list(github.pages(MEMBERS, *path, needs=TEAM_NEEDS, owner=organization, slug=slug))
    except GitHubNotFoundError as problem:
        raise GitHubError(
            f"GitHub shows GITHUB_TOKEN's owner no team {organization}/{slug}.",
            f"See whether the team is there; to see it the token needs {TEAM_NEEDS}.",
        ) from problem
    return _understood(github, lambda: frozenset(str(one["login"]) for one in nodes))


def _understood(github: GitHub, read: Callable[[], T]) -> T:
    try:
        return read()
    except (KeyError, TypeError, ValueError, AttributeError):
        raise github.strange() from None


def _pull_request(found: Node) -> PullRequest:
    pull = found["pullRequest"]
    merge, head_repository = pull["mergeCommit"], pull["headRepository"] or {}
    merged_at = _moment(pull["mergedAt"])
    base_sha = merge["parents"]["nodes"][0]["oid"] if merged_at else pull["baseRef"]["target"]["oid"]
    result = merge if merged_at else pull["potentialMergeCommit"]
    return PullRequest(
        number=pull["number"],
        title=pull["title"],
        body=pull["body"],
        url=pull["url"],
        author=_person(pull["author"]),
        state=pull["state"],
        draft=pull["isDraft"],
        base=pull["baseRefName"],
        base_sha=base_sha,
        head=pull["headRefName"],
        head_sha=pull["headRefOid"],
        head_repository=head_repository.get("nameWithOwner", ""),
        own_head=head_repository.get("databaseId") == found["databaseId"],
        mergeable=MergeState(pull["mergeable"]),
        merged_at=merged_at,
        merge_sha=merge["oid"] if merged_at else "",
        content=result["tree"]["oid"] if result else "",
        merge_commits=found["mergeCommitAllowed"],
    )


def _person(found: Node | None) -> Person:
    """GraphQL names a bot without the `[bot]` that ends its login elsewhere."""
    return Person("") if found is None else Person(found["login"], found["__typename"] != "User")


def _review(found: Node) -> Review:
    return Review(
        by=_person(found["author"]),
        state=found["state"],
        commit=(found["commit"] or {}).get("oid", ""),
        at=datetime.fromisoformat(found["submittedAt"]),
        may_push=found["authorCanPushToRepository"],
    )


def _comment(found: Node) -> Comment:
    return Comment(
        id=found["databaseId"],
        by=_person(found["author"]),
        body=found["body"],
        at=datetime.fromisoformat(found["createdAt"]),
        edited=_moment(found["lastEditedAt"]),
        url=found["url"],
    )


def _reported(found: Node) -> Reported:
    if found["__typename"] != "StatusContext":
        return Reported(found["name"], "CHECK_RUN", Person("", bot=True), "")
    by, url = _person(found["creator"]), found["targetUrl"] or ""
    return Reported(found["context"], found["state"], by, url, found["description"] or "")


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
