"""Clock, bus and outbox of a sandbox."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sandbox.world import Clock, EventBus, Message, Outbox

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def test_the_release_window_sees_the_real_time_unless_one_is_set() -> None:
    clock = Clock(lambda: NOON)
    assert clock.window_now() == NOON


def test_a_set_time_runs_on_from_when_it_was_set() -> None:
    now = [NOON]
    clock = Clock(lambda: now[0])
    clock.set_window(datetime(2026, 12, 1, tzinfo=UTC))
    now[0] += timedelta(minutes=5)
    assert clock.window_now() == datetime(2026, 12, 1, 0, 5, tzinfo=UTC)
    assert clock.now() == NOON + timedelta(minutes=5)


def test_the_real_time_comes_back() -> None:
    clock = Clock(lambda: NOON)
    clock.set_window(datetime(2026, 12, 1, tzinfo=UTC))
    clock.set_window(None)
    assert clock.window_now() == NOON


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
