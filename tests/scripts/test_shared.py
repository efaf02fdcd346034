"""A shared fact is fetched once, however many threads ask, and its error is everyone's."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from scripts.shared import shared
from tests.clock import PATIENCE

THREADS = 8


class Facts:
    def __init__(self) -> None:
        self.fetched = 0
        self.all_asked = threading.Barrier(THREADS)

    @shared
    def value(self) -> int:
        self.fetched += 1
        return self.fetched

    @shared
    def broken(self) -> int:
        self.fetched += 1
        raise LookupError("no such thing")


def test_many_threads_fetch_once() -> None:
    facts = Facts()

    def ask(_: int) -> int:
        facts.all_asked.wait(PATIENCE)
        return facts.value

    with ThreadPoolExecutor(THREADS) as pool:
        assert set(pool.map(ask, range(THREADS))) == {1}
    assert facts.fetched == 1


def test_an_error_is_fetched_once_and_given_to_all() -> None:
    facts = Facts()
    for _ in range(2):
        with pytest.raises(LookupError):
            _ = facts.broken
    assert facts.fetched == 1


def test_two_objects_share_nothing() -> None:
    one, other = Facts(), Facts()
    assert (one.value, other.value) == (1, 1)
    assert (one.fetched, other.fetched) == (1, 1)
