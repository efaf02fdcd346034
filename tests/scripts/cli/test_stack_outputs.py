"""Stack outputs that cannot be used: one clear message, exit code 2, nothing on stdout, and AWS is asked nothing."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.scripts.cli.command import Run
from tests.scripts.prod_stack import OUTPUTS
from tests.scripts.release import Release

Refused = Callable[..., str]


@pytest.fixture(params=["verify", "observe", "iam-policy"])
def refused(run: Run, release: Release, request: pytest.FixtureRequest) -> Refused:
    """What that command says; one message, and a fix if there is one."""

    def command(*arguments: object) -> str:
        ended = run(request.param, *arguments)
        assert (ended.code, ended.out) == (2, "")
        assert not release.aws.calls
        message, *fix = ended.err.splitlines()
        assert message.startswith("release: ")
        assert [line for line in fix if not line.startswith("  fix: ")] == []
        assert len(fix) <= 1
        return ended.err

    return command


@pytest.fixture
def pulumi_says(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """What pulumi prints on stderr instead of the stack's outputs."""

    def set_answer(stderr: str) -> None:
        def answer(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
            return subprocess.CompletedProcess(command, 255, "", stderr)

        monkeypatch.setattr("scripts.outputs.subprocess.run", answer)

    return set_answer


def test_no_outputs_because_nothing_was_deployed(refused: Refused, outputs: Path) -> None:
    outputs.write_text("{}")
    said = refused("--stack", "prod", "--outputs", outputs)
    assert "has not been deployed" in said
    assert "fix: Run `pulumi up --stack prod`" in said


def test_an_output_that_is_missing(refused: Refused, outputs: Path) -> None:
    outputs.write_text(json.dumps({name: value for name, value in OUTPUTS.items() if name != "pipelineName"}))
    assert "pipelineName: missing" in refused("--outputs", outputs)


def test_old_outputs(refused: Refused, outputs: Path) -> None:
    outputs.write_text(json.dumps(OUTPUTS | {"contract": 0}))
    said = refused("--stack", "prod", "--outputs", outputs)
    assert "contract: 0" in said
    assert "fix: Run `pulumi up --stack prod` with this version of the project." in said


def test_an_unknown_stack(refused: Refused, pulumi_says: Callable[[str], None]) -> None:
    pulumi_says("error: no stack named 'staging' found\n")
    said = refused("--stack", "staging")
    assert "There is no Pulumi stack staging." in said
    assert "pulumi stack ls" in said


def test_no_stack_at_all(refused: Refused, pulumi_says: Callable[[str], None]) -> None:
    pulumi_says("error: no stack selected; please use `pulumi stack select` to choose one\n")
    assert "Say --stack dev or --stack prod" in refused()


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe\x00"], ids=["empty", "cut off", "no text"])
def test_an_outputs_file_that_cannot_be_read(refused: Refused, outputs: Path, content: bytes) -> None:
    outputs.write_bytes(content)
    assert "outputs" in refused("--outputs", outputs)


def test_an_output_that_is_secret(refused: Refused, outputs: Path) -> None:
    outputs.write_text(json.dumps(OUTPUTS | {"topicArn": "[secret]"}))
    said = refused("--outputs", outputs)
    assert "topicArn: expected a string, found a secret" in said
    assert "--show-secrets" in said


@pytest.mark.parametrize("value", ["NaN", "Infinity", "[" * 100_000], ids=["NaN", "Infinity", "deep"])
def test_an_output_that_python_reads_and_cannot_use(refused: Refused, outputs: Path, value: str) -> None:
    outputs.write_text(json.dumps(OUTPUTS | {"requiredApprovals": "here"}).replace('"here"', value))
    assert "outputs" in refused("--outputs", outputs)


def test_an_outputs_file_that_is_not_there(refused: Refused) -> None:
    assert "there is no such file" in refused("--outputs", "none.json")


def test_an_outputs_file_that_is_a_folder(refused: Refused, tmp_path: Path) -> None:
    assert "directory" in refused("--outputs", tmp_path)


def test_a_stack_of_another_project(refused: Refused, outputs: Path) -> None:
    outputs.write_text(json.dumps({"bucketName": "logs", "url": "https://example.com"}))
    said = refused("--outputs", outputs)
    assert "not those of a release stack: another project's" in said


def test_the_outputs_of_the_other_stack(refused: Refused, outputs: Path) -> None:
    assert "--stack is dev" in refused("--stack", "dev", "--outputs", outputs)
