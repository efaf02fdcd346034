"""Slack, through its Web API and slack-sdk, which answers HTTP 200 where it refuses, too.

What is sent is the arguments of chat.postMessage as JSON. Their `metadata` says which message it is, so one whose
answer was lost can be looked for. Errors: https://docs.slack.dev/reference/methods/chat.postMessage
"""

from __future__ import annotations

import json
import logging
import os
import socket
import ssl
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import cached_property
from http import HTTPStatus
from typing import Any, ClassVar
from urllib.error import URLError
from urllib.parse import urlsplit

from botocore.utils import get_environ_proxies
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler
from slack_sdk.http_retry.request import HttpRequest
from slack_sdk.http_retry.response import HttpResponse
from slack_sdk.http_retry.state import RetryState
from slack_sdk.web import WebClient

from scripts.channels.channel import BUDGET, CANNOT_TELL, NOT_THERE, Found, NotSentError, SendUncertainError

PUBLIC = "https://slack.com/api/"
TIMEOUT = 15  # seconds without a byte
TRIES = 2  # more, where Slack asks to slow down
LONGEST_WAIT = 20  # seconds; a longer one is told
MOST_PAGES = 20
PAGE = 200
CLOCKS = timedelta(minutes=5)  # by which Slack's may differ from AWS's
# After these, Slack says, some of it may have been done.
UNSURE = frozenset({"fatal_error", "internal_error", "service_unavailable", "request_timeout"})
_NEW = "Give the app's bot token: SLACK_BOT_TOKEN, or `pulumi config set --secret release:slackToken TOKEN`."
_INVITE = "Invite the app in Slack (`/invite @APP` in the channel), or correct release:announcements.slackChannel."
_LATER = "Run the same command again later."
FIXES: Mapping[str, str] = {
    **dict.fromkeys(("channel_not_found", "not_in_channel"), _INVITE),
    "is_archived": "Unarchive the channel in Slack, or give release:announcements.slackChannel another.",
    **dict.fromkeys(("invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive"), _NEW),
    **dict.fromkeys(("ratelimited", "rate_limited"), _LATER),
    "msg_too_long": "Shorten the pull request's title and what its sections say.",
}
# What is said of a thread whose beginning is gone; whether posting to one is refused, Slack does not document.
NO_THREAD = frozenset({"thread_not_found", "message_not_found", "cannot_reply_to_message"})


