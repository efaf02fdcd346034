"""Clock, bus and outbox of a sandbox."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.core.clock import LONGEST_BEHIND, NOTHING, Clock
from sandbox.core.events import EventBus
from sandbox.core.outbox import Message, Outbox

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
SPANS = st.timedeltas(-LONGEST_BEHIND, LONGEST_BEHIND)


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


def test_a_clock_that_is_behind_runs_on_like_any_other() -> None:
    now = [NOON]
    clock = Clock(lambda: now[0], timedelta(hours=25))
    now[0] += timedelta(minutes=5)
    assert clock.now() == NOON - timedelta(hours=24, minutes=55)


@given(st.timedeltas(NOTHING, LONGEST_BEHIND), st.lists(SPANS))
def test_time_that_passes_at_once_is_never_negative_and_never_goes_beyond_the_real_time(
    behind: timedelta, leaps: list[timedelta]
) -> None:
    clock = Clock(lambda: NOON, behind)
    for span in leaps:
        before = clock.now()
        if NOTHING <= span <= clock.behind:
            clock.leap(span)
            assert clock.now() == before + span
        else:
            with pytest.raises(ValueError, match="cannot pass"):
                clock.leap(span)
            assert clock.now() == before
    assert NOON - behind <= clock.now() == NOON - clock.behind <= NOON


def test_the_time_set_for_the_release_window_passes_with_the_sandboxs_own() -> None:
    clock = Clock(lambda: NOON, timedelta(hours=25))
    clock.set_window(datetime(2026, 12, 3, 7, tzinfo=UTC))
    clock.leap(timedelta(hours=24))
    assert clock.window_now() == datetime(2026, 12, 4, 7, tzinfo=UTC)
    assert clock.now() == NOON - timedelta(hours=1)


def test_without_a_set_time_the_release_window_sees_the_sandboxs_own() -> None:
    assert Clock(lambda: NOON, timedelta(hours=25)).window_now() == NOON - timedelta(hours=25)


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
