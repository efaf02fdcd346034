"""Where AWS cannot be asked at all: a person has one message, a program has a report, and nobody reads PASS."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest
from botocore.exceptions import EndpointConnectionError

from tests.scripts.cli.command import Run
from tests.scripts.fake_aws import Refusal
from tests.scripts.release import Release

CHECKS = {"verify": 14, "observe": 3}
EXPIRED = "The AWS credentials have expired (ExpiredToken)."


@pytest.fixture(params=["verify", "observe"])
def command(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def arguments(outputs: Path, tmp_path: Path, command: str) -> list[object]:
    journal = ["--journal", tmp_path / "journal"] if command == "observe" else []
    return [command, "--outputs", outputs, *journal]


@pytest.fixture(autouse=True)
def expired(release: Release) -> None:
    release.aws.answer("GetCallerIdentity", Refusal("ExpiredToken"))


def test_a_person_has_one_message_with_the_fix_and_an_empty_stdout(run: Run, arguments: list[object]) -> None:
    ended = run(*arguments)
    assert (ended.code, ended.out) == (4, "")
    message, fix = ended.err.splitlines()
    assert message == f"release: {EXPIRED}"
    assert fix.startswith("  fix: Log in again")


def test_json_says_error_of_every_check_and_names_no_execution(run: Run, arguments: list[object], command: str) -> None:
    ended = run(*arguments, "--format", "json")
    assert ended.code == 4
    assert (ended.data["command"], ended.data["stack"], ended.data["verdict"]) == (command, "prod", "ERROR")
    assert (ended.data["execution_id"], ended.data["revision"], ended.data["api_calls"]) == (None, None, 1)
    assert len(ended.data["checks"]) == CHECKS[command]
    for check in ended.data["checks"]:
        assert (check["status"], check["observed"]) == ("ERROR", EXPIRED)
        assert check["fix"].startswith("Log in again")


def test_junit_is_red(run: Run, arguments: list[object], command: str) -> None:
    suites = fromstring(run(*arguments, "--format", "junit").out.encode())  # noqa: S314 - it is our own
    assert suites.get("errors") == suites.get("tests") == str(CHECKS[command])


@pytest.mark.parametrize("report_format", ["json", "table", "markdown", "html", "junit"])
def test_a_file_of_an_earlier_run_does_not_stay_behind(
    run: Run, arguments: list[object], tmp_path: Path, report_format: str
) -> None:
    report = tmp_path / "report"
    report.write_text("### ✅ PASS: release verify prod\n\nof an earlier run")
    assert run(*arguments, "-o", f"{report_format}={report}").code == 4
    assert EXPIRED in report.read_text()
    assert "of an earlier run" not in report.read_text()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the device is Linux's")
def test_a_file_that_cannot_be_written_does_not_hide_the_cause(run: Run, arguments: list[object]) -> None:
    ended = run(*arguments, "-o", "json=/dev/full")
    assert ended.code == 1, "a lost report is worse than none that could be made"
    assert "No space left on device" in ended.err
    assert EXPIRED in ended.err


def test_the_refusal_is_evidence(run: Run, arguments: list[object], tmp_path: Path, command: str) -> None:
    run(*arguments, "--evidence", tmp_path / "evidence")
    kept = "verify.json" if command == "verify" else "observe.jsonl"
    assert "ExpiredToken" in (tmp_path / "evidence" / kept).read_text()
    data = json.loads((tmp_path / "evidence" / f"{command}.json").read_text())
    assert set(data["checks"].values()) == {"ERROR"}


def test_an_observation_that_cannot_find_its_execution_is_no_pass_either(
    run: Run, release: Release, outputs: Path, tmp_path: Path
) -> None:
    release.aws.answer("GetCallerIdentity", {"Account": "123456789012", "Arn": "arn:aws:iam::123456789012:user/x"})
    release.aws.answer("ListPipelineExecutions", EndpointConnectionError(endpoint_url="https://codepipeline/"))
    ended = run("observe", "--outputs", outputs, "--journal", tmp_path / "journal", "--format", "json")
    assert (ended.code, ended.data["verdict"]) == (4, "ERROR")
    assert "https://codepipeline/" in ended.data["checks"][0]["observed"]
