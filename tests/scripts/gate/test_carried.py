"""What else a merge brings, and what only takes back."""

from __future__ import annotations

import pytest

from sandbox.github.pulls import PullRequest
from scripts.checks.deployed import Deployed
from scripts.errors import UndeterminedError
from scripts.ledger.comments import use
from scripts.results import Status
from tests import clock
from tests.scripts.gate.dev_place import Deployments
from tests.scripts.gate.place import FIRST, MANAGER, SECOND, Place
from tests.scripts.ledger.memory import Memory, Time, ledger_of


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Which revision runs, and what speaks against it."""
    told = {"revision": "", "doubt": ""}
    monkeypatch.setattr(
        "scripts.gate.context.deployed_revision",
        lambda *_: Deployed("e1" if told["revision"] else None, told["revision"] or None, told["doubt"]),
    )
    return told


def test_where_main_runs_nothing_goes_along(place: Place, runs: dict[str, str]) -> None:
    runs["revision"] = place.host.repository.branches()["main"]
    result = place.answer("carried-along", place.pull())
    assert (result.status, "nothing goes along" in result.observed) == (Status.PASS, True)


def test_what_waits_in_main_or_was_rolled_back_is_named_and_must_be_acknowledged(
    place: Place, runs: dict[str, str]
) -> None:
    runs["revision"] = place.host.repository.branches()["main"]
    waits = place.commit("main", "waits.yaml")
    pull = place.pull()
    result = place.answer("carried-along", pull)
    assert result.status is Status.FAIL
    assert f"{waits[:12]} Change waits.yaml" in result.observed
    assert f"operations-lead comments on https://github.com/helios/web-infrastructure/pull/{pull.number}" in result.fix
    assert f"`/approve carry {waits}`" in result.fix
    place.host.comment(pull.number, MANAGER, f"/approve carry {waits[:12]}")
    assert place.answer("carried-along", pull).status is Status.PASS


@pytest.mark.parametrize(("login", "sha"), [(FIRST, ""), (MANAGER, "0" * 40), (MANAGER, "abc")])
def test_an_acknowledgement_of_another_commit_or_person_is_none(
    place: Place, runs: dict[str, str], login: str, sha: str
) -> None:
    runs["revision"] = place.host.repository.branches()["main"]
    waits = place.commit("main", "waits.yaml")
    pull = place.pull()
    place.host.comment(pull.number, login, f"/approve carry {sha or waits}")
    assert place.answer("carried-along", pull).status is Status.FAIL


def test_what_came_to_main_after_the_acknowledgement_needs_another(place: Place, runs: dict[str, str]) -> None:
    runs["revision"] = place.host.repository.branches()["main"]
    waits = place.commit("main", "waits.yaml")
    pull = place.pull()
    place.host.comment(pull.number, MANAGER, f"/approve carry {waits}")
    place.commit("main", "more.yaml")
    assert place.answer("carried-along", pull).status is Status.FAIL


def test_an_acknowledgement_that_was_used_for_another_release_is_none_and_for_its_own_still_is(
    place: Place, runs: dict[str, str]
) -> None:
    runs["revision"] = place.host.repository.branches()["main"]
    waits = place.commit("main", "waits.yaml")
    pull = place.pull()
    place.ledger = ledger_of("ada", Memory(), Time(clock.now()))
    comment = place.host.comment(pull.number, MANAGER, f"/approve carry {waits}").id
    use(place.ledger, comment, f"pr-{pull.number}")
    assert place.answer("carried-along", pull).status is Status.PASS
    place.ledger = ledger_of("ada", Memory(), Time(clock.now()))
    use(place.ledger, comment, "pr-99")
    result = place.answer("carried-along", pull)
    assert (result.status, "it was used already" in result.observed) == (Status.FAIL, True)


def test_without_a_ledger_no_acknowledgement_is_known_to_be_unused(place: Place, runs: dict[str, str]) -> None:
    runs["revision"] = place.host.repository.branches()["main"]
    waits = place.commit("main", "waits.yaml")
    pull = place.pull()
    place.host.comment(pull.number, MANAGER, f"/approve carry {waits}")
    place.no_ledger = UndeterminedError("The bucket is gone.")
    assert place.answer("carried-along", pull).status is Status.ERROR


def test_doubt_about_what_runs_is_undetermined(place: Place, runs: dict[str, str]) -> None:
    runs |= {"revision": place.host.repository.branches()["main"], "doubt": "Somebody has changed the stack."}
    assert place.answer("carried-along", place.pull()).status is Status.INCONCLUSIVE


def test_a_main_that_was_rewritten_is_no_go(place: Place, runs: dict[str, str]) -> None:
    before = place.host.repository.branches()["main"]
    runs["revision"] = place.commit("main", "gone.yaml")
    pull = place.pull("release/1")
    place.host.push("main", before, FIRST)
    result = place.answer("carried-along", pull)
    assert (result.status, "somebody has rewritten it" in result.observed) == (Status.FAIL, True)


def test_a_first_deployment_is_told(place: Place, runs: dict[str, str]) -> None:
    assert "has deployed nothing yet" in place.answer("carried-along", place.pull()).observed


def take_back(place: Place) -> PullRequest:
    """A pull request back to what prod has run sixty hours ago."""
    before = place.host.repository.branches()["main"]
    Deployments(place.aws).deployed(before, 60)
    place.host.merge(place.pull(), SECOND)
    place.commit("revert-1-dev", "main.yaml", "one\n" * 30)
    return place.host.open_pull(title="Revert", head="revert-1-dev", base="main", author=FIRST)


def test_what_takes_back_to_a_content_that_prod_has_run_may_come_from_any_branch(place: Place) -> None:
    pull = take_back(place)
    result = place.answer("merge-flow", pull)
    assert (result.status, result.evidence["kind"]) == (Status.PASS, "take-back")


def test_a_take_back_needs_no_soak_no_notice_and_no_checklist_but_the_managers_review_and_the_lint(
    place: Place,
) -> None:
    pull = take_back(place)
    unasked = ("approvals", "promotion", "back-merge", "review-checklist", "rollback-plan")
    assert {one: place.answer(one, pull).status for one in unasked} == dict.fromkeys(unasked, Status.SKIPPED)
    asked = ("operations-approval", "lint-status")
    assert {one: place.answer(one, pull).status for one in asked} == dict.fromkeys(asked, Status.FAIL)
    place.review(pull, MANAGER)
    place.lint(pull)
    assert {one: place.answer(one, pull).status for one in asked} == dict.fromkeys(asked, Status.PASS)


def test_an_incident_does_not_keep_from_taking_back_what_the_manager_approves(place: Place) -> None:
    pull = take_back(place)
    place.host.open_issue("Checkout is down", "", FIRST, ["incident"])
    assert place.answer("incidents", pull).status is Status.FAIL
    place.review(pull, MANAGER)
    result = place.answer("incidents", pull)
    assert (result.status, "Checkout is down" in result.observed) == (Status.PASS, True)


def test_a_content_that_only_failed_in_prod_is_no_take_back(place: Place) -> None:
    before = place.host.repository.branches()["main"]
    Deployments(place.aws).deployed(before, 60, status="Failed")
    place.host.merge(place.pull(), SECOND)
    place.commit("revert-1-dev", "main.yaml", "one\n" * 30)
    pull = place.host.open_pull(title="Revert", head="revert-1-dev", base="main", author=FIRST)
    assert place.answer("merge-flow", pull).status is Status.FAIL