class _Slowly(RateLimitErrorRetryHandler):
    """Waits as long as Slack asks for, where that is not long."""

    def _can_retry(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        asked = super()._can_retry(state=state, request=request, response=response, error=error)
        return asked and response is not None and 0 <= _asked_for(response.headers) <= LONGEST_WAIT


class Slack:
    """A Channel. `token` is a bot's."""

    name = "slack"
    budget: timedelta = BUDGET
    permissions: ClassVar[tuple[str, ...]] = ("secretsmanager:GetSecretValue",)

    def __init__(self, token: str, base_url: str = "") -> None:
        self._token = token
        self._base = base_url or os.environ.get("SLACK_API_URL") or PUBLIC

    def send(self, content: bytes) -> str:
        """Post it; to the channel itself where the thread that it belongs to is gone.

        Raises:
            NotSentError: Slack refused it, or could not be reached.
            SendUncertainError: the answer was lost.
        """
        arguments: dict[str, Any] = json.loads(content)
        if "thread_ts" in arguments and not self._has(arguments["channel"], arguments["thread_ts"]):
            arguments = _without_thread(arguments)
        try:
            return self._post(arguments)
        except NotSentError as problem:
            if "thread_ts" not in arguments or getattr(problem.__cause__, "reason", "") not in NO_THREAD:
                raise
            return self._post(_without_thread(arguments))

    def find(self, content: bytes, since: datetime) -> Found:
        """Slack's name of the message that has this one's metadata."""
        arguments: Mapping[str, Any] = json.loads(content)
        wanted, channel = arguments.get("metadata"), arguments["channel"]
        oldest = f"{(since - CLOCKS).timestamp():.6f}"
        asked = {"channel": channel, "oldest": oldest, "inclusive": True, "include_all_metadata": True, "limit": PAGE}
        bare = False
        try:
            there = [*self._pages("conversations.history", asked)]
            if "thread_ts" in arguments:
                there += self._pages("conversations.replies", {**asked, "ts": arguments["thread_ts"]}, gone=NO_THREAD)
        except (SlackClientError, OSError, ValueError, _EndlessError):
            return CANNOT_TELL
        for one in there:
            if wanted and one.get("metadata") == wanted:
                return str(one["ts"])
            # the text without the metadata: an app that may not read them sees none
            bare = bare or (one.get("text") == arguments["text"] and "metadata" not in one)
        return CANNOT_TELL if bare or not wanted else NOT_THERE

    def _post(self, arguments: Mapping[str, Any]) -> str:
        try:
            answer = self._client.api_call("chat.postMessage", json=dict(arguments))
            return str(answer["ts"])
        except SlackApiError as problem:
            raise _refusal(problem, arguments["channel"]) from _Reason(_error(problem))
        except (SlackClientError, OSError, ValueError, KeyError, TypeError) as problem:
            raise _failure(problem) from problem

    def _has(self, channel: str, thread: str) -> bool:
        """Whether the thread's beginning is there; what cannot be told is taken for there."""
        asked = {"channel": channel, "ts": thread, "limit": 1}
        try:
            answer = self._client.api_call("conversations.replies", params=asked)
        except SlackApiError as problem:
            return _error(problem) not in NO_THREAD
        except (SlackClientError, OSError, ValueError):
            return True
        first = next(iter(answer.get("messages") or [{}]))
        return first.get("subtype") != "tombstone"

    def _pages(
        self, method: str, asked: Mapping[str, Any], gone: frozenset[str] = frozenset()
    ) -> Iterator[Mapping[str, Any]]:
        cursor = ""
        for _ in range(MOST_PAGES):
            try:
                answer = self._client.api_call(method, params={**asked, **({"cursor": cursor} if cursor else {})})
            except SlackApiError as problem:
                if _error(problem) in gone:
                    return
                raise
            yield from answer.get("messages") or []
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return
        raise _EndlessError

    @cached_property
    def _client(self) -> WebClient:
        silent = logging.getLogger("release.slack")
        silent.setLevel(logging.CRITICAL + 1)  # what went wrong is raised, and told once
        handlers: list[Any] = [_Slowly(max_retry_count=TRIES)]
        client = WebClient(
            token=self._token, base_url=self._base, timeout=TIMEOUT, retry_handlers=handlers, logger=silent
        )
        # the SDK's own choice knows nothing of NO_PROXY
        client.proxy = get_environ_proxies(self._base).get(urlsplit(self._base).scheme)
        return client


class _EndlessError(Exception):
    """There is more than anybody reads."""


class _Reason(Exception):  # noqa: N818 - it is why an error is raised
    """Slack's word for it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def _without_thread(arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if name not in ("thread_ts", "reply_broadcast")}


def _error(problem: SlackApiError) -> str:
    data = problem.response.data
    return str(data.get("error") or "") if isinstance(data, Mapping) else ""


def _asked_for(headers: Mapping[str, Any]) -> int:
    """Seconds that Slack asks to wait; -1: it does not say."""
    said = next((value for name, value in headers.items() if name.lower() == "retry-after"), "")
    seconds = str(said[0] if isinstance(said, list) and said else said)
    return int(seconds) if seconds.isdigit() else -1


def _refusal(problem: SlackApiError, channel: str) -> NotSentError | SendUncertainError:
    error, status = _error(problem), problem.response.status_code
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        wait = _asked_for(problem.response.headers)
        return NotSentError(f"Slack asks to wait{f' {wait} s' if wait >= 0 else ''} (ratelimited).", _LATER)
    if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return NotSentError(f"Slack, or what stands before it, refused with HTTP {status}.", "Look at SLACK_API_URL.")
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or error in UNSURE:
        return SendUncertainError(f"Slack answered with {error or f'HTTP {status}'}: some of it may have been done.")
    if not error or not error.replace("_", "").isalnum():
        return SendUncertainError("What answered was not Slack.", "Look at SLACK_API_URL and the network.")
    data: Any = problem.response.data
    if error == "missing_scope":
        return NotSentError("The token may not post (missing_scope).", f"Give the app {data.get('needed')}.")
    fix = FIXES.get(error, "See https://docs.slack.dev/reference/methods/chat.postMessage.")
    return NotSentError(f"Slack refused it in {channel}: {error}.", fix)


def _failure(problem: Exception) -> NotSentError | SendUncertainError:
    """No connection: nothing left. Whatever else may have arrived."""
    cause = problem.reason if isinstance(problem, URLError) else problem
    said = " ".join(str(cause).split())
    if isinstance(cause, ConnectionRefusedError | socket.gaierror | ssl.SSLCertVerificationError):
        return NotSentError(f"Slack cannot be reached: {said}.", "Check the network and HTTPS_PROXY.")
    return SendUncertainError(f"Slack's answer was lost: {said or type(problem).__name__}.")
