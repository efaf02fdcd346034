"""A comment approves one thing, once, whoever uses it and wherever a run is killed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from scripts.ledger.comments import Use, use, used
from scripts.ledger.entries import UnreadableError
from scripts.ledger.ledger import Ledger
from tests.scripts.ledger.memory import Killed, Memory, Time, ledger_of

AT = datetime(2026, 3, 10, 1, 0, tzinfo=UTC)


@pytest.fixture
def store() -> Memory:
    return Memory()


@pytest.fixture
def ada(store: Memory) -> Ledger:
    return ledger_of("ada", store, Time(AT))


@pytest.fixture
def bob(store: Memory) -> Ledger:
    return ledger_of("bob", store, Time(AT))


def test_a_used_comment_is_known_to_everybody_with_who_and_for_what(ada: Ledger, bob: Ledger) -> None:
    assert used(bob) == frozenset()
    assert use(ada, 42, "exceptions/e1.json")
    assert used(bob) == {42}
    assert bob.find("comments/42.json", Use) == Use(by=ada.by, at=AT, purpose="exceptions/e1.json")


def test_a_comment_that_was_used_is_of_no_use_for_something_else(ada: Ledger, bob: Ledger) -> None:
    use(ada, 42, "exceptions/e1.json")
    assert not use(bob, 42, "exceptions/e2.json")
    assert use(bob, 43, "exceptions/e2.json")


def test_who_comes_after_a_killed_run_uses_it_for_the_same(ada: Ledger, bob: Ledger, store: Memory) -> None:
    def killed() -> None:
        use(bob, 42, "exceptions/e1.json")
        raise Killed

    store.meanwhile(killed)
    with pytest.raises(Killed):
        use(ada, 42, "exceptions/e1.json")
    assert use(ada, 42, "exceptions/e1.json")
    assert len(store.content) == 1


def test_of_two_who_use_it_at_once_for_different_things_one_wins(ada: Ledger, bob: Ledger, store: Memory) -> None:
    store.meanwhile(lambda: use(bob, 42, "his"))
    assert not use(ada, 42, "hers")
    assert use(bob, 42, "his")


def test_what_a_release_has_used_is_not_used_for_itself(ada: Ledger) -> None:
    use(ada, 42, "pr-12")
    use(ada, 43, "pr-13")
    assert used(ada, apart_from="pr-12") == {43}


@pytest.mark.parametrize("key", ["comments/x.json", "comments/42/again.json"])
def test_what_is_none_of_its_entries_is_never_taken_for_no_use(ada: Ledger, store: Memory, key: str) -> None:
    store.content[key] = b"{}"
    with pytest.raises(UnreadableError, match="which comments were used is not known"):
        used(ada)


def test_an_entry_that_cannot_be_read_approves_nothing(ada: Ledger, store: Memory) -> None:
    store.content["comments/42.json"] = b"{}"
    assert used(ada) == {42}
    with pytest.raises(UnreadableError):
        use(ada, 42, "exceptions/e1.json")
