"""Pulumi is asked at the very start, for what the command will come to ask, and no more than once."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts import early
from scripts.outputs import read_outputs
from tests.clock import PATIENCE
from tests.scripts.prod_stack import OUTPUTS

STATE = {"deployment": {"resources": [{"type": "pulumi:pulumi:Stack", "outputs": OUTPUTS}]}}


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the pulumi of this test writes each command line that it gets."""
    asked = tmp_path / "asked"
    asked.touch()
    (tmp_path / "state").write_text(json.dumps(STATE))
    pulumi = tmp_path / "pulumi"
    pulumi.write_text(f'#!/bin/sh\necho "$@" >>{asked}\ncat {tmp_path}/state\n')
    pulumi.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return asked


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    yield
    for process in early._begun:
        process.communicate()
    early._begun.clear()


@pytest.mark.parametrize("given", [["--stack", "prod"], ["--stack=prod"], ["-s", "prod", "--wait"]])
def test_what_was_begun_is_what_is_read(asked: Path, given: list[str]) -> None:
    early.begin(["verify", *given])
    assert read_outputs("prod", None).stack == "prod"
    assert asked.read_text() == "stack export --non-interactive --stack prod\n"
    assert read_outputs("prod", None).stack == "prod"
    assert len(asked.read_text().splitlines()) == 2


def test_without_a_stack_it_is_the_selected_one(asked: Path) -> None:
    early.begin(["verify"])
    assert read_outputs(None, None).stack == "prod"
    assert asked.read_text() == "stack export --non-interactive\n"


def test_of_another_stack_it_is_asked_anew(asked: Path) -> None:
    early.begin(["verify", "--stack", "dev"])
    assert read_outputs("prod", None).stack == "prod"
    assert "stack export --non-interactive --stack prod\n" in asked.read_text()


@pytest.mark.parametrize(
    "arguments", [[], ["status"], ["verify", "--outputs", "file"], ["verify", "--outputs=file"], ["verify", "--help"]]
)
def test_nothing_is_begun_that_nobody_will_ask_for(asked: Path, arguments: list[str]) -> None:
    early.begin(arguments)
    assert early._begun == []
    assert asked.read_text() == ""


def test_without_pulumi_nothing_is_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    early.begin(["verify"])
    assert early._begun == []


def test_who_hangs_is_ended(asked: Path) -> None:
    (asked.parent / "pulumi").write_text("#!/bin/sh\nexec sleep 600\n")
    early.begin(["verify"])
    (process,) = early._begun
    with pytest.raises(subprocess.TimeoutExpired):
        early.finished(early.export(None), 0)
    assert process.returncode == -9


def test_it_is_begun_before_the_command_is_imported(asked: Path) -> None:
    seen = "import sys; from scripts import early; early.begin(['verify']); print('typer' in sys.modules)"
    ended = subprocess.run([sys.executable, "-c", seen], capture_output=True, text=True, check=True)
    assert ended.stdout == "False\n"


@pytest.mark.parametrize(("own", "given"), [(None, "400"), ("50", "50")])
def test_pulumi_looks_for_garbage_less_often_unless_somebody_says_how(
    asked: Path, monkeypatch: pytest.MonkeyPatch, own: str | None, given: str
) -> None:
    (asked.parent / "pulumi").write_text(f"#!/bin/sh\necho $GOGC >>{asked}\n")
    monkeypatch.delenv("GOGC", raising=False)
    if own:
        monkeypatch.setenv("GOGC", own)
    early.begin(["verify"])
    early.finished(early.export(None), PATIENCE)
    assert asked.read_text() == f"{given}\n"
