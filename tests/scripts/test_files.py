"""Files of reports: all of them or nothing, in the place of what was there, and nothing else is changed."""

from __future__ import annotations

import errno
import os
import stat
import threading
from pathlib import Path
from typing import TextIO

import pytest

from scripts import files
from scripts.files import written


@pytest.fixture
def report(tmp_path: Path) -> Path:
    """A report of an earlier run, alone in its folder."""
    path = tmp_path / "folder" / "report"
    path.parent.mkdir()
    path.write_text("earlier")
    return path


def write(path: Path, text: str = "new", *, appended: bool = False) -> None:
    with written(path, appended=appended) as target:
        target.write(text)


def names(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


@pytest.mark.parametrize("cause", [KeyboardInterrupt, OSError, RuntimeError])
@pytest.mark.parametrize("appended", [False, True])
def test_what_ends_in_the_middle_leaves_the_earlier_one(
    report: Path, cause: type[BaseException], appended: bool
) -> None:
    def half(target: TextIO) -> None:
        target.write("half of ")
        raise cause

    with pytest.raises(cause), written(report, appended=appended) as target:
        half(target)
    assert (report.read_text(), names(report.parent)) == ("earlier", ["report"])


def test_a_reader_of_the_earlier_one_reads_it_to_its_end(report: Path) -> None:
    with report.open() as reader:
        write(report)
        assert reader.read() == "earlier"
    assert (report.read_text(), names(report.parent)) == ("new", ["report"])


def test_what_is_appended_comes_after_what_others_wrote(report: Path) -> None:
    write(report, appended=True)
    assert report.read_text() == "earliernew"


@pytest.mark.parametrize("mode", [0o600, 0o664])
def test_the_mode_stays(report: Path, mode: int) -> None:
    report.chmod(mode)
    write(report)
    assert stat.S_IMODE(report.stat().st_mode) == mode


def test_a_new_file_has_the_mode_of_any_new_file(report: Path) -> None:
    write(report.with_name("new"))
    report.with_name("other").touch()
    assert report.with_name("new").stat().st_mode == report.with_name("other").stat().st_mode


@pytest.mark.parametrize("there", [True, False])
def test_a_link_stays_and_leads_to_the_report(report: Path, tmp_path: Path, there: bool) -> None:
    link = tmp_path / "latest"
    link.symlink_to(Path("folder") / "report")
    if not there:
        report.unlink()
    write(link)
    assert (link.is_symlink(), report.read_text(), names(report.parent)) == (True, "new", ["report"])


def test_a_file_under_two_names_stays_one(report: Path) -> None:
    other = report.with_name("other")
    other.hardlink_to(report)
    write(report)
    assert other.read_text() == "new"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_somebody_else_stays_theirs(report: Path) -> None:
    os.chown(report, 12345, 12345)
    write(report)
    assert (report.read_text(), report.stat().st_uid) == ("new", 12345)


@pytest.mark.parametrize("code", [errno.EACCES, errno.EBUSY])
def test_where_it_cannot_be_replaced_it_is_written_as_it_is(
    report: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def refused(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(Path, "replace", refused)
    write(report)
    assert (report.read_text(), names(report.parent)) == ("new", ["report"])


def test_a_full_disk_leaves_the_earlier_one(report: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, *_: object) -> None:
        path.touch()
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(files, "_make", full)
    with pytest.raises(OSError, match="No space left"):
        write(report)
    assert (report.read_text(), names(report.parent)) == ("earlier", ["report"])


def test_a_pipe_stays_a_pipe(tmp_path: Path) -> None:
    pipe, read = tmp_path / "pipe", list[str]()
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    write(pipe)
    reader.join()
    assert (read, pipe.is_fifo(), names(tmp_path)) == (["new"], True, ["pipe"])


@pytest.mark.skipif(not Path("/dev/fd").is_dir(), reason="there are no such files")
def test_an_open_file_of_this_process_is_not_replaced(report: Path) -> None:
    with report.open("r+") as file:
        write(Path(f"/dev/fd/{file.fileno()}"))
        assert file.read() == "new"


@pytest.mark.parametrize("appended", [False, True])
def test_what_utf_8_lacks_is_escaped(tmp_path: Path, appended: bool) -> None:
    write(tmp_path / "report", os.fsdecode(b"caf\xe9"), appended=appended)
    assert (tmp_path / "report").read_text() == "caf\\udce9"


def test_a_pipe_that_nobody_reads_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "PATIENCE", 0.0)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="nobody reads this pipe"):
        write(tmp_path / "pipe")
