"""GitHub's JSON shapes, the fields that clients of a release process read."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Any

from sandbox.github.host import NODE_ID, GitHub
from sandbox.github.issues import Comment, Issue
from sandbox.github.pulls import CommitStatus, PullRequest, Review, combined_state, latest_by_context
from sandbox.repository import Commit

_COMPARED_FILES = 300  # at most, on the first page
_FILE_STATUS = {"A": "added", "D": "removed", "M": "modified", "T": "changed"}


def moment(at: datetime | None) -> str | None:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ") if at else None


def user(login: str) -> dict[str, Any]:
    return {"login": login, "type": "Bot" if login.endswith("[bot]") else "User"}


def repository(github: GitHub, root: str) -> dict[str, Any]:
    return {
        "id": 1,
        "node_id": NODE_ID,
        "name": github.name,
        "full_name": github.full_name,
        "private": True,
        "owner": {"login": github.owner, "type": "Organization"},
        "url": f"{root}/repos/{github.full_name}",
        "clone_url": f"https://github.com/{github.full_name}.git",
        "default_branch": github.default_branch,
        "permissions": {"admin": True, "push": True, "pull": True},
    }


def branch(github: GitHub, name: str, sha: str) -> dict[str, Any]:
    return {"name": name, "commit": {"sha": sha}, "protected": name in github.protections}


def branch_with_protection(github: GitHub, name: str, sha: str, root: str) -> dict[str, Any]:
    """One branch alone, with its whole commit."""
    address = f"{root}/repos/{github.full_name}/branches/{name}"
    return {
        **branch(github, name, sha),
        "commit": commit(github.repository.commit(sha)),
        "_links": {"self": address, "html": f"https://github.com/{github.full_name}/tree/{name}"},
        "protection": {"enabled": name in github.protections},
        "protection_url": f"{address}/protection",
    }


def commit(found: Commit) -> dict[str, Any]:
    person = {"name": found.author, "email": found.email}
    written, committed = ({**person, "date": moment(at)} for at in (found.authored, found.committed))
    return {
        "sha": found.sha,
        "commit": {"message": found.message, "author": written, "committer": committed},
        "author": user(found.author),
        "parents": [{"sha": parent} for parent in found.parents],
    }


def status(found: CommitStatus) -> dict[str, Any]:
    return {
        "id": found.id,
        "context": found.context,
        "state": found.state,
        "description": found.description,
        "target_url": found.target_url,
        "creator": user(found.creator),
        "created_at": moment(found.created),
        "updated_at": moment(found.created),
    }


def combined_status(github: GitHub, sha: str, statuses: list[CommitStatus], root: str) -> dict[str, Any]:
    latest = list(latest_by_context(statuses).values())
    return {
        "sha": sha,
        "state": combined_state(statuses),
        "total_count": len(latest),
        "statuses": [status(found) for found in latest],
        "repository": repository(github, root),
    }


def pull_request(github: GitHub, pull: PullRequest, root: str) -> dict[str, Any]:
    return {
        "number": pull.number,
        "title": pull.title,
        "body": pull.body,
        "state": pull.state,
        "draft": pull.draft,
        "user": user(pull.author),
        "url": f"{root}/repos/{github.full_name}/pulls/{pull.number}",
        "html_url": f"https://github.com/{github.full_name}/pull/{pull.number}",
        "head": {"ref": pull.head, "sha": pull.head_sha, "repo": _head_repository(github, pull, root)},
        "base": {"ref": pull.base, "sha": pull.base_sha, "repo": repository(github, root)},
        "created_at": moment(pull.created),
        "updated_at": moment(pull.updated),
        "closed_at": moment(pull.closed_at),
        "merged": pull.merged_at is not None,
        "merged_at": moment(pull.merged_at),
        "merged_by": user(pull.merged_by) if pull.merged_by else None,
        "merge_commit_sha": pull.merge_sha or None,
        "commits": len(pull_commits(github, pull)),
        "changed_files": len(pull_files(github, pull)),
    }


def _head_repository(github: GitHub, pull: PullRequest, root: str) -> dict[str, Any]:
    shown = repository(github, root)
    if pull.fork is None:
        return shown
    return {**shown, "id": pull.fork.id, "full_name": pull.fork.full_name, "fork": True}


def pull_commits(github: GitHub, pull: PullRequest) -> list[dict[str, Any]]:
    found = github.repository.commits(f"{pull.base_sha}..{pull.head_sha}")
    return [commit(entry) for entry in reversed(found)]


def pull_files(github: GitHub, pull: PullRequest) -> list[dict[str, Any]]:
    start = github.repository.merge_base(pull.base_sha, pull.head_sha)
    return [
        {"filename": path, "status": _FILE_STATUS.get(letter, "modified")}
        for letter, path in github.repository.changed_files(start, pull.head_sha)
    ]


def review(found: Review) -> dict[str, Any]:
    return {
        "id": found.id,
        "user": user(found.login),
        "state": found.state,
        "body": found.body,
        "commit_id": found.commit,
        "submitted_at": moment(found.submitted),
    }


def issue(github: GitHub, found: Issue, root: str) -> dict[str, Any]:
    return {
        **_as_issue(github, found.number, root),
        "title": found.title,
        "body": found.body,
        "state": found.state,
        "user": user(found.login),
        "labels": [{"name": name} for name in found.labels],
        "created_at": moment(found.created),
        "updated_at": moment(found.updated),
        "closed_at": moment(found.closed_at),
        "html_url": f"https://github.com/{github.full_name}/issues/{found.number}",
    }


def pull_as_issue(github: GitHub, pull: PullRequest, root: str) -> dict[str, Any]:
    shown = pull_request(github, pull, root)
    common = ("title", "body", "state", "user", "created_at", "updated_at", "closed_at", "html_url")
    link = {"url": shown["url"], "html_url": shown["html_url"]}
    return {
        **_as_issue(github, pull.number, root),
        **{key: shown[key] for key in common},
        "labels": [],
        "pull_request": link,
    }


def _as_issue(github: GitHub, number: int, root: str) -> dict[str, Any]:
    url = f"{root}/repos/{github.full_name}/issues/{number}"
    comments = sum(one.issue == number for one in github.comments.values())
    return {"number": number, "url": url, "comments_url": f"{url}/comments", "comments": comments}


def comment(github: GitHub, found: Comment, root: str) -> dict[str, Any]:
    repository_url = f"{root}/repos/{github.full_name}"
    return {
        "id": found.id,
        "user": user(found.login),
        "body": found.body,
        "created_at": moment(found.created),
        "updated_at": moment(found.edited or found.created),
        "url": f"{repository_url}/issues/comments/{found.id}",
        "issue_url": f"{repository_url}/issues/{found.issue}",
        "html_url": f"https://github.com/{github.full_name}/issues/{found.issue}#issuecomment-{found.id}",
    }


def content(path: str, data: bytes) -> dict[str, Any]:
    return {
        "type": "file",
        "name": path.rpartition("/")[2],
        "path": path,
        "size": len(data),
        "encoding": "base64",
        "content": base64.encodebytes(data).decode(),
    }


def comparison(github: GitHub, base: str, head: str, page: int, size: int) -> dict[str, Any]:
    ahead = github.repository.between(base, head)
    behind = github.repository.between(head, base)
    states = {(False, False): "identical", (True, False): "ahead", (False, True): "behind", (True, True): "diverged"}
    start = github.repository.merge_base(base, head)
    return {
        "status": states[bool(ahead), bool(behind)],
        "ahead_by": len(ahead),
        "behind_by": len(behind),
        "total_commits": len(ahead),
        "base_commit": commit(github.repository.commit(base)),
        "merge_base_commit": commit(github.repository.commit(start)),
        "commits": [commit(github.repository.commit(one)) for one in ahead[::-1][(page - 1) * size : page * size]],
        "files": [
            {"filename": path, "status": _FILE_STATUS.get(letter, "modified")}
            for letter, path in github.repository.changed_files(start, head)
        ][:_COMPARED_FILES]
        if page == 1
        else [],
    }
