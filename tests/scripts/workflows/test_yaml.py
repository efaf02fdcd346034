"""The workflows' YAML: one command a step, which the programs know; pinned actions, few permissions."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from sandbox.paths import PROJECT
from scripts.cli import app
from scripts.workflows import __main__ as programs

FILES = sorted((PROJECT / ".github").glob("**/*.yml"))
ACTIVATE = "source .venv/bin/activate && "


def steps(file: Path) -> Iterator[dict[str, Any]]:
    document = yaml.safe_load(file.read_text(encoding="utf-8"))
    for job in (*document.get("jobs", {}).values(), document.get("runs", {})):
        yield from job.get("steps", [])


def commands() -> list[list[str]]:
    runs = [step["run"] for file in FILES for step in steps(file) if "run" in step]
    return [shlex.split(run.removeprefix(ACTIVATE)) for run in runs]


def test_there_are_workflows() -> None:
    assert {file.name for file in FILES} >= {"ci.yml", "preview.yml", "deploy.yml", "drift.yml", "action.yml"}
    assert len(commands()) >= 7


@pytest.mark.parametrize("command", commands(), ids=" ".join)
def test_a_step_is_one_command_without_logic(command: list[str]) -> None:
    assert not {"if", "for", "while", "|", "||", "&&", ";"} & set(command)


@pytest.mark.parametrize("command", [one for one in commands() if "scripts.workflows" in one], ids=" ".join)
def test_the_workflows_programs_know_their_arguments(command: list[str]) -> None:
    assert command[:3] == ["python", "-m", "scripts.workflows"]
    assert f"{command[3]} " in programs.USAGE


@pytest.mark.parametrize("command", [one for one in commands() if one[0].endswith("/release")], ids=" ".join)
def test_the_command_knows_the_options_that_an_action_gives_it(command: list[str]) -> None:
    known = {option for parameter in typer.main.get_group(app).commands[command[1]].params for option in parameter.opts}
    assert {part for part in command[2:] if part.startswith("--")} <= known


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_action_of_others_is_pinned_to_a_commit_with_its_version(file: Path) -> None:
    for used in re.findall(r"uses: (\S+.*)", file.read_text(encoding="utf-8")):
        assert re.fullmatch(r"\./\.github/\S+|\S+@[0-9a-f]{40} # v\d+\.\d+\.\d+", used), used


def test_no_workflow_runs_a_forks_code_with_secrets() -> None:
    assert not [file for file in FILES if "pull_request_target" in file.read_text(encoding="utf-8")]


def test_a_deployment_that_runs_is_never_cancelled() -> None:
    deploy = yaml.safe_load((PROJECT / ".github" / "workflows" / "deploy.yml").read_text(encoding="utf-8"))
    assert deploy["concurrency"]["cancel-in-progress"] is False
