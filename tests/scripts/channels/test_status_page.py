"""The status page is changed once: what was refused, what was lost and what is there are told apart."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

from scripts.channels.channel import CANNOT_TELL, NOT_THERE, NotSentError, SendUncertainError
from scripts.channels.status_page import PAGE, StatusPage

INCIDENT = {"name": "Maintenance", "status": "scheduled", "body": "Tuesday"}
MADE = json.dumps({"page_id": "page", "incident": INCIDENT}).encode()
CHANGED = json.dumps(
    {"page_id": "page", "incident_id": "inc1", "incident": {**INCIDENT, "status": "in_progress", "body": "Now"}}
).encode()
SINCE = datetime(2026, 3, 10, 1, 0, tzinfo=UTC)
Answer = tuple[int, Any] | Exception


class Page:
    """Answers by a function of method, path and body, and keeps what it was asked."""

    def __init__(self, answer: Callable[[str, str, Any], Answer]) -> None:
        self.answer = answer
        self.asked: list[tuple[str, str, Any]] = []

    def send(self, request: Any) -> Any:
        body = json.loads(request.body) if request.body else None
        self.asked.append((request.method, request.url, body))
        assert request.headers["Authorization"] in ("OAuth key", b"OAuth key")
        answer = self.answer(*self.asked[-1])
        if isinstance(answer, Exception):
            raise answer
        status, said = answer
        content = said if isinstance(said, bytes) else json.dumps(said).encode()
        return SimpleNamespace(status_code=status, content=content)


def through(answer: Answer | Callable[[str, str, Any], Answer]) -> tuple[StatusPage, Page]:
    page = Page(answer if callable(answer) else lambda *_: answer)
    channel = StatusPage("key", "https://status.example/v1")
    channel.__dict__["_session"] = page
    return channel, page


def sent(content: bytes) -> Mapping[str, Any]:
    channel, page = through((200, {"id": "inc1"}))
    channel.send(content)
    return page.asked[0][2]["incident"]


def test_a_maintenance_is_made_and_named_by_its_id() -> None:
    channel, page = through((201, {"id": "inc1"}))
    assert channel.send(MADE) == "inc1"
    method, url, body = page.asked[0]
    assert (method, url) == ("POST", "https://status.example/v1/pages/page/incidents")
    assert {name: body["incident"][name] for name in INCIDENT} == INCIDENT


def test_one_that_is_there_is_changed() -> None:
    channel, page = through((200, {"id": "inc1"}))
    assert channel.send(CHANGED) == "inc1"
    assert page.asked[0][:2] == ("PATCH", "https://status.example/v1/pages/page/incidents/inc1")


@pytest.mark.parametrize(
    ("status", "said", "words"),
    [
        (401, {"error": "Could not authenticate"}, "STATUSPAGE_API_KEY"),
        (404, {"error": "Not found"}, "statusPage"),
        (422, {"error": ["Name can't be blank"]}, "developer.statuspage.io"),
        (420, b"slow down", "in a minute"),
        (429, {"error": "slow down"}, "in a minute"),
    ],
)
def test_a_refusal_was_not_sent_and_says_what_to_do(status: int, said: Any, words: str) -> None:
    with pytest.raises(NotSentError) as raised:
        through((status, said))[0].send(MADE)
    assert words in raised.value.fix


def test_without_a_connection_nothing_was_sent() -> None:
    with pytest.raises(NotSentError):
        through(EndpointConnectionError(endpoint_url="https://status.example"))[0].send(MADE)


@pytest.mark.parametrize(
    "answer",
    [ReadTimeoutError(endpoint_url="x"), (503, b"<html>"), (200, b"<html>"), (200, {}), (302, {})],
    ids=["lost", "broken down", "a page", "no id", "led elsewhere"],
)
def test_an_answer_that_is_lost_or_none_is_uncertain(answer: Answer) -> None:
    with pytest.raises(SendUncertainError):
        through(answer)[0].send(MADE)


def kept(content: bytes, **more: Any) -> dict[str, Any]:
    return {"id": "inc1", "created_at": "2026-03-10T01:00:10.000Z", "incident_updates": [], **sent(content), **more}


def test_what_was_made_is_found_by_what_the_call_left_in_it() -> None:
    other = {"id": "inc0", "created_at": "2026-03-10T01:00:20.000Z", "metadata": {}}
    assert through((200, [other, kept(MADE)]))[0].find(MADE, SINCE) == "inc1"


def test_what_is_not_among_those_since_then_was_never_made() -> None:
    assert through((200, []))[0].find(MADE, SINCE) is NOT_THERE
    channel, page = through((200, days_before(PAGE)))
    assert channel.find(MADE, SINCE) is NOT_THERE
    assert len(page.asked) == 1


def days_before(number: int) -> list[dict[str, Any]]:
    return [
        {"id": f"old{day}", "created_at": (SINCE - timedelta(days=day + 1)).isoformat(), "metadata": {}}
        for day in range(number)
    ]


def test_where_the_oldest_come_first_all_are_read() -> None:
    oldest_first = [*reversed(days_before(PAGE))]
    channel, _ = through(lambda _method, url, _body: (200, [kept(MADE)] if "page=2" in url else oldest_first))
    assert channel.find(MADE, SINCE) == "inc1"


def test_a_later_page_is_read_where_the_first_is_full_and_recent() -> None:
    recent = {"id": "inc0", "created_at": (SINCE + timedelta(hours=1)).isoformat(), "metadata": {}}
    channel, _ = through(lambda _method, url, _body: (200, [kept(MADE)] if "page=2" in url else [recent] * PAGE))
    assert channel.find(MADE, SINCE) == "inc1"


def test_a_change_is_found_by_its_mark_or_by_what_it_says() -> None:
    assert through((200, kept(CHANGED)))[0].find(CHANGED, SINCE) == "inc1"
    update = {"status": "in_progress", "body": "Now", "created_at": "2026-03-10T01:00:10.000Z"}
    overwritten = {**kept(MADE), "incident_updates": [update]}
    assert through((200, overwritten))[0].find(CHANGED, SINCE) == "inc1"
    before = {**overwritten, "incident_updates": [{**update, "created_at": "2026-03-09T01:00:10.000Z"}]}
    assert through((200, before))[0].find(CHANGED, SINCE) is NOT_THERE


@pytest.mark.parametrize("content", [MADE, CHANGED])
@pytest.mark.parametrize("answer", [(401, {}), (200, b"<html>"), (200, [{}]), ReadTimeoutError(endpoint_url="x")])
def test_who_cannot_look_cannot_tell(content: bytes, answer: Answer) -> None:
    assert through(answer)[0].find(content, SINCE) is CANNOT_TELL
