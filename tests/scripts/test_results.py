"""The verdict: worst wins, and nothing missing ever counts as good."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from scripts.results import EXIT_CODES, Status, verdict

# design's order, said once more on purpose
ORDER = ["PASS", "INCONCLUSIVE", "ERROR", "FAIL"]
statuses = st.lists(st.sampled_from(list(Status)))


@given(statuses)
def test_the_verdict_is_the_worst_answer(given_statuses: list[Status]) -> None:
    answered = [status.value for status in given_statuses if status is not Status.SKIPPED]
    expected = max(answered, key=ORDER.index) if answered else "INCONCLUSIVE"
    assert verdict(given_statuses) == expected


@given(statuses)
def test_pass_needs_a_pass_and_nothing_worse(given_statuses: list[Status]) -> None:
    if verdict(given_statuses) is Status.PASS:
        assert set(given_statuses) - {Status.SKIPPED} == {Status.PASS}


@given(statuses.flatmap(lambda given: st.tuples(st.just(given), st.permutations(given))))
def test_the_order_of_the_checks_is_irrelevant(both: tuple[list[Status], list[Status]]) -> None:
    assert verdict(both[0]) is verdict(both[1])


@given(statuses, st.sampled_from(list(Status)))
def test_one_more_check_never_makes_the_verdict_better_than_it_was(given_statuses: list[Status], more: Status) -> None:
    before = [status for status in given_statuses if status is not Status.SKIPPED]
    if before:
        assert ORDER.index(verdict([*given_statuses, more])) >= ORDER.index(verdict(given_statuses))


@given(st.lists(st.just(Status.SKIPPED)))
def test_no_checks_and_nothing_but_skipped_ones_never_pass(given_statuses: list[Status]) -> None:
    assert verdict(given_statuses) is Status.INCONCLUSIVE


def test_exit_codes_are_those_of_the_design() -> None:
    assert {status.value: code for status, code in EXIT_CODES.items()} == {
        "PASS": 0,
        "FAIL": 3,
        "INCONCLUSIVE": 4,
        "ERROR": 4,
    }
