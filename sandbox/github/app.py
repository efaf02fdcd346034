"""GitHub's REST API: routes, authentication and pages. What an endpoint does is in endpoints.py."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from sandbox.github import comparing, endpoints, graphql, review_endpoints
from sandbox.github.endpoints import ApiError, Asked
from sandbox.github.merging import MergeRefusedError
from sandbox.github.people import login_of, scopes_of
from sandbox.github.protection import ProtectionError
from sandbox.repository import UnknownRevisionError

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from sandbox.github.host import GitHub

Endpoint = Callable[..., Any]
_REPOSITORY = "/repos/<owner>/<name>"
_GRAPHQL = "/graphql"
_MAX_PER_PAGE = 100

_ROUTES: tuple[tuple[str, str, Endpoint], ...] = (
    ("GET", "/user", endpoints.get_user),
    ("POST", _GRAPHQL, graphql.post),
    ("GET", "/orgs/<owner>/teams/<slug>/members", endpoints.list_team_members),
    ("GET", "/orgs/<owner>/repos", endpoints.list_repositories),
    ("GET", _REPOSITORY, endpoints.get_repository),
    ("GET", f"{_REPOSITORY}/branches", endpoints.list_branches),
    ("GET", f"{_REPOSITORY}/branches/<path:branch>/protection", endpoints.get_protection),
    ("PUT", f"{_REPOSITORY}/branches/<path:branch>/protection", endpoints.put_protection),
    ("DELETE", f"{_REPOSITORY}/branches/<path:branch>/protection", endpoints.delete_protection),
    ("GET", f"{_REPOSITORY}/branches/<path:branch>", endpoints.get_branch),
    ("GET", f"{_REPOSITORY}/git/ref/heads/<path:branch>", endpoints.get_ref),
    ("POST", f"{_REPOSITORY}/git/refs", endpoints.create_ref),
    ("GET", f"{_REPOSITORY}/commits", endpoints.list_commits),
    ("GET", f"{_REPOSITORY}/commits/<path:ref>/status", endpoints.get_combined_status),
    ("GET", f"{_REPOSITORY}/commits/<path:ref>/statuses", endpoints.list_statuses),
    ("GET", f"{_REPOSITORY}/commits/<path:ref>/pulls", endpoints.list_commit_pulls),
    ("GET", f"{_REPOSITORY}/commits/<path:ref>", endpoints.get_commit),
    ("POST", f"{_REPOSITORY}/statuses/<sha>", endpoints.create_status),
    ("GET", f"{_REPOSITORY}/compare/<path:basehead>", comparing.compare),
    ("GET", f"{_REPOSITORY}/contents/<path:path>", endpoints.get_content),
    ("GET", f"{_REPOSITORY}/pulls", endpoints.list_pulls),
    ("POST", f"{_REPOSITORY}/pulls", endpoints.create_pull),
    ("GET", f"{_REPOSITORY}/pulls/<int:number>", endpoints.get_pull),
    ("PATCH", f"{_REPOSITORY}/pulls/<int:number>", endpoints.update_pull),
    ("GET", f"{_REPOSITORY}/pulls/<int:number>/commits", endpoints.list_pull_commits),
    ("GET", f"{_REPOSITORY}/pulls/<int:number>/files", endpoints.list_pull_files),
    ("GET", f"{_REPOSITORY}/pulls/<int:number>/reviews", review_endpoints.list_reviews),
    ("POST", f"{_REPOSITORY}/pulls/<int:number>/reviews", review_endpoints.create_review),
    (
        "PUT",
        f"{_REPOSITORY}/pulls/<int:number>/reviews/<int:review>/dismissals",
        review_endpoints.dismiss_review,
    ),
    ("GET", f"{_REPOSITORY}/collaborators/<login>/permission", review_endpoints.get_permission),
    ("PUT", f"{_REPOSITORY}/pulls/<int:number>/merge", review_endpoints.merge_pull),
    ("GET", f"{_REPOSITORY}/issues", endpoints.list_issues),
    ("POST", f"{_REPOSITORY}/issues", endpoints.create_issue),
    ("GET", f"{_REPOSITORY}/issues/<int:number>", endpoints.get_issue),
    ("PATCH", f"{_REPOSITORY}/issues/<int:number>", endpoints.update_issue),
    ("GET", f"{_REPOSITORY}/issues/<int:number>/comments", endpoints.list_comments),
    ("POST", f"{_REPOSITORY}/issues/<int:number>/comments", endpoints.create_comment),
    ("GET", f"{_REPOSITORY}/issues/comments/<int:number>", endpoints.get_comment),
    ("PATCH", f"{_REPOSITORY}/issues/comments/<int:number>", endpoints.update_comment),
)
_MAP = Map([Rule(path, methods=[method], endpoint=endpoint) for method, path, endpoint in _ROUTES])


def create_application(github: GitHub) -> WSGIApplication:
    """The WSGI callable."""

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return _answer(github, Request(environ))(environ, start_response)

    return application


def _answer(github: GitHub, request: Request) -> Response:
    try:
        login = _authenticated(request)
        allowed, headers = github.limits.take(login, "graphql" if request.path == _GRAPHQL else "core")
        answer = _limited(github, request, allowed) or _of_a_person(github, request, login)
    except ApiError as error:
        return _error(error.status, str(error))
    scopes = scopes_of(request.headers["Authorization"])
    answer.headers.extend({**headers, "X-OAuth-Scopes": ", ".join(sorted(scopes or ()))})
    return answer


def _limited(github: GitHub, request: Request, allowed: bool) -> Response | None:
    """What GitHub says to those who ask too much."""
    if seconds := github.limits.wait():
        message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
        answer = _error(403, message)
        answer.headers["Retry-After"] = str(seconds)
        return answer
    if allowed:
        return None
    if request.path == _GRAPHQL:
        return _respond(request, {"errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded"}]})
    return _error(403, "API rate limit exceeded for user ID 1.")


def _of_a_person(github: GitHub, request: Request, login: str) -> Response:
    try:
        scopes = scopes_of(request.headers["Authorization"])
        asked = Asked(github, request, login, request.url_root.rstrip("/"), scopes)
        endpoint, values = _routed(github, request)
        if request.path.startswith("/repos/") and not asked.sees_private:
            return _error(404, "Not Found")
        return _respond(request, endpoint(asked, **values))
    except (ApiError, MergeRefusedError) as error:
        return _error(error.status, str(error))
    except ProtectionError as error:
        return _error(422, str(error))
    except UnknownRevisionError:
        return _error(404, "Not Found")


def _authenticated(request: Request) -> str:
    login = login_of(request.headers.get("Authorization", ""))
    if login is None:
        raise ApiError(401, "Bad credentials" if "Authorization" in request.headers else "Requires authentication")
    return login


def _routed(github: GitHub, request: Request) -> tuple[Endpoint, dict[str, Any]]:
    """The endpoint, and what the path says besides the repository's name."""
    try:
        endpoint, found = _MAP.bind_to_environ(request.environ).match()
    except (NotFound, MethodNotAllowed) as error:
        message = f"The sandbox does not know {request.method} {request.path}; GitHub may. See sandbox/README.md."
        raise ApiError(501, message) from error
    except HTTPException as error:
        raise ApiError(error.code or 400, error.description or "") from error
    values = dict(found)
    own = github.owner, github.name
    if (values.pop("owner", github.owner), values.pop("name", github.name)) != own:
        raise ApiError(404, "Not Found")
    return endpoint, values


def _respond(request: Request, result: Any) -> Response:
    """An endpoint's result: JSON, a list as a page of it, (status, JSON), or None for no content."""
    if isinstance(result, Response):
        return result
    status, content = result if isinstance(result, tuple) else (200, result)
    if content is None:
        return Response(status=204)
    headers: dict[str, str] = {}
    if isinstance(content, list):
        size = min(request.args.get("per_page", 30, type=int), _MAX_PER_PAGE)
        number = max(request.args.get("page", 1, type=int), 1)
        if number * size < len(content):
            query = "&".join([f"{key}={value}" for key, value in request.args.items() if key != "page"])
            following = f"{request.base_url}?{query}{'&' if query else ''}page={number + 1}"
            headers["Link"] = f'<{following}>; rel="next"'
        content = content[(number - 1) * size : number * size]
    return Response(json.dumps(content), status=status, headers=headers, content_type="application/json; charset=utf-8")


def _error(status: int, message: str) -> Response:
    body = {"message": message, "documentation_url": "https://docs.github.com/rest", "status": str(status)}
    return Response(json.dumps(body), status=status, content_type="application/json; charset=utf-8")
