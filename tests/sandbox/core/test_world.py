"""Bus and outbox of a sandbox."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from sandbox.aws.codepipeline import CodePipeline
from sandbox.commands.outbox import outbox
from sandbox.core.clock import Clock
from sandbox.core.events import EventBus
from sandbox.core.outbox import Message, Outbox
from sandbox.world import World
from tests.sandbox.conftest import MakeWorld

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def test_a_subscriber_that_fails_does_not_keep_the_event_from_the_next() -> None:
    seen: list[str] = []
    bus = EventBus(Clock(lambda: NOON))
    bus.subscribe(lambda event: seen[1])  # pyright: ignore[reportArgumentType]
    bus.subscribe(lambda event: seen.append(event.detail_type))
    bus.publish("aws.codepipeline", "CodePipeline Pipeline Execution State Change", {"state": "FAILED"})
    assert seen == ["CodePipeline Pipeline Execution State Change"]


def test_the_outbox_keeps_what_was_sent_in_order() -> None:
    outbox = Outbox()
    for subject in ("first", "second"):
        outbox.add(Message("email", "operations@helios.id", "body", subject, at=NOON))
    assert [message.as_json()["subject"] for message in outbox.messages()] == ["first", "second"]
    assert outbox.messages()[0].as_json()["at"] == "2026-11-24T12:00:00+00:00"


SENTENCE = "web-pipeline-prod:\nexecution 0c0de000 is FAILED since 2026-11-24T03:10:00Z, and so on and so forth"


@pytest.mark.parametrize(
    ("messages", "lines"),
    [
        ([], ["nothing was sent"]),
        (
            [
                Message("email", "operations@helios.id", SENTENCE, "AWS Notification Message", at=NOON),
                Message("slack", "#prod", "short", at=NOON),
            ],
            [
                "Tue 24 Nov 2026 12:00 UTC  operations@helios.id  AWS Notification Message | web-pipeline-prod: "
                "execution 0c0de000 is FAILED since 2026-11-24T03:10:…",
                "Tue 24 Nov 2026 12:00 UTC  #prod                 short",
            ],
        ),
    ],
    ids=["nothing", "two"],
)
def test_sandbox_outbox_shows_a_line_a_message_and_with_json_all_of_it(
    make_world: MakeWorld, messages: Sequence[Message], lines: list[str]
) -> None:
    world = make_world(CodePipeline)
    for message in messages:
        world.outbox.add(message)
    assert shown(world) == lines
    (told,) = shown(world, as_json=True)
    assert json.loads(told) == [message.as_json() for message in messages]


def shown(world: World, *, as_json: bool = False) -> list[str]:
    return list(outbox(world, as_json=as_json))
