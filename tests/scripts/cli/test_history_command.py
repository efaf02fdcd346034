"""`release history`: what it prints, and exit codes that a script can go by."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.clients.github import GitHub
from tests.scripts.cli.command import Ended, Run
from tests.scripts.fake_aws import Refusal
from tests.scripts.gate.place import InProcess
from tests.scripts.recording.test_gathering import World
from tests.scripts.release import Release


@pytest.fixture
def world(release: Release, tmp_path: Path) -> World:
    return World(release, tmp_path / "place")


@pytest.fixture
def history(run: Run, outputs: Path, tmp_path: Path, world: World, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(GitHub, "of_environment", lambda _: world.place.github)
    world.release.aws.date = "Mon, 30 Mar 2026 02:00:00 GMT"

    def command(*arguments: object) -> Ended:
        return run("history", "--outputs", outputs, "--ledger", tmp_path / "ledger", *arguments)

    return command


def test_it_prints_what_it_found(history: Run, world: World) -> None:
    world.merged()
    world.runs(world.main)
    ended = history("--since", "12w")
    assert ended.code == 0
    assert ended.out.startswith("Releases of prod, ")
    assert "Tue 2026-03-10 11:07 AEST  deployed  pr-1" in ended.out
    assert history("--format", "json").data["figures"]["deployments"]["value"] == 2


def test_what_could_not_be_determined_is_exit_code_4(history: Run, world: World) -> None:
    world.runs(world.first)
    world.place.github = InProcess(world.place.host, "nobody")
    assert history().code == 4


def test_a_pipeline_that_cannot_be_read_is_no_empty_history(history: Run, world: World) -> None:
    world.release.aws.answer("ListActionExecutions", Refusal("AccessDeniedException", "no"))
    ended = history()
    assert (ended.code, ended.out) == (4, "")


@pytest.mark.parametrize("since", ["", "90", "3m", "0d", "1y", "-5d"])
def test_a_length_of_time_that_is_none_is_wrong_usage(history: Run, since: str) -> None:
    ended = history(f"--since={since}")
    assert ended.code == 2
    assert "Write 90d or 12w." in ended.err
