"""Slack as its own SDK finds it: ts, threads, deleted parents, refusals with HTTP 200, rate limits, metadata."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web import WebClient

from sandbox.addresses import SLACK_TOKEN
from sandbox.world import World

CHANNEL = "C0123456789"
METADATA = {"event_type": "release_announced", "event_payload": {"key": "pr-12/started/1"}}


@pytest.fixture
def client(world: World) -> Any:
    return client_of(world)


def client_of(world: World, token: str = SLACK_TOKEN) -> Any:
    """A WebClient, whose types know no answer."""
    return WebClient(token=token, base_url=f"{world.endpoint}/slack/api/", retry_handlers=[])


def error(call: Callable[[], Any]) -> tuple[str, int]:
    with pytest.raises(SlackApiError) as raised:
        call()
    return raised.value.response["error"], raised.value.response.status_code


def texts(answer: Any) -> list[str]:
    return [message["text"] for message in answer["messages"]]


def test_a_message_is_named_by_its_ts_and_no_two_alike(client: Any) -> None:
    assert client.auth_test()["team_id"].startswith("T")
    first, second = (client.chat_postMessage(channel=CHANNEL, text=text)["ts"] for text in ("one", "two"))
    assert float(first) < float(second)
    assert texts(client.conversations_history(channel=CHANNEL)) == ["two", "one"]


def test_refusals_come_with_http_200(world: World, client: Any) -> None:
    assert error(lambda: client.chat_postMessage(channel="C0000000000", text="x")) == ("channel_not_found", 200)
    assert error(lambda: client.chat_postMessage(channel=CHANNEL, text="x" * 40_001)) == ("msg_too_long", 200)
    assert error(lambda: client.chat_postMessage(channel=CHANNEL, text="", attachments=[])) == ("no_text", 200)
    bare = {"channel": CHANNEL, "text": "x", "metadata": {"event_type": "x"}}
    assert error(lambda: client.api_call("chat.postMessage", json=bare)) == ("invalid_metadata_format", 200)
    stranger = client_of(world, "xoxb-other")
    assert error(stranger.auth_test) == ("invalid_auth", 200)
    world.faults.activate("slack-archived")
    assert error(lambda: client.chat_postMessage(channel=CHANNEL, text="x")) == ("is_archived", 200)


def test_what_it_does_not_know_is_no_success(client: Any) -> None:
    word, status = error(lambda: client.api_call("files.upload"))
    assert (status, "The sandbox does not know files.upload" in word) == (501, True)


def test_metadata_are_told_to_who_asks_for_all(client: Any) -> None:
    client.chat_postMessage(channel=CHANNEL, text="x", metadata=METADATA)
    (plain,) = client.conversations_history(channel=CHANNEL)["messages"]
    (whole,) = client.conversations_history(channel=CHANNEL, include_all_metadata=True)["messages"]
    assert ("metadata" in plain, whole["metadata"]) == (False, METADATA)


def test_replies_are_in_their_thread_and_broadcast_ones_in_the_channel_too(client: Any) -> None:
    parent = client.chat_postMessage(channel=CHANNEL, text="parent")["ts"]
    client.chat_postMessage(channel=CHANNEL, text="reply", thread_ts=parent)
    client.chat_postMessage(channel=CHANNEL, text="failed", thread_ts=parent, reply_broadcast=True)
    assert texts(client.conversations_replies(channel=CHANNEL, ts=parent)) == ["parent", "reply", "failed"]
    assert texts(client.conversations_history(channel=CHANNEL)) == ["failed", "parent"]


def test_of_a_deleted_parent_a_tombstone_stays_where_it_had_replies(client: Any) -> None:
    alone, parent = (client.chat_postMessage(channel=CHANNEL, text=text)["ts"] for text in ("alone", "parent"))
    client.chat_postMessage(channel=CHANNEL, text="reply", thread_ts=parent)
    for ts in (alone, parent):
        client.chat_delete(channel=CHANNEL, ts=ts)
    assert error(lambda: client.conversations_replies(channel=CHANNEL, ts=alone)) == ("thread_not_found", 200)
    first, reply = client.conversations_replies(channel=CHANNEL, ts=parent)["messages"]
    assert (first["subtype"], reply["text"]) == ("tombstone", "reply")


def test_pages_end_and_begin_where_they_are_asked_to(client: Any) -> None:
    names = [client.chat_postMessage(channel=CHANNEL, text=str(number))["ts"] for number in range(5)]
    page = client.conversations_history(channel=CHANNEL, limit=2)
    assert (texts(page), page["has_more"]) == (["4", "3"], True)
    cursor = page["response_metadata"]["next_cursor"]
    assert texts(client.conversations_history(channel=CHANNEL, limit=2, cursor=cursor)) == ["2", "1"]
    assert texts(client.conversations_history(channel=CHANNEL, oldest=names[3])) == ["4"]
    assert texts(client.conversations_history(channel=CHANNEL, oldest=names[3], inclusive=True)) == ["4", "3"]


def test_a_limited_caller_is_told_how_long_to_wait(world: World, client: Any) -> None:
    world.faults.activate("slack-rate-limited")
    with pytest.raises(SlackApiError) as raised:
        client.chat_postMessage(channel=CHANNEL, text="x")
    answer = raised.value.response
    assert (answer.status_code, answer["error"], answer.headers["Retry-After"]) == (429, "ratelimited", "30")


def test_the_outbox_shows_what_a_person_sees(world: World, client: Any) -> None:
    ts = client.chat_postMessage(channel=CHANNEL, text="&lt;!channel&gt; <https://x.example|Dashboard> <!here>")["ts"]
    client.chat_postMessage(channel=CHANNEL, text="reply", thread_ts=ts)
    shown = [(message.channel, message.to, message.body) for message in world.outbox.messages()]
    assert shown == [
        ("slack", "#infrastructure-prod", "<!channel> Dashboard @here"),
        ("slack", "#infrastructure-prod (thread)", "reply"),
    ]
