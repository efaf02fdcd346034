"""A message goes out once, or is told as uncertain: never twice in silence, never lost in silence."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.ledger.entries import UnreadableError
from scripts.ledger.ledger import Ledger
from scripts.ledger.messages import (
    Attempt,
    BeingSent,
    Delivered,
    Failed,
    Intent,
    Message,
    Sent,
    State,
    Uncertain,
    Undelivered,
    Unsent,
    answered,
    attempts,
    claim,
    state,
)
from tests.scripts.ledger.memory import Killed, Memory, Time, ledger_of

BUDGET = timedelta(minutes=2)
AT = datetime(2026, 3, 10, 1, 0, tzinfo=UTC)
MESSAGE = Message("pr-12", "failed", "3f0c0000-0000-4000-8000-000000000001", "mail")


@pytest.fixture
def store() -> Memory:
    return Memory()


@pytest.fixture
def time() -> Time:
    return Time(AT)


@pytest.fixture
def ada(store: Memory, time: Time) -> Ledger:
    return ledger_of("ada", store, time)


@pytest.fixture
def bob(store: Memory, time: Time) -> Ledger:
    return ledger_of("bob", store, time)


def begin(ledger: Ledger, content: bytes = b"It failed.", *, again: bool = False) -> tuple[int, bytes] | State:
    return claim(ledger, MESSAGE, content, BUDGET, again=again)


def stands(ledger: Ledger) -> State:
    return state(attempts(ledger, MESSAGE), ledger.clock(), BUDGET)


def sent(ledger: Ledger, attempt: int = 1) -> bool:
    return answered(ledger, MESSAGE, attempt, ledger.made(Sent, id="mail-1"))


def failed(ledger: Ledger, attempt: int = 1) -> bool:
    return answered(ledger, MESSAGE, attempt, ledger.made(Failed, why="refused"))


def test_the_keys_are_those_that_were_decided(ada: Ledger, store: Memory) -> None:
    begin(ada)
    failed(ada)
    begin(ada)
    sent(ada, 2)
    folder = "releases/pr-12/failed/3f0c0000-0000-4000-8000-000000000001/mail"
    names = ("001.failed.json", "001.intent.json", "002.intent.json", "002.sent.json")
    assert sorted(store.content) == [f"{folder}/{name}" for name in names]


def test_who_begins_first_sends_and_the_other_is_told_who(ada: Ledger, bob: Ledger) -> None:
    assert isinstance(stands(ada), Unsent)
    assert begin(ada) == (1, b"It failed.")
    told = begin(bob)
    assert isinstance(told, BeingSent)
    assert told.intent.by == ada.by


def test_of_two_at_the_same_moment_one_sends(ada: Ledger, bob: Ledger, store: Memory) -> None:
    store.meanwhile(lambda: begin(bob))
    told = begin(ada)
    assert isinstance(told, BeingSent)
    assert told.intent.by == bob.by


def test_what_was_sent_is_not_sent_again_whoever_asks_and_however_long_after(ada: Ledger, time: Time) -> None:
    begin(ada)
    sent(ada)
    time.passes(timedelta(days=400))
    assert isinstance(begin(ada, again=True), Delivered)


def test_what_failed_is_sent_again_with_the_bytes_of_the_first_attempt(ada: Ledger, bob: Ledger) -> None:
    begin(ada, b"as it was first")
    failed(ada)
    assert isinstance(stands(bob), Undelivered)
    assert begin(bob, b"the title has changed since") == (2, b"as it was first")
    assert isinstance(begin(ada), BeingSent)


def test_of_two_who_retry_one_sends(ada: Ledger, bob: Ledger, store: Memory) -> None:
    begin(ada)
    failed(ada)
    store.meanwhile(lambda: begin(bob))
    assert isinstance(begin(ada), BeingSent)


def test_an_intent_is_uncertain_once_nobody_tries_any_more(ada: Ledger, bob: Ledger, time: Time) -> None:
    begin(ada)
    time.passes(BUDGET)
    assert isinstance(begin(bob), BeingSent)
    time.passes(timedelta(seconds=1))
    told = begin(bob)
    assert isinstance(told, Uncertain)
    assert told.intent.by == ada.by


def test_what_is_uncertain_goes_out_again_only_if_a_person_says_so(ada: Ledger, bob: Ledger, time: Time) -> None:
    begin(ada, b"first")
    time.passes(timedelta(hours=1))
    assert isinstance(begin(bob), Uncertain)
    assert begin(bob, again=True) == (2, b"first")
    assert isinstance(begin(ada, again=True), BeingSent)


def test_what_is_being_sent_does_not_go_out_again_though_a_person_says_so(ada: Ledger, bob: Ledger) -> None:
    begin(ada)
    assert isinstance(begin(bob, again=True), BeingSent)


def test_an_answer_that_comes_late_settles_it(ada: Ledger, bob: Ledger, time: Time) -> None:
    begin(ada)
    time.passes(timedelta(hours=1))
    begin(bob, again=True)
    sent(ada, 1)
    assert isinstance(stands(bob), Delivered)


def test_the_first_answer_stays(ada: Ledger, bob: Ledger) -> None:
    begin(ada)
    assert sent(ada)
    assert not sent(bob)


def test_an_intent_of_a_time_to_come_is_no_reason_to_wait_for_ever(ada: Ledger, bob: Ledger, time: Time) -> None:
    time.passes(timedelta(days=365))
    begin(ada)
    time.passes(-timedelta(days=365))
    assert isinstance(begin(bob), Uncertain)


def test_a_second_failure_is_a_message_of_its_own(ada: Ledger) -> None:
    begin(ada)
    sent(ada)
    second = Message(MESSAGE.release, MESSAGE.event, "another-execution", MESSAGE.channel)
    assert claim(ada, second, b"again", BUDGET) == (1, b"again")


# A kill before every step, and then another run: see `send`
STEPS = ("list", "create the intent", "send", "create the answer")


def send(ledger: Ledger, outbox: list[bytes], step: Callable[[str], None]) -> None:
    """What a channel does."""
    step("list")
    step("create the intent")
    begun = begin(ledger)
    if not isinstance(begun, tuple):
        return
    step("send")
    outbox.append(begun[1])
    step("create the answer")
    sent(ledger, begun[0])


@pytest.mark.parametrize("killed_at", STEPS)
def test_a_run_that_is_killed_before_any_step_is_carried_on_without_sending_twice_in_silence(
    killed_at: str, ada: Ledger, bob: Ledger, time: Time
) -> None:
    outbox: list[bytes] = []

    def kill(step: str) -> None:
        if step == killed_at:
            raise Killed

    with pytest.raises(Killed):
        send(ada, outbox, kill)
    send(bob, outbox, lambda _: None)
    began = killed_at in {"send", "create the answer"}
    # What nobody had begun is sent; what somebody had is left to them as long as they may still be at it
    assert isinstance(stands(bob), BeingSent if began else Delivered)
    time.passes(timedelta(hours=1))
    send(bob, outbox, lambda _: None)
    assert isinstance(stands(bob), Uncertain if began else Delivered)
    assert len(outbox) == (0 if killed_at == "send" else 1)


def test_a_writer_that_cannot_note_its_answer_leaves_it_uncertain(ada: Ledger, time: Time) -> None:
    outbox: list[bytes] = []

    def denied(step: str) -> None:
        if step == "create the answer":
            raise PermissionError

    with pytest.raises(PermissionError):
        send(ada, outbox, denied)
    time.passes(timedelta(hours=1))
    assert isinstance(stands(ada), Uncertain)


@pytest.mark.parametrize("gone", ["001.intent.json", "002.intent.json"])
def test_what_is_missing_is_not_taken_for_unsent(gone: str, ada: Ledger, store: Memory) -> None:
    begin(ada)
    failed(ada)
    begin(ada)
    sent(ada, 2)
    del store.content[f"{MESSAGE.folder}{gone}"]
    with pytest.raises(UnreadableError, match="an entry is missing"):
        begin(ada)


def test_what_a_newer_program_noted_of_a_message_is_not_overlooked(ada: Ledger, store: Memory) -> None:
    begin(ada)
    store.content[f"{MESSAGE.folder}001.bounced.json"] = b"{}"
    with pytest.raises(UnreadableError, match=r"001\.bounced\.json is nothing that this program knows"):
        begin(ada)


@pytest.mark.parametrize("part", ["", "..", "a/b", "A", "a b", "x.json", "ä"])
def test_what_cannot_be_part_of_a_key_is_refused(part: str) -> None:
    with pytest.raises(ValueError, match=r"no folder of the ledger|more parts"):
        Message("pr-12", "failed", part, "mail").key(1, "intent")


ANSWERS = st.sampled_from(["none", "sent", "failed", "both"])


@given(st.lists(st.tuples(st.timedeltas(-10 * BUDGET, 10 * BUDGET), ANSWERS), max_size=4))
def test_how_it_stands_follows_from_what_is_there_alone(given_attempts: list[tuple[timedelta, str]]) -> None:
    there = [
        Attempt(
            Intent(by="ada", at=AT - age, content=b"%d" % number),
            Sent(by="ada", at=AT, id="") if answer in {"sent", "both"} else None,
            Failed(by="ada", at=AT, why="") if answer in {"failed", "both"} else None,
        )
        for number, (age, answer) in enumerate(given_attempts)
    ]
    found = state(there, AT, BUDGET)
    assert isinstance(found, Delivered) == any(one.sent for one in there)
    assert isinstance(found, Unsent) == (not there)
    if isinstance(found, Undelivered):
        assert found.content == b"0"
    if isinstance(found, BeingSent | Uncertain):
        assert isinstance(found, BeingSent) == (abs(given_attempts[-1][0]) <= BUDGET)
