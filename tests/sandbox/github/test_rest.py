"""GitHub's REST API as a client sees it: authentication, protection, statuses, pull requests."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from werkzeug.test import Client

from sandbox.github import create_app
from tests.sandbox.codepipeline.account import Account

REPOSITORY = "/repos/helios/web-infrastructure"
PROTECTION = f"{REPOSITORY}/branches/main/protection"
SOP_MAIN: dict[str, Any] = {
    "required_status_checks": {"strict": True, "contexts": ["CFN-Lint"]},
    "enforce_admins": True,
    "required_pull_request_reviews": {
        "dismiss_stale_reviews": True,
        "require_code_owner_reviews": True,
        "required_approving_review_count": 2,
    },
    "restrictions": None,
}
AUTHOR, FIRST, SECOND, MANAGER = "sample-engineer", "second-engineer", "platform-engineer", "operations-lead"


class People:
    """GitHub, asked by one person or another."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self._client = Client(create_app(account.world))

    def ask(self, method: str, path: str, login: str = SECOND, **options: Any) -> Any:
        """(status, JSON)."""
        headers = {"Authorization": f"Bearer sandbox-{login}"}
        answer = self._client.open(path, method=method, headers=headers, **options)
        return answer.status_code, answer.get_json(silent=True)

    def anonymous(self, headers: dict[str, str]) -> int:
        return self._client.get(REPOSITORY, headers=headers).status_code

    def pull(self, base: str = "main") -> int:
        """A pull request by the author with one changed file; its number."""
        self.account.push("notes.txt", "hello", branch="feature/notes")
        body = {"title": "Notes", "head": "feature/notes", "base": base}
        status, created = self.ask("POST", f"{REPOSITORY}/pulls", AUTHOR, json=body)
        assert status == 201
        return created["number"]

    def approve(self, number: int, *logins: str) -> None:
        for login in logins:
            status, _ = self.ask("POST", f"{REPOSITORY}/pulls/{number}/reviews", login, json={"event": "APPROVE"})
            assert status == 200

    def lint(self, state: str, context: str = "CFN-Lint") -> None:
        sha = self.account.github.repository.branches()["feature/notes"]
        body = {"state": state, "context": context}
        assert self.ask("POST", f"{REPOSITORY}/statuses/{sha}", json=body)[0] == 201

    def merge(self, number: int, login: str = AUTHOR, **body: Any) -> Any:
        return self.ask("PUT", f"{REPOSITORY}/pulls/{number}/merge", login, json=body)


@pytest.fixture
def people(account: Account) -> People:
    return People(account)


def test_without_a_token_nothing_is_answered(people: People) -> None:
    assert people.anonymous({}) == 401
    assert people.anonymous({"Authorization": "Bearer somebody"}) == 401
    assert people.anonymous({"Authorization": "token sandbox"}) == 200


def test_protection_round_trip(people: People) -> None:
    assert people.ask("GET", PROTECTION)[1]["message"] == "Branch not protected"
    given = {
        **SOP_MAIN,
        "required_pull_request_reviews": {
            **SOP_MAIN["required_pull_request_reviews"],
            "bypass_pull_request_allowances": {"users": ["night-shift"], "teams": ["platform"]},
        },
        "allow_deletions": True,
    }
    assert people.ask("PUT", PROTECTION, json=given)[0] == 200
    status, shown = people.ask("GET", PROTECTION)
    assert status == 200
    assert shown["required_status_checks"]["contexts"] == ["CFN-Lint"]
    assert shown["required_status_checks"]["strict"] is True
    reviews = shown["required_pull_request_reviews"]
    assert (reviews["required_approving_review_count"], reviews["require_code_owner_reviews"]) == (2, True)
    assert reviews["bypass_pull_request_allowances"]["users"] == [{"login": "night-shift"}]
    assert shown["enforce_admins"]["enabled"] is True
    assert (shown["allow_deletions"]["enabled"], shown["allow_force_pushes"]["enabled"]) == (True, False)
    assert "restrictions" not in shown
    assert people.ask("GET", f"{REPOSITORY}/branches/main")[1]["protected"] is True
    assert people.ask("DELETE", PROTECTION)[0] == 204
    assert people.ask("DELETE", PROTECTION)[0] == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"required_status_checks": None, "enforce_admins": True, "restrictions": None},
        {**SOP_MAIN, "required_pull_request_reviews": {"required_approving_review_count": 7}},
        {**SOP_MAIN, "required_status_checks": {"contexts": ["CFN-Lint"]}},
        {**SOP_MAIN, "enforced": True},
    ],
)
def test_a_protection_that_github_refuses(people: People, wrong: dict[str, Any]) -> None:
    assert people.ask("PUT", PROTECTION, json=wrong)[0] == 422


