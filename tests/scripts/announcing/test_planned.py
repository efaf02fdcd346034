"""What was announced of a release, as it is read from the ledger."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from scripts.announcing.occasions import VERIFIED, Announced, Event, Occasion, find, note, occasions
from scripts.announcing.planned import Planned, occasion, planned_of
from scripts.ledger.entries import UnreadableError
from scripts.ledger.ledger import Ledger
from scripts.ledger.messages import Failed, Sent, answered, claim
from tests.scripts.ledger.memory import Memory, Time, ledger_of

NOW = datetime(2026, 3, 10, 1, 0, tzinfo=UTC)
THURSDAY = datetime(2026, 3, 12, 0, 0, tzinfo=UTC)
TREE, OTHER = "a1" * 20, "b2" * 20
BUDGET = timedelta(minutes=2)


@pytest.fixture
def time() -> Time:
    return Time(NOW)


@pytest.fixture
def ledger(time: Time) -> Ledger:
    return ledger_of("ada", Memory(), time)


def announce(ledger: Ledger, content: str = TREE, at: datetime = THURSDAY, event: Event = Event.PLANNED) -> Occasion:
    found = Occasion("pr-12", event, occasion(content, at))
    messages = {"mail-operations": "Dear operations", "slack": "{}"}
    note(ledger, found, ledger.made(Announced, messages=messages, left_out={}, about={}))
    return found


def attempt(ledger: Ledger, of: Occasion, channel: str, answer: type[Sent | Failed] | None) -> None:
    claimed = claim(ledger, of.message(channel), b"Dear operations", BUDGET)
    assert isinstance(claimed, tuple)
    if answer is not None:
        told = ledger.made(Sent, id="1") if answer is Sent else ledger.made(Failed, why="refused")
        answered(ledger, of.message(channel), claimed[0], told)


def only(ledger: Ledger) -> Planned:
    (found,) = planned_of(ledger, "pr-12")
    return found


def test_nothing_was_announced_of_a_release_that_nobody_announced(ledger: Ledger) -> None:
    note(ledger, Occasion("pr-13", Event.PLANNED, occasion(TREE, THURSDAY)), _announced(ledger))
    note(ledger, Occasion("pr-12", Event.STARTED, "exec"), _announced(ledger))
    assert planned_of(ledger, "pr-12") == []


def _announced(ledger: Ledger) -> Announced:
    return ledger.made(Announced, messages={}, left_out={}, about={})


def test_an_announcement_says_for_which_content_and_when(ledger: Ledger) -> None:
    announce(ledger)
    found = only(ledger)
    assert found.is_of(TREE)
    assert not found.is_of(OTHER)
    assert (found.at, found.postponed) == (THURSDAY, False)


def test_what_is_yet_to_be_begun_is_there_and_not_sent(ledger: Ledger) -> None:
    """A run that is ended after its first message leaves no announcement that looks whole."""
    attempt(ledger, announce(ledger), "mail-operations", Sent)
    found = only(ledger)
    assert set(found.channels) == {"mail-operations", "slack"}
    assert (found.sent("mail-operations"), found.sent("slack")) == (NOW, None)


def test_it_counts_from_the_attempt_that_arrived(ledger: Ledger, time: Time) -> None:
    of = announce(ledger)
    attempt(ledger, of, "mail-operations", Failed)
    time.passes(timedelta(hours=1))
    attempt(ledger, of, "mail-operations", Sent)
    assert only(ledger).sent("mail-operations") == NOW + timedelta(hours=1)


def test_nobody_knows_of_an_attempt_without_an_answer_that_it_arrived(ledger: Ledger) -> None:
    attempt(ledger, announce(ledger), "mail-operations", None)
    assert (only(ledger).sent("mail-operations"), only(ledger).unsettled("mail-operations")) == (None, 1)


def test_it_is_postponed_from_when_that_is_noted_and_no_other_is(ledger: Ledger) -> None:
    announce(ledger)
    announce(ledger, at=THURSDAY + timedelta(days=5))
    announce(ledger, event=Event.POSTPONED)
    assert [one.postponed for one in planned_of(ledger, "pr-12")] == [True, False]


def test_the_first_announcement_of_an_occasion_stays(ledger: Ledger) -> None:
    of = announce(ledger)
    second = ledger.made(Announced, messages={"slack": "another title"}, left_out={}, about={})
    assert note(ledger, of, second).messages["slack"] == "{}"
    assert find(ledger, of) == note(ledger, of, second)


def test_a_key_that_is_none_of_an_announcement_is_never_passed_over(ledger: Ledger) -> None:
    ledger.store.create("releases/pr-12/planned/soon/mail/001.intent.json", b"{}")
    with pytest.raises(UnreadableError, match="nothing that this program knows"):
        planned_of(ledger, "pr-12")


def test_announcements_are_found_among_the_keys_of_a_ledger() -> None:
    keys = [
        "releases/pr-12/planned/a1-20260312t0000z/announcement.json",
        "releases/pr-12/planned/a1-20260312t0000z/slack/001.intent.json",
        "releases/pr-12/complete/exec/verified.json",
        "releases/pr-12/go/a1.json",
        "releases/start/emergency/abc/codepipeline/001.intent.json",
    ]
    planned, complete = occasions(keys)
    assert (planned.event, planned.told) == (Event.PLANNED, "pr-12/planned/a1-20260312t0000z")
    assert (complete.event, complete.part) == (Event.COMPLETE, VERIFIED)
