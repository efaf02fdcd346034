"""The sandbox takes a folder only where that costs nobody anything, and removes only what it has put there."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from sandbox.cli import app
from sandbox.home import RemovalError, check, claim, clear, is_ours
from sandbox.lifecycle import stop
from sandbox.paths import HOME_VARIABLE, PROJECT, HomeError, Paths

THEIRS = "theirs.txt"


def marked_for(home: Path, at: Path | None = None) -> None:
    home.mkdir()
    Paths(home).marker.write_text(json.dumps({"home": str(at or home), "made": True}))


def with_a_file(home: Path) -> None:
    home.mkdir()
    (home / THEIRS).write_text("precious")


def with_a_marker_that_is_half_written(home: Path) -> None:
    with_a_file(home)
    Paths(home).marker.write_text('{"home": ')


def with_a_marker_of_another_folder(home: Path) -> None:
    marked_for(home, home.with_name("another"))


def with_a_marker_that_is_a_link(home: Path) -> None:
    with_a_file(home)
    another = home.with_name("another")
    marked_for(another, home)
    Paths(home).marker.symlink_to(Paths(another).marker)


def with_a_marker_that_is_no_object(home: Path) -> None:
    with_a_file(home)
    Paths(home).marker.write_text("[1]")


def a_file(home: Path) -> None:
    home.write_text("precious")


SOMEBODYS = (
    with_a_file,
    with_a_marker_that_is_half_written,
    with_a_marker_of_another_folder,
    with_a_marker_that_is_a_link,
    with_a_marker_that_is_no_object,
    a_file,
)


def everything(folder: Path) -> dict[str, str | None]:
    return {str(path.relative_to(folder)): path.read_text() if path.is_file() else None for path in folder.rglob("*")}


def sandbox(command: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> Result:
    monkeypatch.setenv(HOME_VARIABLE, str(home))
    try:
        return CliRunner().invoke(app, [command], catch_exceptions=False)
    except HomeError as error:  # `main` prints it, and ends with 2
        return Result(CliRunner(), b"", b"", str(error).encode(), None, 2, error)


@pytest.mark.parametrize("command", ["up", "down"])
@pytest.mark.parametrize("somebodys", SOMEBODYS)
def test_a_folder_that_is_neither_empty_nor_marked_as_ours_is_refused_and_nothing_in_it_changes(
    somebodys: Callable[[Path], None], command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    somebodys(home)
    before = everything(tmp_path)
    refused = sandbox(command, home, monkeypatch)
    assert refused.exit_code == 2
    assert "new or an empty folder in SANDBOX_HOME" in str(refused.exception)
    assert everything(tmp_path) == before


@pytest.mark.parametrize("home", [Path("/"), Path.home(), PROJECT, PROJECT.parent, PROJECT / "sandbox"])
def test_the_root_a_persons_home_and_the_project_are_refused(home: Path) -> None:
    with pytest.raises(HomeError, match="nothing in it is touched"):
        check(Paths(home))


def test_a_folder_behind_a_link_is_judged_as_what_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_a_file(tmp_path / "behind")
    (tmp_path / "link").symlink_to(tmp_path / "behind")
    assert sandbox("down", tmp_path / "link", monkeypatch).exit_code == 2
    assert (tmp_path / "behind" / THEIRS).exists()


def test_links_that_lead_in_a_circle_are_wrong_usage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "link")
    assert sandbox("up", tmp_path / "link", monkeypatch).exit_code == 2


def test_a_folder_that_cannot_be_written_to_is_wrong_usage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(HomeError, match="No space left on device"):
        claim(Paths(tmp_path / "home"))
    assert not any((tmp_path / "home").iterdir())  # no half of a mark stays behind


@pytest.mark.parametrize("below", ["", "deeper/still"])
def test_a_new_folder_comes_and_goes(below: str, tmp_path: Path) -> None:
    paths = Paths(tmp_path / below / "home")
    claim(paths)
    for own in paths.own:
        own.mkdir()
        (own / "file").touch()
    assert is_ours(paths)
    assert clear(paths) == []
    assert not paths.home.exists()


def test_somebodys_empty_folder_is_there_and_empty_afterwards(tmp_path: Path) -> None:
    claim(Paths(tmp_path))
    assert clear(Paths(tmp_path)) == []
    assert list(tmp_path.iterdir()) == []


def test_what_a_crash_left_between_the_folder_and_its_mark_can_be_taken(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    claim(Paths(tmp_path / "home"))


def test_files_that_somebody_put_into_the_sandboxs_folder_stay_and_are_told(tmp_path: Path) -> None:
    paths = Paths(tmp_path / "home")
    claim(paths)
    paths.log.touch()
    (paths.home / THEIRS).write_text("precious")
    said = list(stop(paths))
    assert everything(paths.home) == {THEIRS: "precious"}
    assert said[-1] == f"{paths.home} stays: {THEIRS} in it is not the sandbox's."


def test_a_link_in_place_of_a_folder_of_ours_loses_nothing_but_the_link(tmp_path: Path) -> None:
    paths = Paths(tmp_path / "home")
    with_a_file(tmp_path / "behind")
    claim(paths)
    paths.backend.symlink_to(tmp_path / "behind")
    clear(paths)
    assert (tmp_path / "behind" / THEIRS).exists()


def test_what_cannot_be_removed_is_told_and_the_next_down_may_try_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = Paths(tmp_path / "home")
    claim(paths)
    paths.backend.mkdir()

    def refuse(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    with monkeypatch.context() as patched:
        patched.setattr(shutil, "rmtree", refuse)
        with pytest.raises(RemovalError, match=r"backend cannot be removed \(Permission denied\)"):
            clear(paths)
    assert is_ours(paths)
    assert clear(paths) == []


def test_a_file_beside_the_folder_is_nothing_of_ours(tmp_path: Path) -> None:
    beside = tmp_path / "home.lock"
    beside.write_text("precious")
    list(stop(Paths(tmp_path / "home")))
    assert beside.read_text() == "precious"
    assert list(tmp_path.iterdir()) == [beside]
