"""`pulumi up` waits a second longer than the sandbox's IAM; whatever else is run stays as it was typed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from sandbox.stack_files import WAIT, shortened

from sandbox.paths import PROJECT, Paths

PROPAGATION = timedelta(seconds=10)


@pytest.mark.parametrize("stack_option", ["--stack", "-s"])
def test_up_reads_the_stacks_file_with_the_wait_shortened_and_nothing_else(tmp_path: Path, stack_option: str) -> None:
    *command, option, copy = shortened(
        Paths(tmp_path), ["/bin/pulumi", "up", "--yes", stack_option, "prod"], PROJECT, PROPAGATION
    )
    assert command == ["/bin/pulumi", "up", "--yes", stack_option, "prod"]
    assert option == "--config-file"
    own, used = (yaml.safe_load(Path(file).read_text()) for file in (PROJECT / "Pulumi.prod.yaml", copy))
    assert used == {**own, "config": {**own["config"], WAIT: "11"}}


@pytest.mark.parametrize(
    "command",
    [
        ["pulumi", "preview", "--stack", "prod"],
        ["pulumi", "config", "set", "release:service", "x", "--stack", "prod"],
        ["pulumi", "up"],
        ["pulumi", "up", "--stack", "not-there-prod"],
        ["pulumi", "up", "--stack", "prod", "--config-file", "other.yaml"],
        ["pulumi", "up", "--stack", "prod", "-C", "elsewhere"],
        ["release", "verify", "--stack", "prod"],
    ],
)
def test_another_command_is_run_as_typed(tmp_path: Path, command: list[str]) -> None:
    assert shortened(Paths(tmp_path), command, PROJECT, PROPAGATION) == command
    assert list(tmp_path.iterdir()) == []


def test_the_file_is_that_of_the_folder_that_one_stands_in(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.prod.yaml").write_text("encryptionsalt: v1\nconfig:\n  aws:region: us-east-1\n")
    home = tmp_path / "home"
    home.mkdir()
    *_, copy = shortened(Paths(home), ["pulumi", "up", "--stack", "prod"], tmp_path, PROPAGATION)
    assert yaml.safe_load(Path(copy).read_text())["config"]["aws:region"] == "us-east-1"
