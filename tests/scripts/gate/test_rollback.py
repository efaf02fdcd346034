"""Whether what runs could be gone back to by hand afterwards: a remark, which never holds a release up."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from scripts.checks.deployed import Deployed
from scripts.results import Result, Status
from tests import clock
from tests.scripts.fake_aws import Refusal
from tests.scripts.gate.place import Place

RUNS = "a" * 40
KEY = "web/Source/1.zip"
THERE = {"name": "Source", "s3location": {"bucket": "artifacts", "key": KEY}}
SUCCEEDED: dict[str, Any] = {
    "pipelineExecutionId": "e1",
    "status": "Succeeded",
    "startTime": datetime(2026, 3, 10, tzinfo=UTC),
    "sourceRevisions": [{"actionName": "Source", "revisionId": RUNS}],
}
OTHER = {**SUCCEEDED, "sourceRevisions": [{"actionName": "Source", "revisionId": "b" * 40}]}
ROLLED_BACK = {**SUCCEEDED, "pipelineExecutionId": "e2", "executionType": "ROLLBACK"}


class Account:
    """Prod's, in which that commit runs."""

    def __init__(self, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
        self.place = place
        self.deployed = Deployed("e1", RUNS, "")
        monkeypatch.setattr("scripts.gate.context.deployed_revision", lambda *_: self.deployed)
        self.succeeded([SUCCEEDED])
        self.given([THERE])
        self.kept({"Versions": [{"Key": KEY, "IsLatest": True}]})

    def succeeded(self, executions: list[dict[str, Any]]) -> None:
        self.place.aws.answer("ListPipelineExecutions", {"pipelineExecutionSummaries": executions})

    def given(self, artifacts: list[dict[str, Any]]) -> None:
        deploy = {"pipelineExecutionId": "e1", "stageName": "Deploy", "startTime": clock.now()}
        details = [{**deploy, "input": {"inputArtifacts": artifacts}}]
        self.place.aws.answer("ListActionExecutions", {"actionExecutionDetails": details})

    def kept(self, listed: dict[str, Any]) -> None:
        self.place.aws.answer("ListObjectVersions", listed)

    def answer(self) -> Result:
        return self.place.answer("rollback-target", self.place.pull())


@pytest.fixture
def account(place: Place, monkeypatch: pytest.MonkeyPatch) -> Account:
    return Account(place, monkeypatch)


def test_what_runs_and_is_whole_can_be_gone_back_to(account: Account) -> None:
    result = account.answer()
    assert (result.status, result.observed) == (
        Status.PASS,
        f"Afterwards Deploy could be rolled back to e1, {'a' * 12}.",
    )
    asked = account.place.aws.called("ListPipelineExecutions")
    assert {"succeededInStage": {"stageName": "Deploy"}} in [one.get("filter") for one in asked]
    (listed,) = account.place.aws.called("ListObjectVersions")
    assert (listed["Bucket"], listed["Prefix"]) == ("artifacts", KEY)


def test_of_another_structure_of_the_pipeline_it_is_no_target(account: Account) -> None:
    account.succeeded([])
    result = account.answer()
    assert result.status is Status.SKIPPED
    assert "the pipeline's definition has changed since that was deployed" in result.observed


@pytest.mark.parametrize("listed", [[ROLLED_BACK], [OTHER]])
def test_an_execution_that_rolled_back_or_is_of_another_commit_is_no_target(
    account: Account, listed: list[dict[str, Any]]
) -> None:
    account.succeeded(listed)
    assert account.answer().status is Status.SKIPPED


def test_after_a_rollback_the_one_that_was_rolled_back_to_is_the_target(account: Account) -> None:
    account.deployed = Deployed("e2", RUNS, "")
    account.succeeded([ROLLED_BACK, SUCCEEDED])
    assert account.answer().evidence["target"] == "e1"


@pytest.mark.parametrize(
    "listed",
    [
        {},
        {"Versions": [{"Key": KEY, "IsLatest": False}], "DeleteMarkers": [{"Key": KEY, "IsLatest": True}]},
        {"Versions": [{"Key": f"{KEY}.old", "IsLatest": True}]},
    ],
)
def test_artifacts_that_the_lifecycle_has_deleted_are_no_way_back(account: Account, listed: dict[str, Any]) -> None:
    account.kept(listed)
    result = account.answer()
    assert result.status is Status.SKIPPED
    assert "s3://artifacts/web/Source/1.zip is gone" in result.observed


def test_no_artifact_at_all_is_never_taken_for_all_of_them(account: Account) -> None:
    account.given([])
    assert account.answer().status is Status.SKIPPED


@pytest.mark.parametrize("operation", ["ListObjectVersions", "ListPipelineExecutions"])
def test_what_cannot_be_seen_is_said_and_holds_nothing_up(account: Account, operation: str) -> None:
    account.place.aws.answer(operation, Refusal("AccessDenied", "no"))
    result = account.answer()
    assert (result.status, "is not known" in result.observed) == (Status.SKIPPED, True)


def test_where_it_is_not_certain_what_runs_no_way_back_is_either(account: Account) -> None:
    account.deployed = Deployed("e1", None, "AWS names no commit.")
    assert account.answer().status is Status.SKIPPED
