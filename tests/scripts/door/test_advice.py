"""`Release gate` on a pull request is advice: set by the keeper, when it says something else, and deciding nothing."""

from __future__ import annotations

import pytest

from scripts.clients.github_errors import GitHubError
from scripts.door.advice import LONGEST, Advice
from scripts.results import GATE, Report, Result, Status
from tests.scripts.door.site import FRIDAY, TUESDAY, Repository, Site, commit


def report(*results: Result) -> Report:
    return Report(GATE, "prod", None, commit(1), TUESDAY, TUESDAY, 0, results)


def result(name: str, status: Status, *, waits: bool = False) -> Result:
    return Result(name, "3", name, status, "", "", "", {}, again_at=TUESDAY if waits else None)


@pytest.mark.parametrize(
    ("results", "advice"),
    [
        ((result("a", Status.PASS),), ("success", "GO, as things stand; the keeper asks again before Deploy")),
        ((result("a", Status.FAIL), result("b", Status.ERROR)), ("failure", "NO-GO: a")),
        ((result("a", Status.FAIL, waits=True), result("b", Status.PASS)), ("pending", "Not yet: a")),
        ((result("a", Status.FAIL, waits=True), result("b", Status.FAIL)), ("failure", "NO-GO: a and b")),
        ((result("a", Status.ERROR),), ("error", "Undetermined: a")),
        ((), ("error", "Undetermined: ")),
    ],
)
def test_it_says_what_the_gate_says_and_no_time(results: tuple[Result, ...], advice: tuple[str, str]) -> None:
    assert Advice.of(report(*results)) == Advice(*advice)


def test_it_is_no_longer_than_github_takes() -> None:
    many = [result("a-check-of-a-long-name", Status.FAIL)] * 20
    assert len(Advice.of(report(*many)).text) == LONGEST


@pytest.fixture
def site() -> Site:
    made = Site()
    made.keep()
    return made


def test_every_open_pull_request_and_the_one_that_waits_have_it_on_their_heads(site: Site) -> None:
    site.repository.open = [20, 21]
    site.judges(21, approvals=Status.FAIL)
    site.judges(12, promotion=Status.FAIL)
    site.push(12)
    site.keep()
    said = {sha: (one["state"], one["description"]) for sha, one in site.repository.statuses.items()}
    assert said[commit(20)][0] == "success"
    assert said[commit(21)] == ("failure", "NO-GO: approvals")
    assert said[commit(12)] == ("failure", "NO-GO: promotion")


def test_it_is_changed_only_when_it_says_something_else(site: Site) -> None:
    site.repository.open = [20]
    for _ in range(3):
        site.keep()
    assert site.repository.set == [commit(20)]
    site.judges(20, approvals=Status.FAIL)
    site.keep()
    assert site.repository.set == [commit(20)] * 2


def test_somebodys_own_green_status_lets_nobody_in_and_is_put_right(site: Site) -> None:
    site.judges(12, approvals=Status.FAIL)
    execution = site.push(12)
    green = {"context": "Release gate", "state": "success", "description": "GO"}
    site.repository.statuses[commit(12)] = green
    site.keep()
    assert execution.waits_for("Deploy")
    assert site.repository.statuses[commit(12)]["state"] == "failure"


def test_a_token_that_may_not_set_it_is_told_and_the_door_is_kept_all_the_same(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise GitHubError("GITHUB_TOKEN may not set a status.")

    monkeypatch.setattr(Repository, "change", refuse)
    execution = site.push(12)
    told = site.keep()
    assert (told.code, execution.is_in("Deploy"), site.is_open) == (4, True, False)
    assert "may not set a status" in told.text


def test_who_waits_has_it_outside_the_window_too(site: Site) -> None:
    site.push(12)
    site.until(FRIDAY)
    site.keep()
    assert site.repository.statuses[commit(12)]["state"] == "success"


def test_one_pull_requests_gate_that_cannot_be_asked_keeps_no_other_from_its_advice(site: Site) -> None:
    site.repository.open = [20, 21]
    site.unasked = 20
    told = site.keep()
    assert told.code == 4
    assert list(site.repository.statuses) == [commit(21)]
