"""Slack's Web API, for an app's bot that posts: ts, threads, metadata, `ok: false` with HTTP 200, rate limits.

By https://docs.slack.dev/reference/methods. What Slack does not document is in sandbox/README.md.
"""

from __future__ import annotations

import html
import re
import threading
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Request, Response

from sandbox.addresses import SLACK_TOKEN
from sandbox.aws.ports import FAULTS
from sandbox.core.outbox import Message
from sandbox.messaging.answers import answered, asked, unanswered

if TYPE_CHECKING:
    from sandbox.core.account import Account

TEAM, BOT, USER = "T0SANDBOX00", "B0SANDBOX00", "U0SANDBOX00"
NAME = "infrastructure-prod"  # of a channel, unless it is the sample's only one
LONGEST = 40_000  # characters of a text
USUAL_PAGE, LARGEST_PAGE = 100, 999
DOWN, LOST, LIMITED, ARCHIVED = "slack-down", "slack-answer-lost", "slack-rate-limited", "slack-archived"
WAIT = 30  # seconds that a limited caller is asked to wait
TOMBSTONE = {
    **{"type": "message", "subtype": "tombstone", "user": "USLACKBOT", "hidden": True},
    "text": "This message was deleted.",
}
_MARKUP = re.compile(r"<(?P<target>[^<>|]+)(?:\|(?P<label>[^<>]*))?>")


class SlackError(Exception):
    """Slack's word for why it does not do it."""


