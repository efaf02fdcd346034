"""The status page: scheduled maintenance of Statuspage, by its REST API (https://developer.statuspage.io).

What is sent is `page_id`, `incident`, and `incident_id` where one that is there changes. The call carries its digest as
the incident's metadata, so that one whose answer was lost can be looked for.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cached_property
from http import HTTPStatus
from typing import Any, ClassVar

from botocore import exceptions as aws
from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError
from botocore.httpsession import URLLib3Session
from botocore.utils import get_environ_proxies

from scripts.channels.channel import BUDGET, CANNOT_TELL, NOT_THERE, Found, NotSentError, SendUncertainError

PUBLIC = "https://api.statuspage.io/v1/"
TIMEOUT = (3, 15)  # seconds to connect, to answer
LIMITED = (420, HTTPStatus.TOO_MANY_REQUESTS)  # one request a second and key; both are documented
PAGE = 100
MOST_PAGES = 10
CLOCKS = timedelta(minutes=5)  # by which Statuspage's may differ from AWS's
NEVER_LEFT = (aws.EndpointConnectionError, aws.ConnectTimeoutError, aws.ProxyConnectionError, aws.SSLError)
METADATA = "release"  # the name of what is ours; each value of the metadata must be an object
FIXES: Mapping[int, str] = {
    HTTPStatus.UNAUTHORIZED: "Give an API key of the page's organisation: STATUSPAGE_API_KEY, or "
    "`pulumi config set --secret release:statusPageKey KEY`.",
    HTTPStatus.NOT_FOUND: "Correct release:announcements.statusPage; a maintenance that somebody deleted is over.",
}


class StatusPage:
    """A Channel. `key` is of Statuspage's API."""

    name = "status-page"
    budget: timedelta = BUDGET
    permissions: ClassVar[tuple[str, ...]] = ("secretsmanager:GetSecretValue",)

    def __init__(self, key: str, base_url: str = "") -> None:
        self._key = key
        self._base = (base_url or os.environ.get("STATUSPAGE_BASE_URL") or PUBLIC).rstrip("/") + "/"

    def send(self, content: bytes) -> str:
        """Make the maintenance, or change it; its id.

        Raises:
            NotSentError: it was refused, or could not be reached.
            SendUncertainError: the answer was lost.
        """
        asked: Mapping[str, Any] = json.loads(content)
        path, known = f"pages/{asked['page_id']}/incidents", asked.get("incident_id")
        body = {"incident": {**asked["incident"], "metadata": {METADATA: {"content": _digest(content)}}}}
        try:
            status, said = self._ask("PATCH", f"{path}/{known}", body) if known else self._ask("POST", path, body)
        except NEVER_LEFT as problem:
            unreachable = f"The status page cannot be reached: {_said(problem)}"
            raise NotSentError(unreachable, "Check the network and HTTPS_PROXY.") from problem
        except (BotoCoreError, ValueError) as problem:
            raise SendUncertainError(f"The status page's answer was lost: {_said(problem)}") from problem
        if status not in (HTTPStatus.OK, HTTPStatus.CREATED):
            raise _refusal(status, said)
        name = said.get("id") if isinstance(said, Mapping) else None
        if not isinstance(name, str):
            raise SendUncertainError("What answered was no status page.", "Look at STATUSPAGE_BASE_URL.")
        return name

    def find(self, content: bytes, since: datetime) -> Found:
        """The id of the maintenance that this call made or changed."""
        asked: Mapping[str, Any] = json.loads(content)
        path, known, digest = f"pages/{asked['page_id']}/incidents", asked.get("incident_id"), _digest(content)
        try:
            if known:
                one = self._read(f"{path}/{known}")
                return known if _is_of(one, digest) or _has_update(one, asked["incident"], since) else NOT_THERE
            for page in range(1, MOST_PAGES + 1):
                some = self._read(f"{path}?limit={PAGE}&page={page}")
                if found := next((str(one["id"]) for one in some if _is_of(one, digest)), None):
                    return found
                made = [_moment(one["created_at"]) for one in some]
                newest_first = made == sorted(made, reverse=True)  # as it is, and nowhere said
                if len(made) < PAGE or (newest_first and made[-1] < since - CLOCKS):
                    return NOT_THERE
        except (BotoCoreError, ValueError, KeyError, TypeError, AttributeError):
            pass
        return CANNOT_TELL

    def _read(self, path: str) -> Any:
        status, said = self._ask("GET", path)
        if status != HTTPStatus.OK:
            raise ValueError(status)
        return said

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> tuple[int, Any]:
        """Status and what was answered. Raises ValueError where that is no JSON."""
        headers = {"Authorization": f"OAuth {self._key}", "Content-Type": "application/json", "User-Agent": "release"}
        data = json.dumps(body) if body is not None else None
        request = AWSRequest(method=method, url=f"{self._base}{path}", headers=headers, data=data).prepare()
        answer = self._session.send(request)
        if answer.status_code >= HTTPStatus.BAD_REQUEST:
            try:
                return answer.status_code, json.loads(answer.content)
            except ValueError:
                return answer.status_code, None
        return answer.status_code, json.loads(answer.content)

    @cached_property
    def _session(self) -> URLLib3Session:
        # wider than its stubs say: a file of authorities, and one time to connect and one to answer
        settings: dict[str, Any] = {"verify": os.environ.get("SSL_CERT_FILE") or True, "timeout": TIMEOUT}
        return URLLib3Session(proxies=get_environ_proxies(self._base), **settings)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _is_of(incident: Mapping[str, Any], digest: str) -> bool:
    return ((incident.get("metadata") or {}).get(METADATA) or {}).get("content") == digest


def _has_update(incident: Mapping[str, Any], wanted: Mapping[str, Any], since: datetime) -> bool:
    """Whether it says so since then: a later change has put its own metadata in the place of this one's."""
    return any(
        (one["status"], one["body"]) == (wanted.get("status"), wanted.get("body"))
        and _moment(one["created_at"]) >= since - CLOCKS
        for one in incident["incident_updates"]
    )


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _said(problem: Exception) -> str:
    return " ".join(str(problem).split())


def _refusal(status: int, said: Any) -> NotSentError | SendUncertainError:
    if status in LIMITED:
        return NotSentError("The status page asks to slow down.", "Run the same command again in a minute.")
    if not HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return SendUncertainError(f"The status page answered with HTTP {status}: it may have been done.")
    error = said.get("error") if isinstance(said, Mapping) else None
    why = ", ".join(map(str, error)) if isinstance(error, list) else str(error or f"HTTP {status}")
    return NotSentError(
        f"The status page refused it: {why}.", FIXES.get(status, "See https://developer.statuspage.io.")
    )
