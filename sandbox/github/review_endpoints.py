"""What the endpoints of reviews, merges and permissions do."""

from __future__ import annotations

from sandbox.github import shapes
from sandbox.github.endpoints import ApiError, Asked, Json
from sandbox.github.host import MERGE_METHODS
from sandbox.github.pulls import APPROVED, CHANGES_REQUESTED, COMMENTED

_REVIEW_STATES = {"APPROVE": APPROVED, "REQUEST_CHANGES": CHANGES_REQUESTED, "COMMENT": COMMENTED}


def list_reviews(asked: Asked, number: int) -> list[Json]:
    return [shapes.review(found) for found in asked.pull(number).reviews]


def create_review(asked: Asked, number: int) -> Json:
    pull, event = asked.pull(number), asked.required("event")
    if event not in _REVIEW_STATES:
        raise ApiError(422, f"Validation Failed: event must be one of {', '.join(_REVIEW_STATES)}")
    if event != "COMMENT" and asked.login == pull.author:
        verb = "approve" if event == "APPROVE" else "request changes on"
        raise ApiError(422, f"Can not {verb} your own pull request")
    body = asked.body.get("body") or ""
    commit = asked.body.get("commit_id") or ""
    return shapes.review(asked.github.review(pull, asked.login, _REVIEW_STATES[event], body, commit))


def dismiss_review(asked: Asked, number: int, review: int) -> Json:
    found = next((one for one in asked.pull(number).reviews if one.id == review), None)
    if found is None:
        raise ApiError(404, "Not Found")
    asked.required("message")
    if found.state not in (APPROVED, CHANGES_REQUESTED):
        raise ApiError(422, f"Can not dismiss a {found.state.lower()} pull request review")
    asked.github.dismiss(found)
    return shapes.review(found)


def get_permission(asked: Asked, login: str) -> Json:
    """`permission` knows maintain as write and triage as read; `role_name` has the role itself."""
    role = asked.github.permission(login)
    legacy = {"maintain": "write", "triage": "read"}.get(role, role)
    return {"permission": legacy, "role_name": role, "user": shapes.user(login)}


def merge_pull(asked: Asked, number: int) -> Json:
    given = asked.request.get_json(silent=True) or {}
    method = given.get("merge_method", "merge")
    if method not in MERGE_METHODS:
        raise ApiError(422, f"Invalid request. {method!r} is not a member of {list(MERGE_METHODS)!r}.")
    merged = asked.github.merge(
        asked.pull(number),
        asked.login,
        sha=given.get("sha", ""),
        message=given.get("commit_message", ""),
        method=method,
    )
    return {"sha": merged, "merged": True, "message": "Pull Request successfully merged"}
