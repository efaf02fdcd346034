"""`release completion SHELL`, and what its scripts are answered."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from scripts import completion
from scripts.checks import all_checks
from scripts.completion import Shell
from tests.scripts.cli.command import Run

BIN = Path(sys.executable).parent


@pytest.mark.parametrize("shell", Shell)
def test_each_shell_gets_a_script_that_asks_the_command(run: Run, shell: Shell) -> None:
    told = run("completion", shell)
    assert told.code == 0
    assert f"{completion.VARIABLE}=complete_{shell}" in told.out


def test_another_shell_is_wrong_usage(run: Run) -> None:
    assert run("completion", "tcsh").code == 2


@pytest.mark.parametrize("shell", [Shell.ZSH, Shell.FISH])
def test_zsh_and_fish_are_answered_with_commands(run: Run, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(completion.VARIABLE, f"complete_{shell}")
    monkeypatch.setenv("_TYPER_COMPLETE_ARGS", "release obs")
    monkeypatch.setenv("_TYPER_COMPLETE_FISH_ACTION", "get-args")
    told = run()
    assert "observe" in told.out
    assert "verify" not in told.out


def test_the_stacks_are_those_of_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("Pulumi.yaml", "Pulumi.api-prod.yaml", "Pulumi.dev.yaml"):
        Path(name).touch()
    assert completion.stacks() == ["api-prod", "dev"]


def test_the_checks_are_all_of_them() -> None:
    assert completion.check_ids() == [check.id for check in all_checks()]


@pytest.mark.slow
def test_bash_completes_by_the_script(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.shop-prod.yaml").touch()
    script = """
    eval "$(release completion bash)"
    for line in "ve" "verify --for-" "verify --stack "; do
      COMP_WORDS=(release $line); [ "$line" = "${line% }" ] || COMP_WORDS+=("")
      COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
      _release_completion release
      echo "${COMPREPLY[*]}"
    done
    """
    told = subprocess.run(
        ["bash", "-c", script],
        cwd=tmp_path,
        env={"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.split() == ["verify", "--for-promotion", "shop-prod"], told.stderr
