"""Which way a change goes."""

from __future__ import annotations

import pytest

from scripts.errors import ConfigurationError
from scripts.results import Status
from tests.scripts.gate.place import AUTHOR, BODY, FIRST, MANAGER, SECOND, Place

HOTFIX = "hotfix/urgent"


@pytest.mark.parametrize("head", ["dev", "release/2026-11"])
def test_dev_and_a_release_branch_go_into_main(place: Place, head: str) -> None:
    pull = place.pull(head)
    result = place.answer("merge-flow", pull)
    assert (result.status, result.evidence["kind"]) == (Status.PASS, "release")
    assert result.evidence["content"] == place.host.repository.tree(pull.head_sha)


@pytest.mark.parametrize("head", ["feature/more", "develop", "releases/1", "dev2"])
def test_nothing_else_does(place: Place, head: str) -> None:
    result = place.answer("merge-flow", place.pull(head))
    assert (result.status, result.observed) == (Status.FAIL, f"Nothing goes into main from {head}.")


@pytest.mark.parametrize("head", ["dev", "release/1", HOTFIX])
def test_a_forks_branch_of_that_name_does_not(place: Place, head: str) -> None:
    pull = place.pull(head, fork=place.host.fork("mallory"))
    place.host.comment(pull.number, MANAGER, "/approve hotfix outage")
    result = place.answer("merge-flow", pull)
    assert result.status is Status.FAIL
    assert f"Its head is {head} of mallory/web-infrastructure, not of helios/web-infrastructure." in result.observed


def test_every_reason_is_told_at_once(place: Place) -> None:
    pull = place.pull("feature/more")
    pull.draft, pull.state = True, "closed"
    result = place.answer("merge-flow", pull)
    assert result.observed.splitlines() == [
        f"#{pull.number} is closed.",
        f"#{pull.number} is a draft.",
        "Nothing goes into main from feature/more.",
    ]


def test_a_pull_request_into_another_branch_is_another_stacks(place: Place) -> None:
    result = place.answer("merge-flow", place.pull("feature/more", "dev"))
    assert "It goes into dev; stack prod deploys main." in result.observed


def test_a_sha_that_heads_two_open_pull_requests_is_no_go(place: Place) -> None:
    pull = place.pull()
    place.host.push("release/1", pull.head_sha, AUTHOR)
    twin = place.host.open_pull(title="Twin", head="release/1", base="main", author=AUTHOR)
    result = place.answer("merge-flow", pull)
    assert (result.status, f"#{twin.number} has the same head" in result.observed) == (Status.FAIL, True)
    twin.state = "closed"
    assert place.answer("merge-flow", pull).status is Status.PASS


def test_a_conflict_is_no_go_and_is_for_people_to_resolve_not_to_wait_for(place: Place) -> None:
    pull = place.pull()
    place.commit("main", content="other\n")
    result = place.answer("merge-flow", pull)
    assert "It conflicts with main." in result.observed
    assert (result.fix.startswith("Merge main into dev and resolve"), result.again_at) == (True, None)


def test_a_merge_that_github_has_not_tried_yet_is_undetermined_and_a_matter_of_time(place: Place) -> None:
    pull = place.pull()
    place.host.tries_merges = False
    result = place.answer("merge-flow", pull)
    assert (result.status, result.again_at is not None) == (Status.INCONCLUSIVE, True)


def test_a_number_that_is_no_pull_requests_is_wrong_usage(place: Place) -> None:
    pull = place.pull()
    pull.number = 99
    with pytest.raises(ConfigurationError, match="--pr 99: helios/web-infrastructure has no such pull request"):
        place.answer("merge-flow", pull)


def test_a_merged_one_is_judged_by_what_it_was(place: Place) -> None:
    pull = place.pull()
    merged = place.host.merge(pull, SECOND)
    result = place.answer("merge-flow", pull)
    assert (result.status, result.evidence["merge_sha"]) == (Status.PASS, merged)
    assert place.answer("up-to-date", pull).status is Status.SKIPPED


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
def test_the_content_is_the_tree_however_it_was_merged(place: Place, method: str) -> None:
    pull = place.pull()
    before = place.answer("merge-flow", pull).evidence["content"]
    place.host.merge(pull, SECOND, method=method)
    assert place.answer("merge-flow", pull).evidence["content"] == before


def test_a_hotfix_is_one_by_its_branch_and_the_managers_comment(place: Place) -> None:
    pull = place.pull(HOTFIX)
    result = place.answer("merge-flow", pull)
    assert result.status is Status.FAIL
    assert f"operations-lead comments on https://github.com/helios/web-infrastructure/pull/{pull.number}" in result.fix
    assert "`/approve hotfix security`" in result.fix
    place.host.comment(pull.number, MANAGER, "/approve hotfix outage\n\nThe checkout is down.")
    assert place.answer("merge-flow", pull).status is Status.PASS
    assert place.answer("operations-approval", pull).status is Status.PASS


