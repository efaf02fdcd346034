"""What each endpoint of the REST API does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.github import shapes
from sandbox.github.people import TEAMS
from sandbox.github.protection import Protection
from sandbox.github.pulls import PullRequest
from sandbox.repository import UnknownRevisionError

if TYPE_CHECKING:
    from werkzeug.wrappers import Request

    from sandbox.github.host import GitHub
    from sandbox.github.issues import Comment, Issue

Json = dict[str, Any]
LONGEST_BODY = 65_536  # characters of a comment
_STATUS_STATES = ("error", "failure", "pending", "success")


class ApiError(Exception):
    """An error answer of GitHub's."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Asked:
    """One request: of whom, by whom, and under which address."""

    github: GitHub
    request: Request
    login: str
    root: str
    scopes: frozenset[str] | None = None  # of a classic token; None: it may do all that the person may

    @property
    def sees_private(self) -> bool:
        return self.scopes is None or "repo" in self.scopes

    @property
    def body(self) -> Json:
        content = self.request.get_json(silent=True)
        if not isinstance(content, dict):
            raise ApiError(400, "Problems parsing JSON")
        return content

    def required(self, key: str) -> str:
        value = self.body.get(key)
        if not isinstance(value, str) or not value:
            raise ApiError(422, f"Validation Failed: missing_field {key}")
        return value

    def pull(self, number: int) -> PullRequest:
        try:
            return self.github.pulls[number]
        except KeyError as error:
            raise ApiError(404, "Not Found") from error

    def issue(self, number: int) -> Issue:
        try:
            return self.github.issues[number]
        except KeyError as error:
            raise ApiError(404, "Not Found") from error

    def comment(self, number: int) -> Comment:
        try:
            return self.github.comments[number]
        except KeyError as error:
            raise ApiError(404, "Not Found") from error

    def branch_head(self, branch: str) -> str:
        try:
            return self.github.repository.branches()[branch]
        except KeyError as error:
            raise ApiError(404, "Branch not found") from error


def get_user(asked: Asked) -> Json:
    return shapes.user(asked.login)


def list_team_members(asked: Asked, slug: str) -> list[Json]:
    del asked
    if slug not in TEAMS:
        raise ApiError(404, "Not Found")
    return [shapes.user(login) for login in TEAMS[slug]]


def list_repositories(asked: Asked) -> list[Json]:
    return [shapes.repository(asked.github, asked.root)]


def get_repository(asked: Asked) -> Json:
    return shapes.repository(asked.github, asked.root)


def list_branches(asked: Asked) -> list[Json]:
    branches = asked.github.repository.branches()
    return [shapes.branch(asked.github, name, sha) for name, sha in branches.items()]


def get_branch(asked: Asked, branch: str) -> Json:
    return shapes.branch_with_protection(asked.github, branch, asked.branch_head(branch), asked.root)


def get_protection(asked: Asked, branch: str) -> Json:
    asked.branch_head(branch)
    protection = asked.github.protections.get(branch)
    if protection is None:
        raise ApiError(404, "Branch not protected")
    return protection.as_json(asked.request.base_url)


def put_protection(asked: Asked, branch: str) -> Json:
    asked.branch_head(branch)
    asked.github.protections[branch] = Protection.parse(asked.body)
    return get_protection(asked, branch)


def delete_protection(asked: Asked, branch: str) -> None:
    get_protection(asked, branch)
    del asked.github.protections[branch]


def get_ref(asked: Asked, branch: str) -> Json:
    return _ref(branch, asked.branch_head(branch))


def create_ref(asked: Asked) -> tuple[int, Json]:
    """Only who may push may: docs.github.com, "Troubleshooting the REST API", has what others are told."""
    if not asked.github.may_push(asked.login):
        raise ApiError(403, "Resource not accessible by personal access token")
    prefix, branch = "refs/heads/", asked.required("ref").removeprefix("refs/heads/")
    if not asked.required("ref").startswith(prefix):
        raise ApiError(422, "Reference must be under refs/heads/")
    if branch in asked.github.repository.branches():
        raise ApiError(422, "Reference already exists")
    sha = asked.github.repository.resolve(asked.required("sha"))
    asked.github.push(branch, sha, asked.login)
    return 201, _ref(branch, sha)


def _ref(branch: str, sha: str) -> Json:
    return {"ref": f"refs/heads/{branch}", "object": {"type": "commit", "sha": sha}}


def list_commits(asked: Asked) -> list[Json]:
    revision = asked.request.args.get("sha", asked.github.default_branch)
    return [shapes.commit(found) for found in asked.github.repository.commits(revision)]


def get_commit(asked: Asked, ref: str) -> Json:
    return shapes.commit(asked.github.repository.commit(ref))


def get_combined_status(asked: Asked, ref: str) -> Json:
    sha = asked.github.repository.resolve(ref)
    return shapes.combined_status(asked.github, sha, asked.github.statuses(sha), asked.root)


def list_statuses(asked: Asked, ref: str) -> list[Json]:
    statuses = asked.github.statuses(asked.github.repository.resolve(ref))
    return [shapes.status(found) for found in reversed(statuses)]


def list_commit_pulls(asked: Asked, ref: str) -> list[Json]:
    """Pull requests that brought this commit, or have it in their head branch."""
    sha = asked.github.repository.resolve(ref)
    return [
        shapes.pull_request(asked.github, pull, asked.root)
        for pull in asked.github.pulls.values()
        if sha == pull.merge_sha or sha in {found["sha"] for found in shapes.pull_commits(asked.github, pull)}
    ]


