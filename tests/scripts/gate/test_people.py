"""Who agrees: what counts as an approval, and of whom."""

from __future__ import annotations

import pytest

from scripts.gate.approvals import own_diff
from scripts.results import Result, Status
from tests.scripts.gate.place import AUTHOR, FIRST, MANAGER, SECOND, STRANGER, InProcess, Place


def counted(result: Result) -> list[str]:
    return result.evidence["counted"]


def test_two_team_members_and_the_manager_approve(place: Place) -> None:
    pull = place.agreed(place.pull())
    team, manager = place.answer("approvals", pull), place.answer("operations-approval", pull)
    assert (team.status, counted(team)) == (Status.PASS, [FIRST, SECOND])
    assert "operations-lead's is the operations manager's, and not counted among these." in team.observed
    assert (manager.status, manager.headline) == (Status.PASS, "operations-lead approves.")
    assert "Nobody stands in for operations-lead." in manager.observed


def test_the_manager_is_one_of_the_two_only_where_the_configuration_says_so(place: Place) -> None:
    pull = place.pull()
    place.review(pull, FIRST)
    place.review(pull, MANAGER)
    assert place.answer("approvals", pull).status is Status.FAIL
    place.configured(manager_counts=True)
    assert counted(place.answer("approvals", pull)) == [FIRST, MANAGER]
    assert "It counts as one of the team members' too." in place.answer("operations-approval", pull).headline


def test_nobody_but_the_manager_is_the_manager(place: Place) -> None:
    pull = place.pull()
    place.review(pull, FIRST)
    result = place.answer("operations-approval", pull)
    assert (result.status, result.headline) == (Status.FAIL, "operations-lead has not approved it.")
    assert "Ask operations-lead for a review" in result.fix


def test_the_manager_may_be_one_user(place: Place) -> None:
    place.configured(operations_manager=f"/{SECOND}")
    pull = place.pull()
    place.review(pull, SECOND)
    assert place.answer("operations-approval", pull).status is Status.PASS


def test_a_manager_who_is_the_author_and_the_only_one_cannot_approve(place: Place) -> None:
    place.configured(operations_manager=f"/{AUTHOR}")
    pull = place.pull()
    assert "is its author, and nobody else may" in place.answer("operations-approval", pull).headline


def test_approved_then_changes_asked_for_then_that_dismissed_is_not_approved(place: Place) -> None:
    pull = place.pull()
    place.review(pull, FIRST)
    place.review(pull, SECOND)
    asked = place.ask_for_changes(pull, SECOND)
    result = place.answer("approvals", pull)
    assert (result.status, result.headline) == (Status.FAIL, "platform-engineer asks for changes.")
    place.host.dismiss(asked)
    result = place.answer("approvals", pull)
    assert (result.status, counted(result)) == (Status.FAIL, [FIRST])
    assert "platform-engineer: DISMISSED" in result.observed


def test_a_comment_after_an_approval_takes_nothing_back(place: Place) -> None:
    pull = place.pull()
    place.review(pull, FIRST)
    place.review(pull, FIRST, "COMMENTED")
    assert counted(place.answer("approvals", pull)) == [FIRST]


def test_one_person_counts_once_whatever_the_case_of_the_login(place: Place) -> None:
    pull = place.pull()
    place.review(pull, FIRST)
    place.review(pull, FIRST)
    assert counted(place.answer("approvals", pull)) == [FIRST]


@pytest.mark.parametrize(
    ("login", "why"),
    [
        (AUTHOR, "the author's own"),
        (AUTHOR.upper(), "the author's own"),
        ("helper[bot]", "a bot's"),
        (STRANGER, "without write access"),
    ],
)
def test_the_authors_a_bots_and_a_readers_approval_are_not_counted(place: Place, login: str, why: str) -> None:
    place.host.permissions = {"helper[bot]": "write", AUTHOR.upper(): "write"}
    pull = place.pull()
    place.review(pull, FIRST)
    place.review(pull, login)
    result = place.answer("approvals", pull)
    assert (result.status, counted(result)) == (Status.FAIL, [FIRST])
    assert f"does not count, {why}" in result.observed


