"""GitHub's REST API, as much of it as the stand-in needs."""

from __future__ import annotations

import json
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, Request, build_opener

from sandbox.plugins.resource import ProviderError

_TIMEOUT_SECONDS = 20
_NOT_FOUND = 404


class GitHub:
    """One base URL and token."""

    def __init__(self, base_url: str, token: str) -> None:
        self._base_url = base_url.rstrip("/")
        self._token = token
        self._opener = build_opener(ProxyHandler({}))

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any] | None:
        """The answer; None when GitHub knows nothing at `path`.

        Raises:
            ProviderError: GitHub refused, or does not answer.
        """
        request = Request(  # noqa: S310 -- the base URL is checked to be a sandbox's
            f"{self._base_url}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Accept": "application/vnd.github+json",
                "Authorization": f"Bearer {self._token}",
                "Content-Type": "application/json",
            },
        )
        try:
            with self._opener.open(request, timeout=_TIMEOUT_SECONDS) as response:
                text = response.read()
                return json.loads(text) if text else {}
        except HTTPError as error:
            if error.code == _NOT_FOUND:
                return None
            raise ProviderError(f"{method} {path}: {error.code} {_message(error)}") from error
        except URLError as error:
            reason = f"{self._base_url} does not answer; is the sandbox up (`sandbox up`)?"
            raise ProviderError(f"{method} {path}: {reason} ({error.reason})") from error


def _message(error: HTTPError) -> str:
    text = error.read().decode(errors="replace")
    try:
        return json.loads(text).get("message", text)
    except ValueError:
        return text
