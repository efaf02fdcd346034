"""What is merged is the head that was judged, once, and what became of it is known."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from sandbox.github.pulls import PullRequest as Hosted
from scripts.clients.github_errors import GitHubError
from scripts.gate.pull_request import PullRequest
from scripts.gate.reading import read_pull_request
from scripts.running.merging import merge
from tests.scripts.gate.place import FIRST, MANAGER, SECOND, InProcess, Place


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture
def hosted(place: Place) -> Hosted:
    pull = place.pull()
    for login in (FIRST, SECOND, MANAGER):
        place.review(pull, login)
    return pull


def judged(place: Place, hosted: Hosted) -> PullRequest:
    return read_pull_request(place.github, hosted.number)


class Losing(InProcess):
    """GitHub carries it out, and its answer is lost; `before`: the question is."""

    before = False

    def _exchange(
        self, method: str, url: str, headers: Mapping[str, str], body: str | None
    ) -> tuple[int, Mapping[str, str], bytes]:
        if method == "PUT" and self.before:
            raise GitHubError("GitHub cannot be reached: connection refused")
        answer = super()._exchange(method, url, headers, body)
        if method == "PUT":
            raise GitHubError("GitHub cannot be reached: connection reset")
        return answer


def test_it_is_merged_by_a_merge_commit(place: Place, hosted: Hosted) -> None:
    pull = judged(place, hosted)
    assert merge(place.github, pull) is None
    merged = judged(place, hosted)
    assert merged.merged
    assert len(place.host.repository.commit(merged.merge_sha).parents) == 2


def test_a_new_commit_between_gate_and_merge_and_nothing_is_merged(place: Place, hosted: Hosted) -> None:
    pull = judged(place, hosted)
    place.commit("dev", content="three\n")
    ended = merge(place.github, pull)
    assert ended
    assert ended.code == 3
    assert "nothing was merged" in ended.told
    assert not judged(place, hosted).merged


def test_two_laptops_at_once_merge_once(place: Place, hosted: Hosted) -> None:
    pull = judged(place, hosted)
    assert merge(place.github, pull) is None
    first = judged(place, hosted).merge_sha
    assert merge(place.github, pull) is None
    assert judged(place, hosted).merge_sha == first


def test_a_merge_whose_answer_was_lost_is_looked_for(place: Place, hosted: Hosted) -> None:
    assert merge(Losing(place.host), judged(place, hosted)) is None
    assert judged(place, hosted).merged


def test_a_merge_that_never_reached_github_is_not_known_to_be_done(place: Place, hosted: Hosted) -> None:
    github = Losing(place.host)
    github.before = True
    ended = merge(github, judged(place, hosted))
    assert ended
    assert ended.code == 4
    assert not judged(place, hosted).merged


def test_what_github_does_not_let_in_is_said_in_its_words(place: Place) -> None:
    hosted = place.pull()
    place.host.set_pull_state(hosted, "closed", FIRST)
    ended = merge(place.github, judged(place, hosted))
    assert ended
    assert ended.code == 3
    assert "Nothing was merged" in ended.told
