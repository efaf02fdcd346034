"""The sandbox's GraphQL: GitHub's own words for what is refused, and what only it tells."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.codepipeline.account import Account
from tests.sandbox.github.test_rest import AUTHOR, FIRST, MANAGER, PROTECTION, REPOSITORY, SECOND, SOP_MAIN, People

REPO = 'repository(owner: "helios", name: "web-infrastructure")'


@pytest.fixture
def people(account: Account) -> People:
    return People(account)


def ask(people: People, query: str, login: str = SECOND) -> Any:
    status, answer = people.ask("POST", "/graphql", login, json={"query": query})
    assert status == 200
    return answer


def test_a_field_that_the_sandbox_does_not_have_is_refused_aloud(people: People) -> None:
    (error,) = ask(people, f"{{ {REPO} {{ stargazerCount }} }}")["errors"]
    assert "stargazerCount" in error["message"]
    assert "sandbox/github/schema.graphql" in error["message"]


@pytest.mark.parametrize(
    ("first", "kind"), [("", "MISSING_PAGINATION_BOUNDARIES"), ("(first: 101)", "EXCESSIVE_PAGINATION")]
)
def test_a_connection_needs_a_page_of_at_most_a_hundred(people: People, first: str, kind: str) -> None:
    (error,) = ask(people, f"{{ {REPO} {{ issues{first} {{ totalCount }} }} }}")["errors"]
    assert error["type"] == kind


def test_a_token_without_the_scope_is_told_which(people: People) -> None:
    query = '{ organization(login: "helios") { team(slug: "platform") { members(first: 9) { nodes { login } } } } }'
    assert ask(people, query)["data"]["organization"]["team"]["members"]["nodes"][0] == {"login": SECOND}
    (error,) = ask(people, query, f"{FIRST}:repo")["errors"]
    assert (error["type"], error["path"]) == ("INSUFFICIENT_SCOPES", ["organization", "team"])
    assert "['read:org'" in error["message"]


def test_an_edited_comment_has_the_time_of_its_edit(people: People) -> None:
    number = people.pull()
    _, written = people.ask("POST", f"{REPOSITORY}/issues/{number}/comments", MANAGER, json={"body": "one"})
    query = f"{{ {REPO} {{ pullRequest(number: {number}) {{ comments(first: 9) {{ nodes {{ lastEditedAt }} }} }} }} }}"
    nodes = lambda: ask(people, query)["data"]["repository"]["pullRequest"]["comments"]["nodes"]  # noqa: E731
    assert nodes() == [{"lastEditedAt": None}]
    people.ask("PATCH", f"{REPOSITORY}/issues/comments/{written['id']}", MANAGER, json={"body": "two"})
    assert nodes() != [{"lastEditedAt": None}]


def test_a_review_is_dismissed_once_and_a_comment_never(people: People) -> None:
    number = people.pull()
    people.approve(number, FIRST)
    _, (review,) = people.ask("GET", f"{REPOSITORY}/pulls/{number}/reviews")
    path = f"{REPOSITORY}/pulls/{number}/reviews/{review['id']}/dismissals"
    assert people.ask("PUT", path, json={"message": "outdated"})[1]["state"] == "DISMISSED"
    assert people.ask("PUT", path, json={"message": "outdated"})[0] == 422


def test_a_push_that_only_merges_the_base_dismisses_nothing(people: People) -> None:
    people.ask("PUT", PROTECTION, json={**SOP_MAIN, "required_status_checks": None})
    number = people.pull()
    people.approve(number, FIRST)
    people.account.push("other.txt", "meanwhile")
    repository = people.account.github.repository
    merged = repository.merge("refs/heads/feature/notes", "refs/heads/main", "Merge main")
    people.account.github.push("feature/notes", merged, AUTHOR)
    _, (review,) = people.ask("GET", f"{REPOSITORY}/pulls/{number}/reviews")
    assert review["state"] == "APPROVED"


@pytest.mark.parametrize(("method", "parents"), [("merge", 2), ("squash", 1), ("rebase", 1)])
def test_each_method_of_merging_makes_its_commit(people: People, method: str, parents: int) -> None:
    number = people.pull()
    people.account.push("more.txt", "more", branch="feature/notes")
    sha = people.merge(number, merge_method=method)[1]["sha"]
    repository = people.account.github.repository
    assert len(repository.commit(sha).parents) == parents
    assert (repository.read(sha, "notes.txt"), repository.read(sha, "more.txt")) == (b"hello", b"more")


def test_a_method_that_the_repository_forbids_is_refused_in_githubs_words(people: People) -> None:
    people.account.github.merge_methods.discard("merge")
    try:
        assert people.merge(people.pull())[1]["message"] == "Merge commits are not allowed on this repository."
    finally:
        people.account.github.merge_methods.add("merge")


def test_a_forks_branch_is_another_than_this_repositorys_of_that_name(people: People) -> None:
    github = people.account.github
    fork = github.fork("mallory")
    sha = github.repository.commit_change("refs/heads/main", lambda folder: str((folder / "x").write_text("x")))
    github.push_to_fork(fork, "dev", sha, "mallory")
    status, made = people.ask(
        "POST", f"{REPOSITORY}/pulls", "mallory", json={"title": "X", "head": "mallory:dev", "base": "main"}
    )
    assert (status, made["head"]["repo"]["full_name"]) == (201, "mallory/web-infrastructure")
    assert made["head"]["repo"]["id"] != made["base"]["repo"]["id"]
    assert github.repository.branches()["dev"] != sha


def test_only_who_may_write_approves(people: People) -> None:
    people.ask("PUT", PROTECTION, json={**SOP_MAIN, "required_status_checks": None})
    number = people.pull()
    people.approve(number, MANAGER, "stakeholder")
    assert "At least 2" in people.merge(number)[1]["message"]
    assert people.ask("GET", f"{REPOSITORY}/collaborators/stakeholder/permission")[1]["permission"] == "read"


def test_commits_between_two_come_in_pages_and_files_on_the_first(people: People) -> None:
    for name in ("a", "b", "c"):
        people.account.push(name, name, branch="feature/three")
    path = f"{REPOSITORY}/compare/main...feature%2Fthree"
    _, first = people.ask("GET", path, query_string={"per_page": 2})
    _, second = people.ask("GET", path, query_string={"per_page": 2, "page": 2})
    assert [len(first["commits"]), len(second["commits"]), first["total_commits"]] == [2, 1, 3]
    assert [len(first["files"]), len(second["files"])] == [3, 0]


def test_only_who_may_push_makes_a_branch(people: People) -> None:
    body = {"ref": "refs/heads/back-merge/pr-1", "sha": people.account.github.repository.branches()["main"]}
    status, told = people.ask("POST", f"{REPOSITORY}/git/refs", "stakeholder", json=body)
    assert (status, told["message"]) == (403, "Resource not accessible by personal access token")
    assert people.ask("POST", f"{REPOSITORY}/git/refs", AUTHOR, json=body)[0] == 201
