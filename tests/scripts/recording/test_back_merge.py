"""The back-merge: one pull request into dev, however often it is asked for and wherever an answer is lost."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from scripts.clients.github_errors import GitHubError, GitHubRefusedError, GitHubUnansweredError
from scripts.recording.back_merge import BackMerge, BackMergeRefusedError, Stands, back_merge
from tests.scripts.gate.place import AUTHOR, FIRST, STRANGER, InProcess, Place


@pytest.fixture
def place(tmp_path: Path) -> Place:
    place = Place(tmp_path)
    place.commit("dev", "dev.yaml", "dev\n")
    place.commit("main", "urgent.yaml", "urgent\n")
    return place


def main(place: Place) -> str:
    return place.host.repository.branches()["main"]


def made(place: Place, *, dry_run: bool = False) -> BackMerge:
    return back_merge(place.github, "pr-12", main(place), "dev", dry_run=dry_run)


def branches(place: Place) -> list[str]:
    return [one for one in place.host.repository.branches() if one.startswith("back-merge/")]


def into_dev(place: Place) -> list[str]:
    return [one.head for one in place.host.pulls.values() if one.base == "dev"]


def test_it_is_a_pull_request_into_dev_from_a_branch_at_the_commit(place: Place) -> None:
    done = made(place)
    assert done.stands is Stands.OPENED
    (pull,) = place.host.pulls.values()
    assert (pull.head, pull.base, pull.head_sha) == ("back-merge/pr-12", "dev", main(place))
    assert done.url == "https://github.com/helios/web-infrastructure/pull/1"
    assert "merge commit" in pull.body
    assert "#12" in pull.title


def test_asked_for_again_it_is_the_same_one(place: Place) -> None:
    first, second = made(place), made(place)
    assert (second.stands, second.url) == (Stands.OPEN, first.url)
    assert into_dev(place) == ["back-merge/pr-12"]


def test_once_it_is_merged_by_a_merge_commit_there_is_nothing_to_do(place: Place) -> None:
    made(place)
    place.host.merge(place.host.pulls[1], FIRST)
    assert made(place).stands is Stands.CONTAINED
    assert into_dev(place) == ["back-merge/pr-12"]


def test_what_dev_has_already_needs_none(place: Place) -> None:
    place.merge_into("dev", "main")
    assert made(place).stands is Stands.CONTAINED
    assert branches(place) == []


def test_one_killed_after_the_branch_goes_on_with_the_pull_request(place: Place) -> None:
    place.host.repository.set_branch("back-merge/pr-12", main(place))
    assert made(place).stands is Stands.OPENED


def test_a_branch_on_which_people_have_settled_a_conflict_is_theirs(place: Place) -> None:
    place.host.repository.set_branch("back-merge/pr-12", main(place))
    place.merge_into("back-merge/pr-12", "dev")
    assert made(place).stands is Stands.OPENED


def test_a_branch_of_that_name_without_the_commit_is_told(place: Place) -> None:
    place.host.repository.set_branch("back-merge/pr-12", place.host.repository.branches()["dev"])
    with pytest.raises(BackMergeRefusedError, match="without"):
        made(place)
    assert into_dev(place) == []


def test_a_later_releases_back_merge_brings_an_earlier_ones_commit(place: Place) -> None:
    earlier = main(place)
    place.commit("main", "later.yaml", "later\n")
    back_merge(place.github, "pr-13", main(place), "dev")
    assert back_merge(place.github, "pr-12", earlier, "dev").stands is Stands.OPEN
    assert into_dev(place) == ["back-merge/pr-13"]


@pytest.mark.parametrize("lost", ["git/refs", "pulls"])
def test_a_lost_answer_is_looked_up_and_nothing_is_made_twice(
    place: Place, monkeypatch: pytest.MonkeyPatch, lost: str
) -> None:
    ask = place.github.change

    def change(method: str, path: str, body: Mapping[str, object], needs: str = "") -> object:
        answer = ask(method, path, body, needs)
        if path == lost:
            raise GitHubUnansweredError("the connection was reset")
        return answer

    monkeypatch.setattr(place.github, "change", change)
    assert made(place).stands is Stands.OPENED
    assert made(place).stands is Stands.OPEN
    assert into_dev(place) == branches(place) == ["back-merge/pr-12"]


@pytest.mark.parametrize("unanswered", ["git/refs", "pulls"])
def test_what_was_not_made_is_not_said_to_be(place: Place, monkeypatch: pytest.MonkeyPatch, unanswered: str) -> None:
    ask = place.github.change

    def change(method: str, path: str, body: Mapping[str, object], needs: str = "") -> object:
        if path == unanswered:
            raise GitHubUnansweredError("the connection was refused")
        return ask(method, path, body, needs)

    monkeypatch.setattr(place.github, "change", change)
    with pytest.raises(GitHubUnansweredError):
        made(place)


def test_of_two_at_once_one_opens_it_and_the_other_finds_it(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    ask = place.github.change

    def change(method: str, path: str, body: Mapping[str, object], needs: str = "") -> object:
        if path == "pulls":
            monkeypatch.setattr(place.github, "change", ask)
            made(place)
        return ask(method, path, body, needs)

    monkeypatch.setattr(place.github, "change", change)
    assert made(place).url.endswith("/pull/1")
    assert into_dev(place) == ["back-merge/pr-12"]


@pytest.mark.parametrize("method", ["squash", "rebase"])
def test_one_that_was_merged_otherwise_is_told_for_dev_lacks_the_commit_still(place: Place, method: str) -> None:
    made(place)
    place.host.merge(place.host.pulls[1], FIRST, method=method)
    with pytest.raises(BackMergeRefusedError, match="squashed or rebased"):
        made(place)


def test_one_that_people_have_closed_is_not_opened_again(place: Place) -> None:
    made(place)
    place.host.set_pull_state(place.host.pulls[1], "closed", AUTHOR)
    with pytest.raises(BackMergeRefusedError, match="closed without being merged"):
        made(place)
    assert into_dev(place) == ["back-merge/pr-12"]


def test_where_the_repository_forbids_merge_commits_it_says_so(place: Place) -> None:
    place.host.merge_methods.discard("merge")
    assert "forbids merge commits" in made(place).remark
    assert "forbids merge commits" in made(place).remark


def test_where_merge_commits_are_allowed_there_is_no_remark(place: Place) -> None:
    assert made(place).remark == ""


def test_a_token_that_may_not_write_is_told_what_it_needs(place: Place) -> None:
    place.github = InProcess(place.host, f"sandbox-{STRANGER}")
    with pytest.raises(GitHubError) as refused:
        made(place)
    assert isinstance(refused.value, GitHubRefusedError)
    assert "Contents and Pull requests: write" in refused.value.fix
    assert branches(place) == []


def test_a_dry_run_makes_nothing(place: Place) -> None:
    assert made(place, dry_run=True).stands is Stands.TO_BE_OPENED
    assert into_dev(place) == branches(place) == []
