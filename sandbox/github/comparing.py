"""What lies between two commits: commits in pages, files on the first of them, or all of it as a diff."""

from __future__ import annotations

from werkzeug.wrappers import Response

from sandbox.github import shapes
from sandbox.github.endpoints import ApiError, Asked, Json

_UNPAGED = 250  # commits at most where no page is asked for
_DIFF = "application/vnd.github.diff"
_LONGEST_DIFF = 20_000  # lines


def compare(asked: Asked, basehead: str) -> Json | Response:
    base, dots, head = basehead.partition("...")
    if not dots:
        raise ApiError(404, "Not Found")
    repository = asked.github.repository
    base, head = repository.resolve(base), repository.resolve(head)
    if _DIFF in asked.request.headers.get("Accept", ""):
        diff = repository.own_diff(base, head)
        if diff.count("\n") > _LONGEST_DIFF:
            raise ApiError(406, "Sorry, the diff exceeded the maximum number of lines (20000)")
        return Response(diff, content_type=f"{_DIFF}; charset=utf-8")
    arguments = asked.request.args
    paged = "page" in arguments or "per_page" in arguments
    number = max(arguments.get("page", 1, type=int), 1)
    size = min(arguments.get("per_page", 30, type=int), 100) if paged else _UNPAGED
    return shapes.comparison(asked.github, base, head, number, size)