def create_status(asked: Asked, sha: str) -> tuple[int, Json]:
    resolved = asked.github.repository.resolve(sha)
    state = asked.required("state")
    if state not in _STATUS_STATES:
        raise ApiError(422, f"Validation Failed: state must be one of {', '.join(_STATUS_STATES)}")
    created = asked.github.set_status(
        resolved,
        asked.body.get("context") or "default",
        state,
        description=asked.body.get("description") or "",
        target_url=asked.body.get("target_url") or "",
        creator=asked.login,
    )
    return 201, shapes.status(created)


def get_content(asked: Asked, path: str) -> Json:
    ref = asked.github.repository.resolve(asked.request.args.get("ref", asked.github.default_branch))
    data = asked.github.repository.read(ref, path)
    if data is None:
        raise ApiError(404, "Not Found")
    return shapes.content(path, data)


def list_pulls(asked: Asked) -> list[Json]:
    arguments = asked.request.args
    state, base = arguments.get("state", "open"), arguments.get("base")
    head = arguments.get("head", "").rpartition(":")[2] or None
    return [
        shapes.pull_request(asked.github, pull, asked.root)
        for pull in reversed(asked.github.pulls.values())
        if state in ("all", pull.state) and base in (None, pull.base) and head in (None, pull.head)
    ]


def create_pull(asked: Asked) -> tuple[int, Json]:
    owner, _, head = asked.required("head").rpartition(":")
    base, branches = asked.required("base"), asked.github.repository.branches()
    fork = asked.github.fork(owner) if owner not in ("", asked.github.full_name.partition("/")[0]) else None
    if base not in branches:
        raise ApiError(422, "Validation Failed: invalid base")
    try:
        head_sha = asked.github.head_of(head, fork)
    except UnknownRevisionError as error:
        raise ApiError(422, "Validation Failed: invalid head") from error
    if asked.github.open_pulls(head, base, fork):
        raise ApiError(422, f"Validation Failed: A pull request already exists for {head}.")
    if asked.github.repository.is_ancestor(head_sha, branches[base]):
        raise ApiError(422, f"Validation Failed: No commits between {base} and {head}")
    pull = asked.github.open_pull(
        title=asked.required("title"),
        head=head,
        base=base,
        author=asked.login,
        body=asked.body.get("body") or "",
        draft=bool(asked.body.get("draft")),
        fork=fork,
    )
    return 201, shapes.pull_request(asked.github, pull, asked.root)


def get_pull(asked: Asked, number: int) -> Json:
    return shapes.pull_request(asked.github, asked.pull(number), asked.root)


def update_pull(asked: Asked, number: int) -> Json:
    pull = asked.pull(number)
    pull.title = asked.body.get("title", pull.title)
    pull.body = asked.body.get("body", pull.body)
    state = asked.body.get("state", pull.state)
    if state not in ("open", "closed") or (pull.merged_at and state == "open"):
        raise ApiError(422, "Validation Failed: state")
    asked.github.set_pull_state(pull, state, asked.login)
    return get_pull(asked, number)


def list_pull_commits(asked: Asked, number: int) -> list[Json]:
    return shapes.pull_commits(asked.github, asked.pull(number))


def list_pull_files(asked: Asked, number: int) -> list[Json]:
    return shapes.pull_files(asked.github, asked.pull(number))


def list_issues(asked: Asked) -> list[Json]:
    """Newest first. GitHub lists pull requests among them; these are left out here, as nobody asks for them so."""
    arguments = asked.request.args
    state, labels = arguments.get("state", "open"), [one for one in arguments.get("labels", "").split(",") if one]
    return [
        shapes.issue(asked.github, issue, asked.root)
        for issue in reversed(asked.github.issues.values())
        if state in ("all", issue.state) and set(labels) <= set(issue.labels)
    ]


def create_issue(asked: Asked) -> tuple[int, Json]:
    labels = [str(one) for one in asked.body.get("labels") or []]
    issue = asked.github.open_issue(asked.required("title"), asked.body.get("body") or "", asked.login, labels)
    return 201, shapes.issue(asked.github, issue, asked.root)


def get_issue(asked: Asked, number: int) -> Json:
    if number in asked.github.pulls:
        return shapes.pull_as_issue(asked.github, asked.pull(number), asked.root)
    return shapes.issue(asked.github, asked.issue(number), asked.root)


def update_issue(asked: Asked, number: int) -> Json:
    issue, body = asked.issue(number), asked.body
    state = body.get("state", issue.state)
    if state not in ("open", "closed"):
        raise ApiError(422, "Validation Failed: state")
    issue.title, issue.body = body.get("title", issue.title), body.get("body", issue.body)
    issue.labels = [str(one) for one in body.get("labels", issue.labels)]
    issue.updated = asked.github.now()
    if state != issue.state:
        issue.state, issue.closed_at = state, issue.updated if state == "closed" else None
    return shapes.issue(asked.github, issue, asked.root)


def list_comments(asked: Asked, number: int) -> list[Json]:
    get_issue(asked, number)
    found = [one for one in asked.github.comments.values() if one.issue == number]
    return [shapes.comment(asked.github, one, asked.root) for one in found]


def create_comment(asked: Asked, number: int) -> tuple[int, Json]:
    get_issue(asked, number)
    written = asked.github.comment(number, asked.login, _comment_body(asked))
    return 201, shapes.comment(asked.github, written, asked.root)


def get_comment(asked: Asked, number: int) -> Json:
    return shapes.comment(asked.github, asked.comment(number), asked.root)


def update_comment(asked: Asked, number: int) -> Json:
    comment = asked.comment(number)
    comment.body, comment.edited = _comment_body(asked), asked.github.now()
    return shapes.comment(asked.github, comment, asked.root)


def _comment_body(asked: Asked) -> str:
    body = asked.required("body")
    if len(body) > LONGEST_BODY:
        raise ApiError(422, "Validation Failed: body is too long (maximum is 65536 characters)")
    return body
