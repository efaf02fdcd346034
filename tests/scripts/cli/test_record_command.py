"""`release record` and `release back-merge`: what they write and print, and exit codes that a script can go by."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from scripts.clients.github import GitHub
from tests.scripts.cli.command import Ended, Run
from tests.scripts.recording.test_gathering import World
from tests.scripts.release import Release


@pytest.fixture
def world(release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    world = World(release, tmp_path / "place")
    monkeypatch.setattr(GitHub, "of_environment", lambda _: world.place.github)
    release.aws.date = "Tue, 10 Mar 2026 02:00:00 GMT"
    return world


@pytest.fixture
def record(run: Run, outputs: Path, tmp_path: Path) -> Run:
    def command(*arguments: object) -> Ended:
        return run("record", "--outputs", outputs, "--folder", tmp_path / "releases", *arguments)

    return command


def test_it_writes_the_notes_once(record: Run, world: World, tmp_path: Path) -> None:
    pull = world.merged()
    world.runs(world.main)
    ledger = ("--ledger", tmp_path / "ledger")
    first, again = record("--pr", pull.number, *ledger), record("--pr", pull.number, *ledger)
    path = tmp_path / "releases" / "2026-03-10-release-notes.md"
    assert (first.code, first.out) == (0, f"Wrote {path}\n")
    assert again.code == 0
    assert "Change main.yaml" in path.read_text()
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_a_dry_run_prints_them_and_writes_nothing(record: Run, world: World, tmp_path: Path) -> None:
    pull = world.merged()
    world.runs(world.main)
    ended = record("--pr", pull.number, "--dry-run")
    assert ended.out.startswith("# Release Notes - 2026-03-10\n")
    assert not (tmp_path / "releases").exists()


def test_the_page_takes_the_place_of_an_earlier_one_and_of_nobodys_file(
    record: Run, world: World, tmp_path: Path
) -> None:
    pull = world.merged()
    world.runs(world.main)
    page, link = tmp_path / "record.html", tmp_path / "link.html"
    assert [record("--pr", pull.number, "--html", page).code for _ in range(2)] == [0, 0]
    page.write_text("somebody's")
    link.symlink_to(page)
    for name in (page, link):
        ended = record("--pr", pull.number, "--html", name)
        assert (ended.code, page.read_text()) == (2, "somebody's")
        assert f"--html {name}: the file is there" in ended.err


def test_a_page_that_cannot_be_written_is_told_in_words(
    run: Run, outputs: Path, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    pull = world.merged()
    world.runs(world.main)
    monkeypatch.setattr("scripts.files._make", full)
    ended = run("record", "--outputs", outputs, "--pr", pull.number, "--html", tmp_path / "record.html")
    assert (ended.code, "internal error" in ended.err) == (1, False)
    assert f"release: --html {tmp_path / 'record.html'}: No space left on device." in ended.err


def test_the_page_is_one_file_that_loads_nothing(record: Run, world: World, tmp_path: Path) -> None:
    pull = world.merged()
    world.runs(world.main)
    page = tmp_path / "record.html"
    assert record("--pr", pull.number, "--html", page).code == 0
    text = page.read_text()
    assert "default-src 'none'" in text
    assert "<script" not in text
    assert "Change main.yaml" in text


def test_what_has_not_ended_is_exit_code_5_with_the_command_to_wait(record: Run, world: World) -> None:
    ended = record("--pr", world.merged().number)
    assert (ended.code, ended.out) == (5, "")
    assert "No execution" in ended.err


@pytest.mark.parametrize("arguments", [(), ("--pr", 1, "--execution-id", "x")])
def test_which_release_has_to_be_said_once(record: Run, arguments: tuple[object, ...]) -> None:
    assert record(*arguments).code == 2


def test_the_back_merge_is_told_with_its_address(run: Run, outputs: Path, world: World) -> None:
    pull = world.merged("hotfix/urgent")
    asked = ("back-merge", "--outputs", outputs, "--pr", pull.number)
    would, done, again = run(*asked, "--dry-run"), run(*asked), run(*asked)
    assert (would.code, done.code, again.code) == (0, 0, 0)
    assert "its pull request would be opened." in would.out
    assert "its pull request was opened.\n  https://github.com/helios/web-infrastructure/pull/2\n" in done.out
    assert "was open already" in again.out


def test_what_was_not_merged_has_no_back_merge(run: Run, outputs: Path, world: World) -> None:
    ended = run("back-merge", "--outputs", outputs, "--pr", world.place.pull().number)
    assert ended.code == 2
    assert "was not merged into main" in ended.err
