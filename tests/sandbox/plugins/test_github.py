"""Branch protection: its life on the sandbox's GitHub, and what is refused before it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from sandbox.plugins.github.provider import GitHubProvider
from sandbox.plugins.values import UNKNOWN, Values
from sandbox.world import World
from tests.sandbox.plugins.engine import Engine, EngineError, RejectedError

TOKEN = "github:index/branchProtection:BranchProtection"
REVIEWS = "requiredPullRequestReviews"

PROGRAM: Values = {
    "repositoryId": "web-infrastructure",
    "pattern": "main",
    "enforceAdmins": True,
    "allowsDeletions": False,
    "allowsForcePushes": False,
    REVIEWS: [
        {
            "requiredApprovingReviewCount": 2,
            "dismissStaleReviews": True,
            "requireCodeOwnerReviews": True,
            "pullRequestBypassers": ["/olive", "helios/operations"],
        }
    ],
    "requiredStatusChecks": [{"strict": True, "contexts": ["CFN-Lint"]}],
}


class Rest:
    """GitHub's REST API, as a person behind Pulumi's back uses it."""

    def __init__(self, world: World) -> None:
        self._root = f"{world.endpoint}/github/repos/helios/web-infrastructure/branches/main/protection"

    def get(self) -> dict[str, Any]:
        return self._call("GET", None)

    def put(self, **changes: Any) -> None:
        body: dict[str, Any] = {
            "required_status_checks": {"strict": True, "contexts": ["CFN-Lint"]},
            "enforce_admins": True,
            "required_pull_request_reviews": None,
            "restrictions": None,
        }
        self._call("PUT", body | changes)

    def delete(self) -> None:
        self._call("DELETE", None)

    def _call(self, method: str, body: Any) -> Any:
        headers = {"Authorization": "Bearer sandbox"}
        answer = httpx.request(method, self._root, json=body, headers=headers, trust_env=False)
        answer.raise_for_status()
        return answer.json() if answer.content else None


@pytest.fixture
def rest(world: World) -> Rest:
    return Rest(world)


@pytest.fixture
def protected(github: Engine) -> Iterator[Any]:
    state = github.create(TOKEN, PROGRAM)
    yield state
    github.delete(state)


def test_life(github: Engine, rest: Rest) -> None:
    created = github.create(TOKEN, PROGRAM)
    assert github.plan(created, PROGRAM).changed == []
    assert github.refresh(created) == created

    rest.put()
    disturbed = github.refresh(created)
    assert disturbed is not None
    assert REVIEWS in github.plan(disturbed, PROGRAM).changed
    mended = github.update(disturbed, PROGRAM)
    assert github.refresh(mended) == mended

    changed = {**PROGRAM, REVIEWS: [{"requiredApprovingReviewCount": 1}]}
    assert github.plan(mended, changed).replaces == []
    updated = github.update(mended, changed)
    assert github.refresh(updated) == updated
    assert github.plan(updated, changed).changed == []

    github.delete(updated)
    assert github.refresh(updated) is None
    github.delete(updated)


def test_github_gets_its_own_shapes(protected: Any, rest: Rest) -> None:
    live = rest.get()
    assert live["required_status_checks"]["contexts"] == ["CFN-Lint"]
    assert live["required_pull_request_reviews"]["required_approving_review_count"] == 2
    allowances = live["required_pull_request_reviews"]["bypass_pull_request_allowances"]
    assert [user["login"] for user in allowances["users"]] == ["olive"]
    assert [team["slug"] for team in allowances["teams"]] == ["operations"]


@pytest.mark.parametrize(
    ("change", "seen"),
    [
        ({"allow_force_pushes": True}, "allowsForcePushes"),
        ({"lock_branch": True}, "lockBranch"),
        ({"enforce_admins": False}, "enforceAdmins"),
        ({"required_status_checks": None}, "requiredStatusChecks"),
        ({"required_status_checks": {"strict": True, "contexts": []}}, "requiredStatusChecks[0].contexts[0]"),
        ({"required_status_checks": {"strict": False, "contexts": ["CFN-Lint"]}}, "requiredStatusChecks[0].strict"),
        ({"restrictions": {"users": ["mallory"], "teams": [], "apps": []}}, "restrictPushes"),
    ],
)
def test_drift_is_seen(github: Engine, protected: Any, rest: Rest, change: Values, seen: str) -> None:
    rest.put(**change)
    disturbed = github.refresh(protected)
    assert disturbed is not None
    assert seen in github.plan(disturbed, PROGRAM).changed


def test_a_protection_taken_away_is_gone(github: Engine, rest: Rest) -> None:
    state = github.create(TOKEN, PROGRAM)
    rest.delete()
    assert github.refresh(state) is None


def test_another_branch_replaces(github: Engine, protected: Any) -> None:
    assert github.plan(protected, {**PROGRAM, "pattern": "dev"}).replaces == ["pattern"]


@pytest.mark.parametrize(
    ("change", "path", "words"),
    [
        ({"requiredReviews": []}, "requiredReviews", "no such property"),
        ({"pattern": "release/*"}, "pattern", "only names of branches"),
        ({"enforceAdmins": "yes"}, "enforceAdmins", "true or false"),
        ({"requireSignedCommits": True}, "requireSignedCommits", "is not emulated"),
        ({"requiredStatusChecks": []}, "requiredStatusChecks", "one element"),
        ({"requiredStatusChecks": [{"context": ["x"]}]}, "requiredStatusChecks[0].context", "contexts"),
        ({REVIEWS: [{"requiredApprovingReviewCount": 7}]}, f"{REVIEWS}[0].requiredApprovingReviewCount", "0 to 6"),
        ({REVIEWS: [{"pullRequestBypassers": ["olive"]}]}, f"{REVIEWS}[0].pullRequestBypassers[0]", "/user"),
    ],
)
def test_refused(github: Engine, change: Values, path: str, words: str) -> None:
    with pytest.raises(RejectedError) as refused:
        github.check(TOKEN, PROGRAM | change)
    assert words in refused.value.failures[path]


def test_required_properties(github: Engine) -> None:
    with pytest.raises(RejectedError) as refused:
        github.check(TOKEN, {})
    assert refused.value.failures.keys() == {"repositoryId", "pattern"}


@pytest.mark.parametrize("name", sorted(PROGRAM))
def test_unknown_values_are_accepted(github: Engine, name: str) -> None:
    github.check(TOKEN, {**PROGRAM, name: UNKNOWN})


def test_no_such_branch(github: Engine) -> None:
    with pytest.raises(EngineError, match="no such repository or branch"):
        github.create(TOKEN, {**PROGRAM, "pattern": "nowhere"})


def test_a_wrong_token_is_github_s_own_error(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "")
    with pytest.raises(EngineError, match="401"):
        Engine(GitHubProvider(), {"owner": "helios"}).create(TOKEN, PROGRAM)


def test_a_stopped_sandbox_is_one_clear_error(world: World) -> None:
    engine = Engine(GitHubProvider(), {"owner": "helios", "baseUrl": "http://127.0.0.1:1/"})
    with pytest.raises(EngineError, match="does not answer; is the sandbox up"):
        engine.create(TOKEN, PROGRAM)


def test_the_real_github_is_out_of_reach(world: World) -> None:
    with pytest.raises(EngineError, match="talks to a sandbox on this machine only"):
        Engine(GitHubProvider(), {"owner": "helios", "baseUrl": "https://api.github.com/"})


def test_an_owner_is_needed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_OWNER", raising=False)
    with pytest.raises(EngineError, match="owner: is required"):
        Engine(GitHubProvider(), {})