def test_a_branch_that_does_not_exist_cannot_be_protected(people: People) -> None:
    assert people.ask("PUT", f"{REPOSITORY}/branches/nowhere/protection", json=SOP_MAIN)[0] == 404


def test_a_merge_waits_for_reviews_owner_and_check(people: People) -> None:
    people.ask("PUT", PROTECTION, json=SOP_MAIN)
    number = people.pull()
    status, refused = people.merge(number)
    assert status == 405
    assert refused["message"] == (
        "At least 2 approving reviews are required by reviewers with write access. Waiting on code owner review. "
        'Required status check "CFN-Lint" is expected.'
    )
    people.approve(number, FIRST, SECOND)
    people.lint("failure")
    assert people.merge(number)[1]["message"] == (
        'Waiting on code owner review. Required status check "CFN-Lint" is failing.'
    )
    people.lint("success")
    people.approve(number, MANAGER)
    status, merged = people.merge(number)
    assert (status, merged["merged"]) == (200, True)
    assert people.account.github.repository.branches()["main"] == merged["sha"]


def test_a_status_of_another_name_is_not_the_check(people: People) -> None:
    people.ask("PUT", PROTECTION, json={**SOP_MAIN, "required_pull_request_reviews": None})
    number = people.pull()
    people.lint("success", context="cfn-lint")
    assert people.merge(number)[0] == 405


def test_an_author_cannot_approve_and_the_same_reviewer_counts_once(people: People) -> None:
    people.ask("PUT", PROTECTION, json={**SOP_MAIN, "required_status_checks": None})
    number = people.pull()
    answer = people.ask("POST", f"{REPOSITORY}/pulls/{number}/reviews", AUTHOR, json={"event": "APPROVE"})
    assert answer[0] == 422
    people.approve(number, MANAGER, MANAGER)
    assert "At least 2" in people.merge(number)[1]["message"]


def test_requested_changes_block_until_that_reviewer_approves(people: People) -> None:
    people.ask("PUT", PROTECTION, json={**SOP_MAIN, "required_status_checks": None})
    number = people.pull()
    people.approve(number, MANAGER, SECOND)
    people.ask("POST", f"{REPOSITORY}/pulls/{number}/reviews", FIRST, json={"event": "REQUEST_CHANGES"})
    assert "Changes were requested by second-engineer" in people.merge(number)[1]["message"]
    people.approve(number, FIRST)
    assert people.merge(number)[0] == 200


def test_a_new_head_dismisses_the_approvals(people: People) -> None:
    people.ask("PUT", PROTECTION, json={**SOP_MAIN, "required_status_checks": None})
    number = people.pull()
    people.approve(number, MANAGER, SECOND)
    people.account.push("notes.txt", "changed", branch="feature/notes")
    assert people.merge(number)[0] == 405
    _, reviews = people.ask("GET", f"{REPOSITORY}/pulls/{number}/reviews")
    assert {review["state"] for review in reviews} == {"DISMISSED"}


def test_a_branch_behind_its_base_is_out_of_date(people: People) -> None:
    people.ask("PUT", PROTECTION, json={**SOP_MAIN, "required_pull_request_reviews": None})
    number = people.pull()
    people.account.push("other.txt", "meanwhile")
    people.lint("success")
    assert people.merge(number)[1]["message"] == "Head branch is out of date. Review and try the merge again."


def test_a_bypasser_needs_no_review_but_the_check(people: People) -> None:
    reviews = {**SOP_MAIN["required_pull_request_reviews"], "bypass_pull_request_allowances": {"users": ["on-call"]}}
    people.ask("PUT", PROTECTION, json={**SOP_MAIN, "required_pull_request_reviews": reviews})
    number = people.pull()
    assert people.merge(number, "on-call")[1]["message"] == 'Required status check "CFN-Lint" is expected.'
    people.lint("success")
    assert people.merge(number, "on-call")[0] == 200


@pytest.mark.parametrize(("enforced", "status"), [(True, 405), (False, 200)])
def test_an_administrator_is_bound_only_where_protection_says_so(people: People, enforced: bool, status: int) -> None:
    people.ask("PUT", PROTECTION, json={**SOP_MAIN, "enforce_admins": enforced})
    assert people.merge(people.pull(), SECOND)[0] == status


def test_a_merge_of_another_head_than_the_one_named_is_refused(people: People) -> None:
    assert people.merge(people.pull(), sha="0" * 40)[0] == 409


