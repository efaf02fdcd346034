"""`release start`: what it says, and exit codes that a script can go by."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scripts.cli.command import Ended, Run
from tests.scripts.fake_aws import ACCOUNT
from tests.scripts.release import Release, execution

ADA = f"arn:aws:sts::{ACCOUNT}:assumed-role/operator/ada"


@pytest.fixture
def start(run: Run, outputs: Path, tmp_path: Path, release: Release) -> Run:
    """`release start` after a good release, on a stack without a records bucket."""
    release.aws.answer("GetCallerIdentity", {"Account": ACCOUNT, "Arn": ADA})
    release.aws.answer("StartPipelineExecution", {"pipelineExecutionId": "started"})
    release.aws.date = "Tue, 10 Mar 2026 02:00:00 GMT"

    def command(*arguments: object) -> Ended:
        return run("start", "--outputs", outputs, "--ledger", tmp_path / "ledger", *arguments)

    return command


def test_it_says_what_was_started_and_what_follows_it(start: Run) -> None:
    ended = start("--reason", "pipeline-test")
    assert ended.code == 0
    assert ended.out.startswith("Started execution started of ")
    assert "pipeline-test after " in ended.out
    assert "release verify --stack prod --execution-id started --wait" in ended.out


def test_as_data_it_says_which_execution_of_which_commit(start: Run) -> None:
    done = start("--reason", "pipeline-test", "--format", "json").data
    again = start("--reason", "pipeline-test").out.rstrip()
    assert len(done.pop("revision")) == 40
    assert done.pop("told") == again.replace("It had been started already:", "Started")
    assert done == {
        "schema": 1,
        "command": "start",
        "stack": "prod",
        "exit_code": 0,
        "execution_id": "started",
        "reason": "pipeline-test",
        "anew": True,
    }


def test_the_same_again_says_that_it_had_been_started(start: Run, release: Release) -> None:
    start("--reason", "emergency")
    assert start("--reason", "emergency").out.startswith("It had been started already: execution started of ")
    assert len(release.aws.called("StartPipelineExecution")) == 1


def test_what_is_refused_has_exit_code_3_and_what_to_do_instead(start: Run) -> None:
    ended = start("--reason", "pipeline-test", "--execution-id", "other")
    assert ended.code == 3
    assert "fix: Name none." in ended.err


@pytest.mark.parametrize("arguments", [(), ("--reason", "deploy-my-branch"), ("--reason", "")])
def test_any_other_reason_is_wrong_usage(start: Run, release: Release, arguments: tuple[str, ...]) -> None:
    ended = start(*arguments)
    assert ended.code == 2
    if arguments:
        assert "A new change is merged" in ended.err
    assert release.aws.calls == []


def test_what_to_do_instead_names_the_stack_that_was_asked_about(start: Run, release: Release) -> None:
    release.executions(execution("InProgress"))
    assert "(`release verify --wait --stack prod`)" in start("--reason", "pipeline-test", "--stack", "prod").err
