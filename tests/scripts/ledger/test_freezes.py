"""A freeze that people set: one winner, known to everybody, and what is missing is no thaw."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from scripts.ledger.entries import UnreadableError
from scripts.ledger.freezes import Freeze, Thaw, freeze, newest, thaw
from scripts.ledger.ledger import Ledger
from tests.scripts.ledger.memory import Memory, Time, ledger_of

AT = datetime(2026, 3, 10, 1, 0, tzinfo=UTC)


@pytest.fixture
def store() -> Memory:
    return Memory()


@pytest.fixture
def ada(store: Memory) -> Ledger:
    return ledger_of("ada", store, Time(AT))


@pytest.fixture
def bob(store: Memory) -> Ledger:
    return ledger_of("bob", store, Time(AT + timedelta(minutes=5)))


def test_it_holds_from_when_it_is_set_until_it_is_lifted_and_all_of_it_stays(
    ada: Ledger, bob: Ledger, store: Memory
) -> None:
    assert newest(ada) is None
    freeze(ada, "checkout is down")
    assert newest(bob) == Freeze(by=ada.by, at=AT, reason="checkout is down")
    before, change = thaw(bob)
    assert before and before.by == ada.by  # noqa: PT018 - the second is of the first
    assert change.made
    assert newest(ada) == Thaw(by=bob.by, at=AT + timedelta(minutes=5))
    freeze(ada, "again")
    assert sorted(store.content) == [f"freezes/00000{number}.json" for number in (1, 2, 3)]


def test_a_second_freeze_is_not_set_and_told_whose_there_is(ada: Ledger, bob: Ledger) -> None:
    freeze(ada, "first")
    change = freeze(bob, "second")
    assert (change.made, change.newest) == (False, Freeze(by=ada.by, at=AT, reason="first"))


def test_of_two_who_freeze_at_once_one_wins(ada: Ledger, bob: Ledger, store: Memory) -> None:
    store.meanwhile(lambda: freeze(bob, "his"))
    change = freeze(ada, "hers")
    assert not change.made
    assert isinstance(change.newest, Freeze)
    assert change.newest.by == bob.by
    assert len(store.content) == 1


def test_of_two_who_thaw_at_once_one_does(ada: Ledger, bob: Ledger, store: Memory) -> None:
    freeze(ada, "r")
    store.meanwhile(lambda: thaw(bob))
    _, change = thaw(ada)
    assert not change.made
    assert change.newest == Thaw(by=bob.by, at=AT + timedelta(minutes=5))


def test_another_freeze_that_began_meanwhile_is_not_lifted_unseen(ada: Ledger, bob: Ledger, store: Memory) -> None:
    freeze(ada, "first")

    def another() -> None:
        thaw(bob)
        freeze(bob, "second")

    store.meanwhile(another)
    _, change = thaw(ada)
    assert not change.made
    assert isinstance(newest(ada), Freeze)


def test_there_is_nothing_to_lift_where_nothing_is_frozen(ada: Ledger, store: Memory) -> None:
    assert thaw(ada)[0] is None
    assert not store.content


@pytest.mark.parametrize("gone", [1, 2])
def test_an_entry_that_is_missing_is_no_thaw(gone: int, ada: Ledger, store: Memory) -> None:
    freeze(ada, "r")
    thaw(ada)
    freeze(ada, "again")
    del store.content[f"freezes/00000{gone}.json"]
    with pytest.raises(UnreadableError, match="whether there is a freeze is not known"):
        newest(ada)


@pytest.mark.parametrize("name", ["1", "0000001", "000002-copy"])
def test_what_is_no_entry_is_not_overlooked(name: str, ada: Ledger, store: Memory) -> None:
    freeze(ada, "r")
    store.content[f"freezes/{name}.json"] = b"{}"
    with pytest.raises(UnreadableError, match="an entry is missing, or one is none"):
        newest(ada)


def test_after_the_ninth_comes_the_tenth(ada: Ledger) -> None:
    for number in range(10):
        freeze(ada, f"{number}")
        thaw(ada)
    freeze(ada, "last")
    found = newest(ada)
    assert isinstance(found, Freeze)
    assert found.reason == "last"
