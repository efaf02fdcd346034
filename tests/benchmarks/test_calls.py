"""What of a run's calls was made one after another."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from benchmarks.calls import Call, has_sequence, longest_sequence


def call(operation: str, started: float, ended: float) -> Call:
    return Call("service", operation, {}, started, ended)


A, B, C = call("A", 0, 2), call("B", 1, 3), call("C", 2, 4)


def test_calls_side_by_side_are_no_sequence() -> None:
    assert [one.operation for one in longest_sequence([C, B, A])] == ["A", "C"]
    assert len(longest_sequence([call("A", 0, 5), call("B", 1, 2), call("C", 2, 3), call("D", 4, 6)])) == 3


def test_a_chain_is_found_only_where_each_waited_for_the_one_before() -> None:
    assert has_sequence([C, B, A], ["A", "C"])
    assert not has_sequence([A, B, C], ["A", "B"])
    assert not has_sequence([A, B, C], ["C", "A"])
    assert not has_sequence([A], ["A", "A"])


SPANS = st.tuples(st.integers(0, 20), st.integers(1, 5)).map(lambda one: call("A", one[0], one[0] + one[1]))


@given(st.lists(SPANS, max_size=7))
def test_no_other_choice_of_calls_is_longer(calls: list[Call]) -> None:
    def best(left: list[Call], free_from: float) -> int:
        return max((1 + best(left, one.ended) for one in left if one.started >= free_from), default=0)

    found = longest_sequence(calls)
    assert all(one.ended <= two.started for one, two in pairwise(found))
    assert len(found) == best(calls, 0)
