"""GitHub over HTTP: what a branch's head is, what changed between two commits, and why it cannot be told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from werkzeug.wrappers import Request, Response

from sandbox.core.clock import Clock
from sandbox.github.app import create_application
from sandbox.github.host import GitHub as Host
from sandbox.server import listen
from scripts.clients.github import GitHub
from scripts.clients.github_errors import GitHubError, GitHubRefusedError, GitHubUnansweredError
from tests.serving import serving

REPOSITORY = "helios/web-infrastructure"


@contextmanager
def listening(application: Any) -> Iterator[str]:
    """Its address."""
    server = listen(0, application, Clock())
    with serving(server):
        yield f"http://127.0.0.1:{server.port}/api/v3"


@contextmanager
def answering(status: int, body: bytes) -> Iterator[str]:
    def application(environ: Any, start: Any) -> Any:
        return Response(body, status=status)(environ, start)

    with listening(application) as address:
        yield address


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path / "repository.git", Clock().now)


@pytest.fixture
def github(host: Host) -> Iterator[GitHub]:
    """A client of the sandbox's GitHub, which has its API below api/v3 as an Enterprise server has."""
    inner = create_application(host)

    def application(environ: Any, start: Any) -> Any:
        environ["PATH_INFO"] = Request(environ).path.removeprefix("/api/v3")
        return inner(environ, start)

    with listening(application) as address:
        yield GitHub(REPOSITORY, token="sandbox", base_url=address)


def commit(host: Host, path: str) -> str:
    def change(checkout: Path) -> str:
        (checkout / path).write_text("changed\n")
        return f"Change {path}"

    return host.repository.commit_change("refs/heads/main", change)


def test_a_branchs_head_and_when_it_was_committed(host: Host, github: GitHub) -> None:
    sha = host.repository.resolve("refs/heads/main")
    head = github.head("main")
    assert (head.sha, head.at) == (sha, host.repository.commit(sha).authored.replace(microsecond=0))


def test_what_changed_between_two_commits(host: Host, github: GitHub) -> None:
    before = host.repository.resolve("refs/heads/main")
    after = commit(host, "main.yaml")
    assert github.changed_files(before, after) == ["main.yaml"]
    assert github.changed_files(before, before) == []


def test_a_commit_that_does_not_come_after_the_other_is_told(host: Host, github: GitHub) -> None:
    before = host.repository.resolve("refs/heads/main")
    with pytest.raises(GitHubError, match="does not come after"):
        github.changed_files(commit(host, "main.yaml"), before)


def test_a_branch_that_is_not_there(github: GitHub) -> None:
    with pytest.raises(GitHubError, match="not what is looked for in it"):
        github.head("nowhere")


def test_more_files_than_are_told_are_unknown() -> None:
    files = [{"filename": str(number)} for number in range(300)]
    with answering(200, json.dumps({"status": "ahead", "files": files}).encode()) as address:
        assert GitHub(REPOSITORY, base_url=address).changed_files("a", "b") is None


@pytest.mark.parametrize(
    ("status", "token", "said"),
    [
        (401, "x", "does not accept GITHUB_TOKEN"),
        (404, "", "to nobody without GITHUB_TOKEN"),
        (403, "", "with GITHUB_TOKEN it allows more"),
        (429, "x", "HTTP 429"),
        (502, "x", "HTTP 502"),
        (200, "x", "was not GitHub"),
    ],
)
def test_a_refusal_says_why_and_never_the_token(
    status: int, token: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scripts.clients.github.sleep", lambda _: None)
    with (
        answering(status, b"<html>Sign in</html>") as address,
        pytest.raises(GitHubError, match=said) as refused,
    ):
        GitHub(REPOSITORY, token=token and "hunter2", base_url=address).head("main")
    assert "hunter2" not in refused.value.message


@pytest.mark.parametrize("body", [b"{}", b"[]", b'{"commit": {"sha": "a", "commit": null}}'])
def test_an_answer_of_another_form_is_none(body: bytes) -> None:
    with answering(200, body) as address, pytest.raises(GitHubError, match="was not GitHub"):
        GitHub(REPOSITORY, base_url=address).head("main")


def test_nobody_there_is_told() -> None:
    with pytest.raises(GitHubError, match="cannot be reached"):
        GitHub(REPOSITORY, base_url="http://127.0.0.1:1/api/v3").head("main")


@pytest.mark.parametrize(
    ("given", "root"),
    [
        ("", "https://api.github.com/"),
        ("https://api.github.com", "https://api.github.com/"),
        ("https://ghe.example/", "https://ghe.example/api/v3/"),
        ("https://ghe.example/api/v3", "https://ghe.example/api/v3/"),
        ("http://127.0.0.1:4100/github/", "http://127.0.0.1:4100/github/"),
    ],
)
def test_an_enterprise_server_has_its_api_below_api_v3(given: str, root: str) -> None:
    assert GitHub(REPOSITORY, base_url=given)._base == root


def test_a_change_is_asked_for_once_and_its_answer_read(host: Host, github: GitHub) -> None:
    sha = host.repository.resolve("refs/heads/main")
    made = github.change("POST", f"statuses/{sha}", {"state": "success", "context": "Release gate"})
    assert made["context"] == "Release gate"
    assert [one.context for one in host.statuses(sha)] == ["Release gate"]


def test_a_change_that_github_refuses_says_why(host: Host, github: GitHub) -> None:
    sha = host.repository.resolve("refs/heads/main")
    with pytest.raises(GitHubRefusedError, match="state must be one of") as refused:
        github.change("POST", f"statuses/{sha}", {"state": "splendid"})
    assert refused.value.status == 422


def test_a_change_that_the_token_may_not_make_says_what_it_needs() -> None:
    with (
        answering(403, b'{"message": "Resource not accessible by personal access token"}') as address,
        pytest.raises(GitHubRefusedError, match="Resource not accessible") as refused,
    ):
        GitHub(REPOSITORY, token="x", base_url=address).change("POST", "pulls", {}, needs="Pull requests: write")
    assert "Pull requests: write" in refused.value.fix


@pytest.mark.parametrize(("status", "body"), [(502, b""), (503, b""), (500, b"{}"), (200, b"<html>")])
def test_a_change_whose_answer_is_none_may_have_been_made_and_is_not_asked_for_again(status: int, body: bytes) -> None:
    asked: list[str] = []

    def application(environ: Any, start: Any) -> Any:
        asked.append(environ["REQUEST_METHOD"])
        return Response(body, status=status)(environ, start)

    with listening(application) as address, pytest.raises(GitHubUnansweredError):
        GitHub(REPOSITORY, base_url=address).change("POST", "pulls", {})
    assert asked == ["POST"]


def test_a_change_that_reaches_nobody_is_not_known_to_be_refused() -> None:
    with pytest.raises(GitHubUnansweredError, match="cannot be reached"):
        GitHub(REPOSITORY, base_url="http://127.0.0.1:1/api/v3").change("POST", "pulls", {})
