"""What cannot be looked at is exit code 4 with the way to mend it, never GO and never NO-GO."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from scripts.clients import github as client
from scripts.clients.github import GitHub
from scripts.clients.github_errors import GitHubError, GitHubNotFoundError
from scripts.gate.reading import read_open_pulls, read_reviews
from scripts.results import Status
from tests import clock
from tests.scripts.gate.place import FIRST, InProcess, Place

OPEN = datetime.fromisoformat("2026-12-15T11:00+10:00")
VIEWER = "query { viewer { login } }"


class Answering(GitHub):
    """Gives the answers that it was made with, one after the other, and the last for ever."""

    def __init__(self, *answers: tuple[int, dict[str, str], bytes]) -> None:
        super().__init__("helios/web-infrastructure", token="hunter2")
        self.answers = list(answers)
        self.asked = 0

    def _exchange(
        self, method: str, url: str, headers: Mapping[str, str], body: str | None
    ) -> tuple[int, Mapping[str, str], bytes]:
        self.asked += 1
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.fixture
def waited(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    seconds: list[float] = []
    monkeypatch.setattr(client, "sleep", seconds.append)
    return seconds


GOOD = (200, {}, b'{"data": {"viewer": {"login": "me"}}}')


@pytest.mark.parametrize("status", [502, 503, 504])
def test_an_answer_that_passes_is_asked_for_again(waited: list[float], status: int) -> None:
    assert Answering((status, {}, b""), GOOD).query(VIEWER) == {"viewer": {"login": "me"}}
    assert waited == [1]


def test_it_is_not_asked_for_ever(waited: list[float]) -> None:
    github = Answering((503, {}, b""))
    with pytest.raises(GitHubError, match="HTTP 503"):
        github.query(VIEWER)
    assert (github.asked, len(waited)) == (client.TRIES, client.TRIES - 1)


def test_a_short_rate_limit_is_waited_for_and_a_long_one_told(waited: list[float]) -> None:
    assert Answering((403, {"retry-after": "3"}, b""), GOOD).query(VIEWER)
    assert waited == [3]
    with pytest.raises(GitHubError, match="too many questions"):
        Answering((429, {"retry-after": "3600"}, b"")).query(VIEWER)
    assert waited == [3]


def test_a_rate_limit_that_is_used_up_says_until_when() -> None:
    told = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1797300000"}
    with pytest.raises(GitHubError) as refused:
        Answering((403, told, b"")).query(VIEWER)
    assert refused.value.message == "GitHub's rate limit is used up until 2026-12-15T02:00:00Z."
    assert refused.value.fix == "Run the same command again after 2026-12-15T02:00:00Z."


def test_the_sandboxs_limits_are_told_by_both_apis(place: Place) -> None:
    place.host.limits.hourly = 1
    github = InProcess(place.host)
    github.query(VIEWER)
    with pytest.raises(GitHubError, match="used up until"):
        github.query(VIEWER)
    github.head("main")
    with pytest.raises(GitHubError, match="used up until"):
        github.head("main")


def test_a_secondary_limit_is_waited_for(place: Place, waited: list[float]) -> None:
    place.host.limits.slow_down_until = clock.now() + timedelta(seconds=5)
    github = InProcess(place.host)
    with pytest.raises(GitHubError, match="too many questions"):
        github.query(VIEWER)
    assert waited == [5, 5]


@pytest.mark.parametrize(
    ("error", "kind", "said", "fix"),
    [
        ({"type": "FORBIDDEN", "message": "Resource not accessible"}, GitHubError, "may not see", "Members: read"),
        ({"type": "NOT_FOUND", "message": "Could not resolve", "path": ["x"]}, GitHubNotFoundError, "no x", ""),
        ({"message": "Something went wrong"}, GitHubError, "did not answer: Something went wrong", ""),
        ("nonsense", GitHubError, "no reason given", ""),
    ],
)
def test_what_graphql_refuses_is_told(error: Any, kind: type[GitHubError], said: str, fix: str) -> None:
    import json

    github = Answering((200, {}, json.dumps({"data": None, "errors": [error]}).encode()))
    with pytest.raises(kind) as refused:
        github.query(VIEWER, needs="Members: read")
    assert said in refused.value.message
    assert fix in refused.value.fix


@pytest.mark.parametrize("content", [b"<html>", b"[]", b"{}", b'{"data": null}'])
def test_an_answer_of_another_form_is_none(content: bytes) -> None:
    with pytest.raises(GitHubError, match="was not GitHub"):
        Answering((200, {}, content)).query(VIEWER)


@pytest.mark.parametrize(
    ("base", "root"),
    [
        ("", "https://api.github.com/graphql"),
        ("https://ghe.example/", "https://ghe.example/api/graphql"),
        ("http://127.0.0.1:4100/github/", "http://127.0.0.1:4100/github/graphql"),
    ],
)
def test_an_enterprise_server_has_graphql_beside_its_rest(base: str, root: str) -> None:
    assert GitHub("a/b", base_url=base)._graphql == root


def test_pages_are_followed_to_the_end(place: Place) -> None:
    pull = place.pull()
    for _ in range(205):
        place.review(pull, FIRST, "COMMENTED")
    github = InProcess(place.host)
    assert len(read_reviews(github, pull.number)) == 205
    assert github.asked == ["POST /graphql"] * 3
    assert len(read_open_pulls(github, "main")) == 1


def test_a_repository_that_the_token_does_not_see_is_undetermined(place: Place) -> None:
    pull = place.agreed(place.pull())
    place.github = InProcess(place.host, f"sandbox-{FIRST}:gist")
    report = place.judge(pull, OPEN)
    assert report.exit_code == 4
    assert "no repository" in next(one for one in report.checks if one.id == "merge-flow").observed


def test_github_down_is_undetermined(place: Place) -> None:
    pull = place.agreed(place.pull())
    place.github = GitHub("helios/web-infrastructure", token="x", base_url="http://127.0.0.1:1/")
    report = place.judge(pull, OPEN)
    assert (report.decision, report.exit_code) == ("UNDETERMINED", 4)
    assert "cannot be reached" in next(one for one in report.checks if one.id == "approvals").observed


def test_aws_refusing_leaves_only_its_own_check_undetermined(place: Place) -> None:
    from tests.scripts.fake_aws import Refusal

    pull = place.agreed(place.pull())
    place.aws.answer("ListBuildsForProject", Refusal("AccessDeniedException", "not authorized"))
    statuses = {one.id: one.status for one in place.judge(pull, OPEN).checks}
    assert statuses["lint-status"] is Status.ERROR
    assert statuses["approvals"] is Status.PASS