class Slack:
    """One workspace with the channels that the stack files name. Safe to use from several threads."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._messages: dict[str, list[dict[str, Any]]] = {}
        self._lock = threading.Lock()
        self._last = Decimal(0)

    def answer(self, request: Request, method: str) -> Response:
        """The answer to a method of /api/."""
        faults = self._account.reach(FAULTS)
        if faults.active(DOWN):
            return unanswered(request)
        if faults.active(LIMITED):
            return answered({"ok": False, "error": "ratelimited"}, 429, Retry_After=str(WAIT))
        if method not in METHODS:
            return answered({"ok": False, "error": f"The sandbox does not know {method}; Slack may."}, 501)
        said = self._said(request, method)
        if method == "chat.postMessage" and faults.active(LOST):
            return unanswered(request)
        return answered(said)

    def _said(self, request: Request, method: str) -> dict[str, Any]:
        try:
            arguments = asked(request)
            _require_token(request, arguments)
            with self._lock:
                return {"ok": True, **getattr(self, f"_{method.replace('.', '_')}")(arguments)}
        except ValueError:
            return {"ok": False, "error": "invalid_json"}
        except SlackError as refusal:
            return {"ok": False, "error": str(refusal)}

    def _auth_test(self, _: Mapping[str, Any]) -> dict[str, Any]:
        return {"url": "https://sandbox.slack.com/", "team_id": TEAM, "user_id": USER, "bot_id": BOT}

    def _chat_postMessage(self, arguments: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802 - Slack's name
        channel, text = self._channel(arguments), str(arguments.get("text") or "")
        if self._account.reach(FAULTS).active(ARCHIVED):
            raise SlackError("is_archived")
        if not text:
            raise SlackError("no_text")
        if len(text) > LONGEST:
            raise SlackError("msg_too_long")
        message: dict[str, Any] = {"type": "message", "user": USER, "bot_id": BOT, "text": text, "ts": self._ts()}
        if "metadata" in arguments:
            message["metadata"] = _metadata(arguments["metadata"])
        thread = arguments.get("thread_ts")
        if thread:
            message["thread_ts"] = str(thread)
            if _true(arguments.get("reply_broadcast")):
                message["subtype"] = "thread_broadcast"
        self._messages.setdefault(channel, []).append(message)
        self._show(message)
        return {"channel": channel, "ts": message["ts"], "message": _without_metadata(message)}

    def _chat_delete(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        channel, ts = self._channel(arguments), str(arguments.get("ts"))
        found = self._find(channel, ts)
        if found is None:
            raise SlackError("message_not_found")
        if any(one.get("thread_ts") == ts and one is not found for one in self._messages[channel]):
            found.clear()
            found.update(TOMBSTONE, ts=ts, thread_ts=ts)
        else:
            self._messages[channel].remove(found)
        return {"channel": channel, "ts": ts}

    def _conversations_history(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The channel as one sees it, the newest first: replies are in their threads, but for those broadcast."""
        channel = self._channel(arguments)
        shown = [
            one
            for one in reversed(self._messages.get(channel, []))
            if one.get("thread_ts") in (None, one["ts"]) or one.get("subtype") == "thread_broadcast"
        ]
        return _page(shown, arguments)

    def _conversations_replies(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        channel, ts = self._channel(arguments), str(arguments.get("ts"))
        if self._find(channel, ts) is None:
            raise SlackError("thread_not_found")
        thread = [one for one in self._messages[channel] if ts in (one["ts"], one.get("thread_ts"))]
        return _page(thread, arguments)

    def _channel(self, arguments: Mapping[str, Any]) -> str:
        named = str(arguments.get("channel") or "")
        if named not in self._channels:
            raise SlackError("channel_not_found")
        return named

    @property
    def _channels(self) -> set[str]:
        return {stack.slack_channel for stack in (*self._account.configured.stacks, self._account.configured.leading)}

    def _find(self, channel: str, ts: str) -> dict[str, Any] | None:
        return next((one for one in self._messages.get(channel, []) if one["ts"] == ts), None)

    def _ts(self) -> str:
        """The time, and no two alike: it names the message in its channel."""
        now = Decimal(f"{self._account.clock.now().timestamp():.6f}")
        self._last = max(now, self._last + Decimal("0.000001"))
        return f"{self._last:.6f}"

    def _show(self, message: Mapping[str, Any]) -> None:
        where = f"#{NAME}"
        if "thread_ts" in message:
            where += " and its thread" if message.get("subtype") == "thread_broadcast" else " (thread)"
        self._account.outbox.add(
            Message("slack", where, _seen(message["text"]), source="bot", at=self._account.clock.now())
        )


METHODS = ("auth.test", "chat.postMessage", "chat.delete", "conversations.history", "conversations.replies")


def _require_token(request: Request, arguments: Mapping[str, Any]) -> None:
    header = request.headers.get("Authorization", "")
    token = header.removeprefix("Bearer ") if header else arguments.get("token")
    if not token:
        raise SlackError("not_authed")
    if token != SLACK_TOKEN:
        raise SlackError("invalid_auth")


def _metadata(given: Any) -> Mapping[str, Any]:
    if not isinstance(given, Mapping) or not isinstance(given.get("event_payload"), Mapping):
        raise SlackError("invalid_metadata_format")
    if not isinstance(given.get("event_type"), str):
        raise SlackError("invalid_metadata_format")
    return {"event_type": given["event_type"], "event_payload": given["event_payload"]}


def _page(shown: list[dict[str, Any]], arguments: Mapping[str, Any]) -> dict[str, Any]:
    """What lies between `oldest` and `latest`, from the cursor on."""
    inclusive = _true(arguments.get("inclusive"))
    oldest, latest = (Decimal(str(arguments.get(name) or end)) for name, end in (("oldest", 0), ("latest", "1e12")))
    within = [
        one
        for one in shown
        if oldest < Decimal(one["ts"]) < latest or (inclusive and Decimal(one["ts"]) in (oldest, latest))
    ]
    begin, size = int(arguments.get("cursor") or 0), min(int(arguments.get("limit") or USUAL_PAGE), LARGEST_PAGE)
    page, more = within[begin : begin + size], len(within) > begin + size
    whole = _true(arguments.get("include_all_metadata"))
    return {
        "messages": [one if whole else _without_metadata(one) for one in page],
        "has_more": more,
        "response_metadata": {"next_cursor": str(begin + size) if more else ""},
    }


def _without_metadata(message: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in message.items() if name != "metadata"}


def _true(value: Any) -> bool:
    return value in (True, 1) or str(value).lower() in ("true", "1")


def _seen(text: str) -> str:
    """A text as Slack shows it: what was escaped as it is, links by their label, calls by their name."""
    return html.unescape(_MARKUP.sub(lambda one: one["label"] or one["target"].replace("!", "@"), text))
