"""What a deployment brought: each change once, told as it came, and nothing that was not deployed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from sandbox.github.pulls import PullRequest
from scripts.clients.github_errors import GitHubError
from scripts.recording.changes import Change, Changes, Commit, How, Pull, changes
from scripts.recording.comparing import read_changes
from tests import clock
from tests.scripts.gate.place import AUTHOR, FIRST, Place


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def feature(
    place: Place, name: str, *, commits: int = 1, method: str = "merge", base: str = "dev", body: str = ""
) -> PullRequest:
    """A pull request that is merged into dev; its commits are of files of its own."""
    head = f"feature/{name}"
    place.host.repository.set_branch(head, place.host.repository.branches()[base])
    for number in range(commits):
        place.commit(head, f"{name}-{number}.yaml", f"{name} {number}\n")
    pull = place.host.open_pull(title=f"Add {name}", head=head, base=base, author=AUTHOR, body=body)
    place.host.merge(pull, FIRST, method=method)
    return pull


def released(place: Place, method: str = "merge", head: str = "dev") -> PullRequest:
    pull = place.host.open_pull(title=f"Release of {head}", head=head, base="main", author=AUTHOR)
    place.host.merge(pull, FIRST, method=method)
    return pull


def between(place: Place, base: str) -> Changes:
    return read_changes(place.github, base, place.host.repository.branches()["main"], "dev")


def main(place: Place) -> str:
    return place.host.repository.branches()["main"]


def told(found: tuple[Change, ...]) -> list[tuple[str, How]]:
    return [(one.title, one.how) for one in found]


def test_the_pull_requests_that_a_release_carries_are_its_changes_each_once(place: Place) -> None:
    before = main(place)
    feature(place, "queue", commits=2)
    feature(place, "cache", method="squash", commits=3)
    feature(place, "logs", method="rebase", commits=2)
    place.commit("dev", "pushed.yaml", "pushed\n")
    release = released(place)
    found = between(place, before)
    assert told(found.deployed) == [
        ("Add queue", How.MERGED),
        ("Add cache", How.SQUASHED),
        ("Add logs", How.REBASED),
        ("Change pushed.yaml", How.PUSHED),
    ]
    assert [one.number for one in found.carriers] == [release.number]
    assert [len(one.commits) for one in found.deployed] == [3, 1, 2, 1]


def test_every_commit_is_of_one_change(place: Place) -> None:
    before = main(place)
    feature(place, "queue", commits=2)
    feature(place, "logs", method="rebase", commits=3)
    place.commit("dev", "pushed.yaml", "pushed\n")
    released(place)
    found = between(place, before)
    mine = [sha for one in (*found.deployed, *found.undone, *found.carriers) for sha in one.commits]
    assert sorted(mine) == sorted(place.host.repository.between(before, main(place)))


def test_what_stays_in_dev_was_not_deployed(place: Place) -> None:
    before = main(place)
    feature(place, "queue")
    released(place)
    feature(place, "later")
    assert told(between(place, before).deployed) == [("Add queue", How.MERGED)]


def test_what_was_deployed_before_is_not_told_again(place: Place) -> None:
    feature(place, "queue")
    released(place)
    before = main(place)
    feature(place, "cache")
    released(place)
    assert told(between(place, before).deployed) == [("Add cache", How.MERGED)]


@pytest.mark.parametrize(("method", "how"), [("merge", How.MERGED), ("squash", How.SQUASHED), ("rebase", How.REBASED)])
def test_a_hotfix_is_its_own_change_with_all_its_commits(place: Place, method: str, how: How) -> None:
    before = main(place)
    feature(place, "urgent", commits=2, method=method, base="main")
    found = between(place, before)
    assert told(found.deployed) == [("Add urgent", how)]
    assert found.carriers == ()


def test_a_squashed_release_is_one_change_for_nobody_can_see_what_it_was_made_of(place: Place) -> None:
    before = main(place)
    feature(place, "queue")
    released(place, "squash")
    assert told(between(place, before).deployed) == [("Release of dev", How.SQUASHED)]


def test_a_direct_push_to_main_is_told_as_one(place: Place) -> None:
    before = main(place)
    sha = place.commit("main", "pushed.yaml", "pushed\n")
    (only,) = between(place, before).deployed
    assert (only.how, only.number, only.name) == (How.PUSHED, None, sha[:12])


def test_two_releases_deployed_at_once_are_the_changes_of_both(place: Place) -> None:
    before = main(place)
    feature(place, "queue")
    superseded = released(place)
    feature(place, "cache")
    successor = released(place)
    found = between(place, before)
    assert told(found.deployed) == [("Add queue", How.MERGED), ("Add cache", How.MERGED)]
    assert [one.number for one in found.carriers] == [superseded.number, successor.number]


def test_a_back_merge_is_no_change(place: Place) -> None:
    feature(place, "urgent", base="main")
    before = main(place)
    place.host.repository.set_branch("back-merge/pr-1", before)
    place.commit("dev", "x.yaml", "x\n")
    back = place.host.open_pull(title="main into dev", head="back-merge/pr-1", base="dev", author=AUTHOR)
    place.host.merge(back, FIRST)
    released(place)
    found = between(place, before)
    assert told(found.deployed) == [("Change x.yaml", How.PUSHED)]
    assert back.number in [one.number for one in found.carriers]


def test_merging_on_a_machine_brings_nothing_of_its_own(place: Place) -> None:
    before = main(place)
    place.commit("main", "one.yaml", "one\n")
    place.commit("dev", "two.yaml", "two\n")
    place.merge_into("dev", "main")
    place.merge_into("main", "dev")
    found = between(place, before)
    assert {one.title for one in found.deployed} == {"Change one.yaml", "Change two.yaml"}
    assert found.merges == 2


def test_more_commits_than_a_page_has_are_all_read(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scripts.recording.comparing.PAGE", 3)
    before = main(place)
    for number in range(7):
        place.commit("main", f"{number}.yaml", f"{number}\n")
    assert len(between(place, before).deployed) == 7


def test_a_comparison_that_lacks_commits_is_not_taken_for_whole(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    before = main(place)
    place.commit("main", "one.yaml", "one\n")
    whole = place.github.get
    monkeypatch.setattr(place.github, "get", lambda path: {**whole(path), "total_commits": 2})
    with pytest.raises(GitHubError):
        between(place, before)


# Reverts, as commits and pull requests that no branch has to hold.


def sha(number: int) -> str:
    return f"{number:08x}" * 5


def commit(number: int, message: str = "", *parents: int) -> Commit:
    moment = clock.now() + timedelta(minutes=number)
    before = parents or ((number - 1,) if number > 1 else ())
    names = tuple(map(sha, before))
    return Commit(sha(number), names, message or f"Change {number}", AUTHOR, moment, moment)


def pull(number: int, made: int, body: str = "", title: str = "") -> Pull:
    words = title or f"Pull {number}"
    return Pull(number, words, "", AUTHOR, body, f"feature/{number}", "main", clock.now(), sha(made))


def undo(number: int) -> str:
    return f'Revert "Change {number}"\n\nThis reverts commit {sha(number)}.'


def names(found: tuple[Change, ...]) -> list[str]:
    return [one.name for one in found]


def test_a_revert_of_what_was_deployed_before_is_a_change_and_says_what_it_takes_back() -> None:
    (only,) = changes([commit(9, undo(5))], [], {}, "dev").deployed
    assert only.reverts == sha(5)[:12]


def test_a_change_and_its_revert_in_one_release_deploy_nothing_and_are_told_so() -> None:
    found = changes([commit(1), commit(2), commit(3, undo(1))], [], {}, "dev")
    assert names(found.deployed) == [sha(2)[:12]]
    assert len(found.undone) == 2


def test_a_reverted_revert_leaves_the_change() -> None:
    found = changes([commit(1), commit(2, undo(1)), commit(3, undo(2))], [], {}, "dev")
    assert names(found.deployed) == [sha(1)[:12]]


def test_a_pull_request_that_github_made_to_revert_another_takes_it_back() -> None:
    commits = [commit(1), commit(2, undo(1))]
    pulls = [pull(5, 1), pull(6, 2, "Reverts helios/web-infrastructure#5", 'Revert "Pull 5"')]
    found = changes(commits, pulls, {}, "dev")
    assert found.deployed == ()
    assert [one.reverts for one in found.undone] == ["", "#5"]


def test_reverting_a_merge_takes_back_all_that_it_brought() -> None:
    merge = commit(3, "Merge pull request #5", 1, 2)
    message = f'Revert "Merge"\n\nThis reverts commit {sha(3)}, reversing\nchanges made to {sha(1)}.'
    found = changes([commit(2, "", 1), merge, commit(4, message)], [pull(5, 3)], {}, "dev")
    assert found.deployed == ()


def test_reverting_one_commit_of_a_pull_request_leaves_the_rest_of_it_deployed() -> None:
    two, three = commit(2, "", 1), commit(3, "", 2)
    found = changes([two, three, commit(4, "Merge", 1, 3), commit(5, undo(2))], [pull(5, 4)], {}, "dev")
    assert names(found.deployed) == ["#5", sha(5)[:12]]
    assert found.deployed[1].reverts == "some of #5"


def test_a_title_that_begins_with_revert_takes_nothing_back_by_itself() -> None:
    found = changes([commit(1), commit(2, "Revert to the old colours")], [], {}, "dev")
    assert len(found.deployed) == 2


@pytest.mark.parametrize("turn", [1, -1], ids=["inner first", "outer first"])
def test_a_commit_is_of_the_innermost_pull_request_whichever_is_told_first(turn: int) -> None:
    commits = [commit(2, "", 1), commit(3, "Merge", 1, 2), commit(4, "", 3), commit(5, "Merge", 1, 4)]
    outer = [pull(7, 3), pull(8, 5)][::turn]
    found = changes(commits, outer, {}, "dev")
    assert [(one.name, len(one.commits)) for one in found.deployed] == [("#7", 2), ("#8", 2)]
