"""Slack refuses in good answers, loses answers and threads: each ends as what it is, and nothing is posted twice."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.error import URLError

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_handlers import ConnectionErrorRetryHandler
from slack_sdk.http_retry.request import HttpRequest
from slack_sdk.http_retry.response import HttpResponse
from slack_sdk.http_retry.state import RetryState
from slack_sdk.web.slack_response import SlackResponse

from scripts.channels.channel import CANNOT_TELL, NOT_THERE, NotSentError, SendUncertainError
from scripts.channels.slack import Slack
from scripts.channels.text import for_slack, one_line

CHANNEL = "C0123456789"
METADATA = {"event_type": "release_announced", "event_payload": {"key": "pr-12/started/1"}}
MESSAGE = {"channel": CHANNEL, "text": "🚀 Started", "metadata": METADATA}
SINCE = datetime(2026, 3, 10, 1, 0, tzinfo=UTC)
Answers = Mapping[str, Callable[[Mapping[str, Any]], Any]]


def response(data: Any, status: int = 200, headers: dict[str, Any] | None = None) -> SlackResponse:
    return SlackResponse(
        client=None, http_verb="POST", api_url="", req_args={}, data=data, headers=headers or {}, status_code=status
    )


def refusing(error: str, status: int = 200, **more: Any) -> Callable[[Mapping[str, Any]], Any]:
    def refuse(_: Mapping[str, Any]) -> Any:
        raise SlackApiError("refused", response({"ok": False, "error": error, **more}, status))

    return refuse


def failing(problem: Exception) -> Callable[[Mapping[str, Any]], Any]:
    def fail(_: Mapping[str, Any]) -> Any:
        raise problem

    return fail


class Client:
    """Answers by method; `asked` is what it was asked."""

    def __init__(self, answers: Answers) -> None:
        self.answers = answers
        self.asked: list[tuple[str, Mapping[str, Any]]] = []

    def api_call(self, method: str, **how: Any) -> Any:
        arguments = how.get("json") or how.get("params") or {}
        self.asked.append((method, arguments))
        return self.answers[method](arguments)


def slack(**answers: Callable[[Mapping[str, Any]], Any]) -> tuple[Slack, Client]:
    channel, client = Slack("xoxb-1"), Client({name.replace("_", ".", 1): answer for name, answer in answers.items()})
    channel.__dict__["_client"] = client
    return channel, client


def posting(arguments: Mapping[str, Any]) -> Any:
    return {"ok": True, "ts": "1.2", "message": arguments}


def content(**changes: Any) -> bytes:
    return json.dumps({**MESSAGE, **changes}).encode()


def test_slacks_name_of_a_message_is_its_ts() -> None:
    channel, client = slack(chat_postMessage=posting)
    assert channel.send(content()) == "1.2"
    assert client.asked == [("chat.postMessage", MESSAGE)]


@pytest.mark.parametrize(
    ("error", "fix"),
    [
        ("channel_not_found", "/invite"),
        ("not_in_channel", "/invite"),
        ("is_archived", "Unarchive"),
        ("invalid_auth", "SLACK_BOT_TOKEN"),
        ("token_revoked", "SLACK_BOT_TOKEN"),
        ("restricted_action", "https://docs.slack.dev"),
    ],
)
def test_a_refusal_in_a_good_answer_is_one_and_says_the_fix(error: str, fix: str) -> None:
    channel, _ = slack(chat_postMessage=refusing(error))
    with pytest.raises(NotSentError, match=error) as raised:
        channel.send(content())
    assert fix in raised.value.fix


def test_a_scope_that_is_missing_is_named() -> None:
    channel, _ = slack(chat_postMessage=refusing("missing_scope", needed="chat:write"))
    with pytest.raises(NotSentError) as raised:
        channel.send(content())
    assert "chat:write" in raised.value.fix


@pytest.mark.parametrize("error", ["internal_error", "fatal_error", "service_unavailable", "request_timeout"])
def test_what_slack_itself_is_unsure_of_is_uncertain(error: str) -> None:
    with pytest.raises(SendUncertainError):
        slack(chat_postMessage=refusing(error))[0].send(content())


@pytest.mark.parametrize(
    "answer",
    [
        refusing("Received a response in a non-JSON format: <html>"),
        refusing("", 503),
        failing(TimeoutError("timed out")),
        failing(ConnectionResetError("reset")),
        failing(URLError(TimeoutError("timed out"))),
        lambda _: {"ok": True},
    ],
    ids=["a page", "503", "timeout", "reset", "timeout while sending", "no ts"],
)
def test_an_answer_that_is_lost_or_none_is_uncertain(answer: Callable[[Mapping[str, Any]], Any]) -> None:
    with pytest.raises(SendUncertainError):
        slack(chat_postMessage=answer)[0].send(content())


@pytest.mark.parametrize("cause", [ConnectionRefusedError("refused"), socket.gaierror("no such host")])
def test_without_a_connection_nothing_was_sent(cause: OSError) -> None:
    with pytest.raises(NotSentError):
        slack(chat_postMessage=failing(URLError(cause)))[0].send(content())


def test_a_lost_connection_is_never_tried_again_and_a_rate_limit_for_a_short_time_only() -> None:
    (handler,) = Slack("xoxb-1")._client.retry_handlers
    assert not isinstance(handler, ConnectionErrorRetryHandler)
    request = HttpRequest(method="POST", url="", headers={})

    def retried(seconds: str) -> bool:
        limited = HttpResponse(status_code=429, headers={"Retry-After": [seconds]})
        return handler.can_retry(state=RetryState(), request=request, response=limited)

    assert (retried("5"), retried("20"), retried("21"), retried("soon")) == (True, True, False, False)
    assert not handler.can_retry(state=RetryState(), request=request, error=ConnectionResetError())


def test_a_long_rate_limit_was_not_sent_and_says_how_long() -> None:
    def limited(_: Mapping[str, Any]) -> Any:
        raise SlackApiError("limited", response({"ok": False, "error": "ratelimited"}, 429, {"Retry-After": "600"}))

    with pytest.raises(NotSentError, match="600 s"):
        slack(chat_postMessage=limited)[0].send(content())


THREAD = {"thread_ts": "1.1", "reply_broadcast": True}


@pytest.mark.parametrize(
    "replies",
    [
        refusing("thread_not_found"),
        lambda _: {"ok": True, "messages": [{"ts": "1.1", "subtype": "tombstone"}]},
    ],
    ids=["gone", "a tombstone"],
)
def test_where_the_thread_was_deleted_it_goes_to_the_channel(replies: Callable[[Mapping[str, Any]], Any]) -> None:
    channel, client = slack(conversations_replies=replies, chat_postMessage=posting)
    assert channel.send(content(**THREAD)) == "1.2"
    assert client.asked[-1] == ("chat.postMessage", MESSAGE)


def test_a_thread_that_is_there_is_answered() -> None:
    channel, client = slack(
        conversations_replies=lambda _: {"ok": True, "messages": [{"ts": "1.1"}]}, chat_postMessage=posting
    )
    channel.send(content(**THREAD))
    assert client.asked[-1] == ("chat.postMessage", {**MESSAGE, **THREAD})


def test_where_nobody_can_look_for_the_thread_its_refusal_leads_to_the_channel() -> None:
    def refuse_threads(arguments: Mapping[str, Any]) -> Any:
        return refusing("thread_not_found")(arguments) if "thread_ts" in arguments else posting(arguments)

    channel, client = slack(conversations_replies=refusing("missing_scope"), chat_postMessage=refuse_threads)
    assert channel.send(content(**THREAD)) == "1.2"
    assert [method for method, _ in client.asked] == ["conversations.replies", "chat.postMessage", "chat.postMessage"]


def history(*messages: Mapping[str, Any], cursor: str = "") -> Callable[[Mapping[str, Any]], Any]:
    return lambda _: {"ok": True, "messages": list(messages), "response_metadata": {"next_cursor": cursor}}


def test_what_arrived_is_found_by_its_metadata() -> None:
    channel, client = slack(
        conversations_history=history({"ts": "3.1", "text": "hi"}, {"ts": "3.2", "text": "🚀", "metadata": METADATA})
    )
    assert channel.find(content(), SINCE) == "3.2"
    asked = client.asked[0][1]
    assert asked["include_all_metadata"] is True
    assert float(asked["oldest"]) <= SINCE.timestamp()


def test_what_arrived_on_a_later_page_or_in_the_thread_is_found() -> None:
    def paged(arguments: Mapping[str, Any]) -> Any:
        there = {"ts": "3.2", "metadata": METADATA}
        return history(there)(arguments) if "cursor" in arguments else history(cursor="next")(arguments)

    assert slack(conversations_history=paged)[0].find(content(), SINCE) == "3.2"
    channel, _ = slack(
        conversations_history=history(), conversations_replies=history({"ts": "3.3", "metadata": METADATA})
    )
    assert channel.find(content(**THREAD), SINCE) == "3.3"


def test_what_is_in_no_page_never_arrived() -> None:
    other = {"ts": "3.1", "metadata": {**METADATA, "event_payload": {"key": "pr-12/started/2"}}}
    channel, _ = slack(conversations_history=history(other), conversations_replies=refusing("thread_not_found"))
    assert channel.find(content(), SINCE) is NOT_THERE
    assert channel.find(content(**THREAD), SINCE) is NOT_THERE


@pytest.mark.parametrize(
    "answer",
    [
        refusing("missing_scope"),
        failing(TimeoutError()),
        history(cursor="more"),
        history({"ts": "3.1", "text": MESSAGE["text"]}),
    ],
    ids=["may not look", "lost", "endless", "the text without its metadata"],
)
def test_who_cannot_look_everywhere_cannot_tell(answer: Callable[[Mapping[str, Any]], Any]) -> None:
    channel, _ = slack(conversations_history=answer)
    assert channel.find(content(), SINCE + timedelta(minutes=1)) is CANNOT_TELL


def test_a_title_calls_nobody_breaks_no_line_and_turns_nothing() -> None:
    title = "<!channel> a|b & \r\n“c”\u2028d 👩‍🚀 \u202eevil\u2069"
    assert for_slack(title) == "&lt;!channel&gt; a|b &amp; “c” d 👩‍🚀 evil"
    assert one_line("a\x00b\u200fc\td") == "a bc d"
