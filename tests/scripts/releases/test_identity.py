"""A release is its pull request; its executions are those that were to carry its commit out."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from scripts.facts.pipeline import Execution
from scripts.gate.reading import read_pull_request
from scripts.releases import identity
from tests import clock
from tests.scripts.gate.place import FIRST, MANAGER, SECOND, Place


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def execution(
    name: str, revision: str | None, status: str = "Succeeded", *, minute: int = 0, back_to: str | None = None
) -> Execution:
    started = clock.now() + timedelta(minutes=minute)
    ended = None if status == "InProgress" else started + timedelta(minutes=1)
    return Execution(
        name, status, "", revision, "", started, ended, "Webhook", back_to, (revision,) if revision else ()
    )


def merged(place: Place, method: str = "merge", head: str = "dev") -> int:
    pull = place.pull(head)
    for login in (FIRST, SECOND, MANAGER):
        place.review(pull, login)
    place.host.merge(pull, FIRST, method=method)
    return pull.number


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
def test_a_commit_is_of_the_pull_request_that_made_it_however_that_was_merged(place: Place, method: str) -> None:
    number = merged(place, method)
    commit = read_pull_request(place.github, number).merge_sha
    assert identity.brought_by(place.github, "main", commit) == number
    assert identity.release_of(place.github, place.outputs, execution("one", commit)) == f"pr-{number}"


def test_a_direct_push_is_a_release_of_its_own(place: Place) -> None:
    commit = place.commit("main", content="pushed\n")
    assert identity.release_of(place.github, place.outputs, execution("one", commit)) == "exec-one"


def test_an_execution_that_has_read_no_commit_is_a_release_of_its_own(place: Place) -> None:
    assert identity.release_of(place.github, place.outputs, execution("one", None, "InProgress")) == "exec-one"


def test_a_commit_of_a_pull_requests_head_was_not_made_by_its_merge(place: Place) -> None:
    number = merged(place)
    head = read_pull_request(place.github, number).head_sha
    assert identity.brought_by(place.github, "main", head) is None


def test_a_merge_into_another_branch_is_none_into_this_one(place: Place) -> None:
    pull = place.pull("feature/x", "dev")
    place.review(pull, FIRST)
    place.host.merge(pull, FIRST)
    commit = read_pull_request(place.github, pull.number).merge_sha
    assert identity.brought_by(place.github, "main", commit) is None
    assert identity.brought_by(place.github, "dev", commit) == pull.number


@pytest.mark.parametrize(("release", "number"), [("pr-12", 12), ("exec-12", None), ("pr-0", None), ("pr-1x", None)])
def test_the_pull_request_of_a_release(release: str, number: int | None) -> None:
    assert identity.number_of(release) == number


A, B, C = "a" * 40, "b" * 40, "c" * 40


def names(found: tuple[Execution, ...]) -> list[str]:
    return [one.id for one in found]


def test_a_second_attempt_after_a_failure_belongs_to_the_release() -> None:
    found = [execution("2", A, minute=9), execution("1", A, "Failed")]
    assert names(identity.attempts(found, {A}.__contains__)) == ["1", "2"]


def test_what_comes_after_a_success_is_another_release() -> None:
    found = [execution("1", A), execution("2", B, "InProgress", minute=9)]
    assert names(identity.attempts(found, {A, B}.__contains__)) == ["1"]


def test_a_superseded_execution_is_followed_to_its_successor() -> None:
    found = [execution("1", A, "Superseded"), execution("2", B, "InProgress", minute=9)]
    assert names(identity.attempts(found, {A, B}.__contains__)) == ["1", "2"]


def test_what_does_not_contain_the_commit_and_what_goes_back_are_none_of_its() -> None:
    found = [
        execution("1", A, "Failed"),
        execution("2", C, minute=5),
        execution("3", A, minute=7, back_to="1"),
        execution("4", None, "InProgress", minute=9),
    ]
    assert names(identity.attempts(found, {A}.__contains__)) == ["1"]