def test_who_lost_write_access_since_is_not_counted(place: Place) -> None:
    pull = place.agreed(place.pull())
    place.host.permissions[FIRST] = "read"
    assert counted(place.answer("approvals", pull)) == [SECOND]


def test_a_readers_request_for_changes_holds_nobody_up(place: Place) -> None:
    pull = place.agreed(place.pull())
    place.ask_for_changes(pull, STRANGER)
    assert place.answer("approvals", pull).status is Status.PASS


def test_a_push_after_the_approvals_that_changes_the_diff_is_not_approved(place: Place) -> None:
    pull = place.agreed(place.pull())
    place.commit("dev", content="three\n")
    result = place.answer("approvals", pull)
    assert (result.status, counted(result)) == (Status.FAIL, [])
    assert "the diff has changed since" in result.observed
    assert place.answer("operations-approval", pull).status is Status.FAIL


def test_a_push_that_only_merges_the_base_is_still_approved_and_said(place: Place) -> None:
    pull = place.agreed(place.pull())
    place.commit("main", "other.yaml")
    place.merge_into("dev", "main")
    result = place.answer("approvals", pull)
    assert (result.status, counted(result)) == (Status.PASS, [FIRST, SECOND])
    assert "the head has since only taken in the base: its own diff is the same" in result.observed


def test_a_merge_of_the_base_that_slips_a_change_in_is_not_approved(place: Place) -> None:
    pull = place.agreed(place.pull())
    place.commit("main", "other.yaml")
    place.merge_into("dev", "main")
    place.commit("dev", "smuggled.yaml")
    assert counted(place.answer("approvals", pull)) == []


def test_the_same_hunk_at_another_place_is_another_change(place: Place) -> None:
    """Blocks that look alike are common in templates."""
    place.commit("dev", content="one\n" * 5 + "two\n" + "one\n" * 25)
    pull = place.host.open_pull(title="More", head="dev", base="main", author=AUTHOR)
    place.review(pull, FIRST)
    place.commit("dev", content="one\n" * 20 + "two\n" + "one\n" * 10)
    assert counted(place.answer("approvals", pull)) == []


def test_what_a_patch_does_not_show_is_never_the_same() -> None:
    assert own_diff("diff --git a/x b/x\nindex 1..2\nBinary files a/x and b/x differ\n") is None


def test_an_approval_of_a_commit_that_is_gone_does_not_count(place: Place) -> None:
    pull = place.pull()
    place.review(pull, FIRST).commit = place.host.repository.branches()["main"]
    result = place.answer("approvals", pull)
    assert counted(result) == []


def test_what_was_approved_is_asked_of_a_merged_one_too(place: Place) -> None:
    pull = place.agreed(place.pull())
    place.host.merge(pull, SECOND)
    assert counted(place.answer("approvals", pull)) == [FIRST, SECOND]


def test_a_merged_one_whose_head_changed_after_the_approvals_is_not_approved(place: Place) -> None:
    pull = place.agreed(place.pull())
    place.commit("dev", content="three\n")
    place.host.merge(pull, SECOND)
    assert counted(place.answer("approvals", pull)) == []


def test_a_token_that_may_not_see_the_team_is_undetermined_with_the_scope_and_never_no_go(place: Place) -> None:
    pull = place.agreed(place.pull())
    place.github = InProcess(place.host, f"sandbox-{FIRST}:repo")
    result = place.answer("operations-approval", pull)
    assert result.status is Status.ERROR
    assert "lacks the scope read:org" in result.observed
    assert "Give the token the scope read:org" in result.fix


def test_a_team_that_is_not_shown_is_undetermined(place: Place) -> None:
    place.configured(operations_manager="helios/nobody")
    result = place.answer("operations-approval", place.agreed(place.pull()))
    assert (result.status, "no team helios/nobody" in result.observed) == (Status.ERROR, True)