@pytest.mark.parametrize(
    ("login", "body", "why"),
    [
        (FIRST, "/approve hotfix outage", "not by one of those who may approve it"),
        (MANAGER, "/approve hotfix", "it names nothing"),
        (MANAGER, "/approve hotfix boredom", "it names boredom"),
        ("helper[bot]", "/approve hotfix outage", "no person's"),
    ],
)
def test_a_comment_that_does_not_count_is_told_with_the_reason(place: Place, login: str, body: str, why: str) -> None:
    pull = place.pull(HOTFIX)
    place.host.comment(pull.number, login, body)
    result = place.answer("merge-flow", pull)
    assert (result.status, f"does not count: {why}" in result.observed) == (Status.FAIL, True)


@pytest.mark.parametrize("body", ["> /approve hotfix outage", "```\n/approve hotfix outage\n```", "Please /approve it"])
def test_what_only_quotes_the_line_approves_nothing(place: Place, body: str) -> None:
    pull = place.pull(HOTFIX)
    place.host.comment(pull.number, MANAGER, body)
    assert place.answer("merge-flow", pull).status is Status.FAIL


def test_an_edited_comment_does_not_count(place: Place) -> None:
    pull = place.pull(HOTFIX)
    comment = place.host.comment(pull.number, MANAGER, "/approve hotfix outage")
    comment.edited = comment.created
    result = place.answer("merge-flow", pull)
    assert (result.status, "does not count: it was edited" in result.observed) == (Status.FAIL, True)


def test_the_manager_does_not_approve_the_own_hotfix(place: Place) -> None:
    pull = place.pull(HOTFIX)
    pull.author = MANAGER
    place.host.comment(pull.number, MANAGER, "/approve hotfix outage")
    assert "by the one who asks" in place.answer("merge-flow", pull).observed


def test_a_hotfix_needs_a_single_approval(place: Place) -> None:
    pull = place.pull(HOTFIX)
    assert place.answer("approvals", pull).evidence["needed"] == 1
    place.review(pull, FIRST)
    assert place.answer("approvals", pull).status is Status.PASS


def test_a_head_without_mains_newest_commit_is_not_up_to_date(place: Place) -> None:
    pull = place.pull()
    assert place.answer("up-to-date", pull).status is Status.PASS
    place.commit("main", "other.yaml")
    result = place.answer("up-to-date", pull)
    assert (result.status, result.observed) == (Status.FAIL, "dev lacks 1 commit of main.")


def test_the_back_merge_of_the_release_before_is_asked_for(place: Place) -> None:
    place.host.merge(place.pull(), SECOND)
    merged = place.host.repository.branches()["main"]
    pull = place.pull("release/2")
    result = place.answer("back-merge", pull)
    assert result.status is Status.FAIL
    assert merged[:12] in result.observed
    assert f"git push origin {merged}:refs/heads/back-merge/" in result.fix


def test_an_open_back_merge_is_named(place: Place) -> None:
    place.host.merge(place.pull(), SECOND)
    main = place.host.repository.branches()["main"]
    place.host.push("back-merge/pr-1", main, AUTHOR)
    back = place.host.open_pull(title="Back", head="back-merge/pr-1", base="dev", author=AUTHOR)
    pull = place.pull("release/2")
    assert f"Merge https://github.com/helios/web-infrastructure/pull/{back.number} into dev" in (
        place.answer("back-merge", pull).fix
    )
    place.host.merge(back, SECOND)
    assert place.answer("back-merge", pull).status is Status.PASS


def test_a_repository_that_forbids_merge_commits_is_told_with_the_back_merge(place: Place) -> None:
    place.host.merge(place.pull(), SECOND)
    place.host.merge_methods.discard("merge")
    assert "The repository forbids merge commits" in place.answer("back-merge", place.pull("release/2")).fix


def test_a_hotfix_does_not_wait_for_a_back_merge(place: Place) -> None:
    place.host.merge(place.pull(), SECOND)
    assert place.answer("back-merge", place.pull(HOTFIX)).status is Status.SKIPPED


def test_devs_gate_asks_for_one_approval_and_no_manager(place: Place) -> None:
    place.configured(stack="dev", environment="dev", branch="dev", required_approvals=1, release_window=None)
    pull = place.pull("feature/more", "dev", body=BODY)
    place.lint(pull)
    place.review(pull, MANAGER)
    report = place.judge(pull)
    assert {one.id: one.status for one in report.checks} == dict.fromkeys(
        ("merge-flow", "review-checklist", "rollback-plan", "approvals", "lint-status", "window"), Status.PASS
    )
    assert report.decision == "GO"
