"""`sandbox exec -- pulumi …` where no project is: a word about that, not Pulumi's about organisations."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.paths import PROJECT
from sandbox.project_folder import word_about

NEEDS_A_PROJECT = (
    "pulumi up --stack dev --yes",
    "/elsewhere/pulumi stack output --stack dev",
    "pulumi --non-interactive preview -s dev",
    "pulumi config set release:service shop",
    "pulumi -C not-here refresh",
    "pulumi destroy --cwd=not-here --stack=dev",
)
IS_ITS_OWN = (
    "pulumi version",
    "pulumi whoami -v",
    "pulumi login --local",
    "pulumi stack output --stack organization/release/dev",
    "pulumi stack output --stack=organization/release/dev",
    "release verify --stack dev",
    "aws cloudformation describe-stacks",
)


@pytest.mark.parametrize("command", NEEDS_A_PROJECT)
def test_a_command_that_needs_a_project_is_told_where_one_is(command: str, tmp_path: Path) -> None:
    told = word_about(command.split(), tmp_path)
    assert told is not None
    assert str(tmp_path) in told
    assert told.endswith(f"`cd {PROJECT}` first.")


@pytest.mark.parametrize("command", IS_ITS_OWN)
def test_a_command_that_needs_none_is_left_alone(command: str, tmp_path: Path) -> None:
    assert word_about(command.split(), tmp_path) is None


@pytest.mark.parametrize("command", ["pulumi up --stack dev", *NEEDS_A_PROJECT[:4]])
def test_in_the_project_and_below_nothing_is_said(command: str) -> None:
    assert word_about(command.split(), PROJECT / "docs") is None


def test_the_folder_that_the_command_names_counts(tmp_path: Path) -> None:
    assert word_about(["pulumi", "-C", str(PROJECT), "up"], tmp_path) is None
    assert word_about(["pulumi", f"--cwd={PROJECT}", "up"], tmp_path) is None