def test_conflicting_branches_are_not_mergeable(people: People) -> None:
    number = people.pull()
    people.account.push("notes.txt", "something else")
    assert people.merge(number)[1]["message"] == "Pull Request is not mergeable"


def test_a_merge_is_a_push_and_lists_its_pull_request(people: People) -> None:
    pushed: list[str] = []
    people.account.github.on_push(lambda push: pushed.append(push.branch))
    number = people.pull()
    sha = people.merge(number)[1]["sha"]
    assert pushed[-1] == "main"
    _, pulls = people.ask("GET", f"{REPOSITORY}/commits/{sha}/pulls")
    assert [pull["number"] for pull in pulls] == [number]
    _, shown = people.ask("GET", f"{REPOSITORY}/pulls/{number}")
    assert (shown["merged"], shown["merge_commit_sha"]) == (True, sha)
    assert len(people.ask("GET", f"{REPOSITORY}/commits/{sha}")[1]["parents"]) == 2


def test_the_combined_status_is_the_worst_of_the_latest(people: People) -> None:
    people.pull()
    sha = people.account.github.repository.branches()["feature/notes"]
    path = f"{REPOSITORY}/commits/{sha}/status"
    assert people.ask("GET", path)[1]["state"] == "pending"
    people.lint("failure")
    assert people.ask("GET", path)[1]["state"] == "failure"
    people.lint("success")
    assert people.ask("GET", path)[1]["state"] == "success"
    people.lint("pending", context="other")
    assert people.ask("GET", path)[1]["state"] == "pending"
    assert len(people.ask("GET", f"{REPOSITORY}/commits/{sha}/statuses")[1]) == 3


def test_pull_requests_that_github_refuses(people: People) -> None:
    people.pull()
    for body in (
        {"title": "Again", "head": "feature/notes", "base": "main"},
        {"title": "No head", "head": "nowhere", "base": "main"},
        {"title": "Nothing", "head": "dev", "base": "main"},
        {"head": "feature/notes", "base": "dev"},
    ):
        assert people.ask("POST", f"{REPOSITORY}/pulls", json=body)[0] == 422


def test_closing_and_reopening_tells_the_webhooks(people: People) -> None:
    told: list[str] = []
    people.account.github.on_pull_request(lambda event: told.append(event.event))
    number = people.pull()
    for state in ("closed", "open"):
        people.ask("PATCH", f"{REPOSITORY}/pulls/{number}", json={"state": state})
    assert told == ["PULL_REQUEST_CREATED", "PULL_REQUEST_CLOSED", "PULL_REQUEST_REOPENED"]


def test_lists_come_in_pages(people: People) -> None:
    people.pull()
    _, first = people.ask("GET", f"{REPOSITORY}/branches?per_page=2")
    _, second = people.ask("GET", f"{REPOSITORY}/branches?per_page=2&page=2")
    assert [branch["name"] for branch in [*first, *second]] == ["dev", "feature/notes", "main"]


def test_contents_commits_files_and_comparison(people: People) -> None:
    number = people.pull()
    _, owners = people.ask("GET", f"{REPOSITORY}/contents/CODEOWNERS?ref=main")
    assert base64.b64decode(owners["content"]) == b"* @helios/operations-manager\n"
    assert people.ask("GET", f"{REPOSITORY}/contents/missing")[0] == 404
    _, files = people.ask("GET", f"{REPOSITORY}/pulls/{number}/files")
    assert files == [{"filename": "notes.txt", "status": "added"}]
    assert len(people.ask("GET", f"{REPOSITORY}/pulls/{number}/commits")[1]) == 1
    _, compared = people.ask("GET", f"{REPOSITORY}/compare/main...feature/notes")
    assert (compared["status"], compared["ahead_by"], compared["behind_by"]) == ("ahead", 1, 0)
    assert people.ask("GET", "/orgs/helios/teams/operations-manager/members")[1][0]["login"] == MANAGER


def test_what_the_sandbox_does_not_know_is_no_success(people: People) -> None:
    assert people.ask("GET", f"{REPOSITORY}/deployments")[0] == 501
    assert people.ask("GET", "/repos/helios/other")[0] == 404


def test_a_branch_alone_comes_with_its_whole_commit(people: People) -> None:
    _, branch = people.ask("GET", f"{REPOSITORY}/branches/main")
    _, commit = people.ask("GET", f"{REPOSITORY}/commits/main")
    assert branch["commit"] == commit
    assert branch["commit"]["commit"]["committer"]["date"].endswith("Z")
    assert (branch["protected"], branch["protection"]["enabled"]) == (False, False)
