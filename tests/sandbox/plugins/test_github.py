"""Branch protection: its life on the sandbox's GitHub, and what is refused before it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from sandbox.github.host import NODE_ID
from sandbox.plugins.github.provider import GitHubProvider
from sandbox.plugins.values import UNKNOWN, Values
from sandbox.world import World
from tests.sandbox.plugins.engine import Engine, EngineError, RejectedError, State

TOKEN = "github:index/branchProtection:BranchProtection"
REVIEWS = "requiredPullRequestReviews"

PROGRAM: Values = {
    "repositoryId": NODE_ID,
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


def test_a_branch_that_has_a_rule_is_name_already_protected(github: Engine, protected: Any) -> None:
    with pytest.raises(EngineError, match="Name already protected: main"):
        github.create(TOKEN, PROGRAM)


def test_the_id_is_the_rule_s_node_id_and_stays_when_the_pattern_changes_in_place(
    github: Engine, protected: Any
) -> None:
    assert protected.identifier.startswith("BPR_")
    changed = {**PROGRAM, "pattern": "dev"}
    plan = github.plan(protected, changed)
    assert (plan.changed, plan.replaces) == (["pattern"], [])
    moved = github.update(protected, changed)
    assert moved.identifier == protected.identifier
    assert github.refresh(moved) == moved
    back = github.update(moved, PROGRAM)
    assert github.refresh(back) == back


def test_deleting_a_rule_that_is_gone_fails(github: Engine, rest: Rest) -> None:
    state = github.create(TOKEN, PROGRAM)
    rest.delete()
    with pytest.raises(EngineError, match=f"Could not resolve to a node with the global id of '{state.identifier}'"):
        github.delete(state)


def test_an_imported_rule_has_the_repository_s_node_id_so_its_name_would_be_a_replacement_that_fails(
    github: Engine, protected: Any
) -> None:
    imported = github.refresh(State(protected.urn, "web-infrastructure:main", {}, {}))
    assert imported is not None
    assert imported.identifier == protected.identifier
    assert imported.inputs["repositoryId"] == NODE_ID
    assert github.plan(imported, PROGRAM).replaces == []
    by_name = {**PROGRAM, "repositoryId": "web-infrastructure"}
    plan = github.plan(imported, by_name)
    assert (plan.replaces, plan.delete_first) == (["repositoryId"], False)
    with pytest.raises(EngineError, match="Name already protected: main"):
        github.create(TOKEN, by_name)


@pytest.mark.parametrize("arguments", [{"name": "web-infrastructure"}, {"fullName": "helios/web-infrastructure"}])
def test_a_repository_s_data_source_tells_its_node_id(github: Engine, arguments: Values) -> None:
    found = github.invoke("github:index/getRepository:getRepository", arguments)
    assert (found["nodeId"], found["fullName"]) == (NODE_ID, "helios/web-infrastructure")


def test_a_repository_that_is_not_there(github: Engine) -> None:
    with pytest.raises(EngineError, match="404"):
        github.invoke("github:index/getRepository:getRepository", {"name": "nowhere"})
    with pytest.raises(EngineError, match="Could not resolve to a Repository with the name 'helios/nowhere'"):
        github.create(TOKEN, {**PROGRAM, "repositoryId": "nowhere"})


def test_the_rules_of_a_repository_are_told_by_their_patterns(github: Engine) -> None:
    def patterns() -> list[str]:
        found = github.invoke(
            "github:index/getBranchProtectionRules:getBranchProtectionRules", {"repository": "web-infrastructure"}
        )
        return [rule["pattern"] for rule in found["rules"]]

    assert patterns() == []
    protected = github.create(TOKEN, PROGRAM)
    assert patterns() == [PROGRAM["pattern"]]
    github.delete(protected)


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


def test_a_team_that_may_bypass_is_of_the_owner_s_very_spelling(github: Engine) -> None:
    program = {**PROGRAM, REVIEWS: [{"pullRequestBypassers": ["Helios/operations"]}]}
    with pytest.raises(EngineError, match="Could not resolve to a node with the global id of 'Helios/operations'"):
        github.create(TOKEN, program)


def test_no_such_branch(github: Engine) -> None:
    with pytest.raises(EngineError, match="no such branch: nowhere"):
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
