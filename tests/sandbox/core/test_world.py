"""Bus and outbox of a sandbox."""

from __future__ import annotations

from datetime import UTC, datetime

from sandbox.core.clock import Clock
from sandbox.core.events import EventBus
from sandbox.core.outbox import Message, Outbox

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
