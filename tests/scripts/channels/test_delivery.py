"""A message goes out once, whoever sends, whatever is killed and whichever answer is lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from scripts.channels.channel import BUDGET, LONGEST_SEND, NOT_THERE, NotSentError, SendUncertainError
from scripts.channels.delivery import Outcome, Told, deliver
from scripts.errors import UndeterminedError
from scripts.ledger.ledger import Ledger
from scripts.ledger.messages import Message, attempts
from tests.scripts.channels.fake import Fake
from tests.scripts.ledger.memory import Killed, Memory, Time, ledger_of

AT = datetime(2026, 3, 10, 1, 0, tzinfo=UTC)
MESSAGE = Message("pr-12", "started", "3f0c0000-0000-4000-8000-000000000001", "slack")


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


@pytest.fixture
def channel() -> Fake:
    return Fake()


def raising(problem: BaseException) -> Callable[[], str]:
    def end() -> str:
        raise problem

    return end


def send(ledger: Ledger, channel: Fake, content: bytes = b"Started.", *, again: bool = False) -> Told:
    return deliver(ledger, MESSAGE, channel, content, again=again)


def kill(ledger: Ledger, channel: Fake, content: bytes = b"Started.") -> None:
    usual, channel.ends = channel.ends, raising(Killed())
    with pytest.raises(Killed):
        send(ledger, channel, content)
    channel.ends = usual


def test_it_is_noted_before_it_is_sent_and_after(ada: Ledger, channel: Fake) -> None:
    there: list[int] = []
    channel.ends = lambda: str(there.append(len(attempts(ada, MESSAGE))) or "ts-1")
    told = send(ada, channel)
    assert (told.outcome, told.id, told.delivered) == (Outcome.SENT, "ts-1", True)
    assert there == [1]
    (attempt,) = attempts(ada, MESSAGE)
    assert attempt.sent is not None
    assert attempt.sent.id == "ts-1"


def test_of_two_senders_at_once_one_sends_and_the_other_is_told_who(
    ada: Ledger, bob: Ledger, store: Memory, channel: Fake
) -> None:
    first: list[Told] = []
    store.meanwhile(lambda: first.append(send(bob, channel, b"bob's")))
    told = send(ada, channel, b"ada's")
    assert channel.sent == [b"bob's"]
    assert (told.outcome, told.by) == (Outcome.SENT_BEFORE, bob.by)


def test_who_comes_while_another_sends_waits_for_nothing_and_sends_nothing(
    ada: Ledger, bob: Ledger, channel: Fake
) -> None:
    kill(bob, channel)
    told = send(ada, channel)
    assert (told.outcome, told.by, told.delivered) == (Outcome.BEING_SENT, bob.by, False)
    assert len(channel.sent) == 1


def test_what_was_accepted_and_whose_answer_was_lost_is_found_and_not_sent_again(
    ada: Ledger, bob: Ledger, time: Time, channel: Fake
) -> None:
    kill(ada, channel)
    time.passes(BUDGET + timedelta(seconds=1))
    channel.found = "ts-of-ada"
    told = send(bob, channel, b"Another title.")
    assert (told.outcome, told.id, told.by) == (Outcome.FOUND, "ts-of-ada", ada.by)
    assert channel.asked == [(b"Started.", AT)]
    assert len(channel.sent) == 1
    assert send(ada, channel).outcome is Outcome.SENT_BEFORE


def test_what_never_arrived_goes_out_with_the_first_bytes_though_the_title_changed(
    ada: Ledger, bob: Ledger, time: Time, channel: Fake
) -> None:
    kill(ada, channel)
    time.passes(BUDGET + timedelta(seconds=1))
    channel.found = NOT_THERE
    assert send(bob, channel, b"Another title.").outcome is Outcome.SENT
    assert channel.sent == [b"Started.", b"Started."]


def test_of_two_who_find_that_it_never_arrived_one_sends(
    ada: Ledger, bob: Ledger, store: Memory, time: Time, channel: Fake
) -> None:
    kill(ada, channel)
    time.passes(BUDGET + timedelta(seconds=1))
    channel.found = NOT_THERE
    store.meanwhile(lambda: send(bob, channel))
    send(ada, channel)
    assert len(channel.sent) == 2


def test_where_the_provider_cannot_tell_a_person_decides(ada: Ledger, bob: Ledger, time: Time, channel: Fake) -> None:
    kill(ada, channel)
    time.passes(BUDGET + timedelta(seconds=1))
    told = send(bob, channel)
    assert (told.outcome, told.by, told.delivered) == (Outcome.UNCERTAIN, ada.by, False)
    assert len(channel.sent) == 1
    assert send(bob, channel, b"new", again=True).outcome is Outcome.SENT
    assert channel.sent == [b"Started.", b"Started."]


def test_a_lost_answer_is_told_as_uncertain_and_leaves_no_answer_in_the_ledger(ada: Ledger, channel: Fake) -> None:
    channel.ends = raising(SendUncertainError("No answer."))
    told = send(ada, channel)
    assert (told.outcome, told.why) == (Outcome.UNCERTAIN, "No answer.")
    (attempt,) = attempts(ada, MESSAGE)
    assert (attempt.sent, attempt.failed) == (None, None)


def test_a_refusal_is_noted_and_the_next_attempt_sends_the_first_bytes(ada: Ledger, channel: Fake) -> None:
    usual, channel.ends = channel.ends, raising(NotSentError("Archived.", "Unarchive it."))
    told = send(ada, channel, b"first")
    assert (told.outcome, told.why, told.fix) == (Outcome.NOT_SENT, "Archived.", "Unarchive it.")
    channel.ends = usual
    assert send(ada, channel, b"second").outcome is Outcome.SENT
    assert channel.sent == [b"first", b"first"]


def test_whose_machine_slept_after_claiming_sends_nothing(
    ada: Ledger, store: Memory, time: Time, channel: Fake
) -> None:
    store.meanwhile(lambda: time.passes(BUDGET - LONGEST_SEND + timedelta(seconds=1)))
    told = send(ada, channel)
    assert (told.outcome, channel.sent) == (Outcome.NOT_SENT, [])


class Deaf(Memory):
    """It takes the intent, and no answer."""

    def create(self, key: str, data: bytes) -> bool:
        if key.endswith(".intent.json"):
            return super().create(key, data)
        raise UndeterminedError("The bucket refuses.")


def test_what_was_sent_while_the_ledger_went_away_is_uncertain_and_said(time: Time, channel: Fake) -> None:
    told = send(ledger_of("ada", Deaf(), time), channel)
    assert (told.outcome, told.id) == (Outcome.UNCERTAIN, "ts-1")
    assert told.why == "It was sent, and the ledger could not be told: The bucket refuses."
