from __future__ import annotations

import pytest

from scripts.clients.github import GitHub
from scripts.facts import http
from tests.scripts.release import FakeGitHub, Release


@pytest.fixture
def release() -> Release:
    return Release()


@pytest.fixture(autouse=True)
def no_aws_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither credentials nor endpoints of the machine that runs the tests, nor its terminal's colours and width."""
    aws = ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_RETRY_MODE")
    for name in (*aws, "NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "missing")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "missing")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture(autouse=True)
def a_site_that_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test asks a site of the internet; those of HTTP itself ask their own."""
    monkeypatch.setattr(http, "visit", lambda url: http.Visit([http.Hop(url, 200)], size=421))


@pytest.fixture(autouse=True)
def a_branch_whose_newest_commit_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test asks GitHub itself."""
    monkeypatch.setattr(GitHub, "of_environment", lambda _: FakeGitHub())
