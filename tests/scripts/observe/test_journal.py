"""What was observed survives whatever kills the observer; what did not survive counts as not observed."""

from __future__ import annotations

import errno
import os
import resource
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scripts.errors import ConfigurationError
from scripts.observe.figures import Reading, Sample
from scripts.observe.journal import open_journal
from scripts.observe.windows import Window, plan

WINDOWS = plan(datetime(2026, 3, 10, tzinfo=UTC), timedelta(hours=1), timedelta(minutes=5)).windows
READINGS: dict[Window, Reading] = {
    window: {"cpu": Sample(0.1 * number, 3, 3, 1, 3), "error-rate": Sample(0, number, 1, 1, 1)}
    for number, window in enumerate(WINDOWS)
}
FIRST, SECOND = WINDOWS[:2]
OF = "app/web-prod/0 web-prod"
HUGE = b"1" + b"0" * 400
DEEP = b"[" * 100_000 + b"]" * 100_000


def entry(cpu: bytes = b"[1, 2, 3, 1, 3]", of: bytes = OF.encode()) -> bytes:
    times = b'"start": "2026-03-10T00:00:00Z", "end": "2026-03-10T00:05:00Z"'
    return b'{%s, "of": "%s", "samples": {"cpu": %s}}\n' % (times, of, cpu)


def kept(folder: Path) -> dict[Window, Reading]:
    with open_journal(folder, "execution", OF) as journal:
        return journal.readings


def write(folder: Path, *windows: Window) -> Path:
    with open_journal(folder, "execution", OF) as journal:
        journal.keep({window: READINGS[window] for window in windows})
    return folder / "execution.jsonl"


def test_what_was_kept_is_there_again(tmp_path: Path) -> None:
    write(tmp_path / "new" / "folder", *WINDOWS)
    assert kept(tmp_path / "new" / "folder") == READINGS


def test_it_is_only_appended_to_and_a_later_reading_counts(tmp_path: Path) -> None:
    file = write(tmp_path, FIRST)
    before = file.read_bytes()
    with open_journal(tmp_path, "execution", OF) as journal:
        journal.keep({FIRST: READINGS[FIRST]})
        assert file.read_bytes() == before  # nothing new
        journal.keep({FIRST: READINGS[SECOND]})
    assert file.read_bytes().startswith(before)
    assert kept(tmp_path) == {FIRST: READINGS[SECOND]}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=30)
@given(st.data())
def test_a_file_cut_anywhere_keeps_its_whole_lines_and_can_be_carried_on(tmp_path: Path, data: st.DataObject) -> None:
    (tmp_path / "execution.jsonl").unlink(missing_ok=True)
    file = write(tmp_path, *WINDOWS)
    content = file.read_bytes()
    cut = content[: data.draw(st.integers(0, len(content)))]
    file.write_bytes(cut)
    whole = dict(list(READINGS.items())[: cut.count(b"\n") + cut.endswith(b"}}")])
    assert kept(tmp_path) == whole
    write(tmp_path, WINDOWS[-1])
    assert kept(tmp_path) == whole | {WINDOWS[-1]: READINGS[WINDOWS[-1]]}


@pytest.mark.parametrize(
    "line",
    [
        b"\xff\n", b"[]\n", b"{}\n", b"null\n", b'{"start": 1, "end": 2, "samples": {}}\n', DEEP + b"\n",
        entry(b"[1, 2]"), entry(b"[1e999, 2, 3, 1, 3]"), entry(b"[NaN, 2, 3, 1, 3]"), entry(b'["1", 2, 3, 1, 3]'),
        entry(b"[%s, 2, 3, 1, 3]" % HUGE), entry(b"[1, 2, 3, 1e999, 3]"), entry(DEEP),
        entry(b"[-1, 2, 3, 1, 3]"), entry(b"[1, 2, 3, 1, 3, 4]"), entry().replace(b"00Z", b"00"),
    ],
)  # fmt: skip
def test_a_line_that_cannot_be_read_is_not_observed(tmp_path: Path, line: bytes) -> None:
    file = write(tmp_path, FIRST)
    file.write_bytes(line + file.read_bytes())
    assert kept(tmp_path) == {FIRST: READINGS[FIRST]}


def test_what_was_read_of_another_load_balancer_or_group_is_not_observed(tmp_path: Path) -> None:
    write(tmp_path, FIRST, SECOND)
    with open_journal(tmp_path, "execution", "app/web-prod/1 web-prod") as journal:
        assert journal.readings == {}
    assert set(kept(tmp_path)) == {FIRST, SECOND}


def test_what_has_fewer_samples_than_is_known_was_forgotten_and_changes_nothing(tmp_path: Path) -> None:
    write(tmp_path, SECOND)
    with open_journal(tmp_path, "execution", OF) as journal:
        journal.keep({SECOND: {"cpu": Sample(0, 0), "error-rate": Sample(1, 1, 1, 1, 1)}})
        assert journal.readings[SECOND] == {"cpu": READINGS[SECOND]["cpu"], "error-rate": Sample(1, 1, 1, 1, 1)}


def test_a_full_disk_is_told_and_what_was_read_is_written_when_there_is_room(tmp_path: Path) -> None:
    with open_journal(tmp_path, "execution", OF) as journal:
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
        try:
            with pytest.raises(ConfigurationError, match=r"execution.jsonl cannot be written: File too large"):
                journal.keep({FIRST: READINGS[FIRST]})
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
            signal.signal(signal.SIGXFSZ, ignored)
        assert journal.readings == {FIRST: READINGS[FIRST]}
        journal.keep({SECOND: READINGS[SECOND]})
    assert kept(tmp_path) == {FIRST: READINGS[FIRST], SECOND: READINGS[SECOND]}


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    with open_journal(tmp_path, "execution", OF):
        with pytest.raises(ConfigurationError, match="Another"), open_journal(tmp_path, "execution", OF):
            pass
        with open_journal(tmp_path, "another", OF):
            pass
    assert kept(tmp_path) == {}


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match="--journal"), open_journal(tmp_path / "file", "execution", OF):
        pass


class TestOddFileSystems:
    """What they lack is told, or done without; a disk that is full is neither."""

    def test_without_locks_it_says_so_and_goes_on(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        def no_locks(*_: object) -> None:
            raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

        monkeypatch.setattr("scripts.observe.journal.fcntl.flock", no_locks)
        write(tmp_path, FIRST)
        assert kept(tmp_path) == {FIRST: READINGS[FIRST]}
        assert f"{tmp_path} has no locks (No locks available)" in capsys.readouterr().err

    @pytest.mark.parametrize(("code", "safe"), [(errno.EINVAL, True), (errno.ENOTSUP, True), (errno.EIO, False)])
    def test_without_syncing_it_goes_on_and_with_a_broken_disk_it_does_not(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, safe: bool
    ) -> None:
        def refused(*_: object) -> None:
            raise OSError(code, os.strerror(code))

        monkeypatch.setattr("scripts.files.os.fsync", refused)
        if safe:
            write(tmp_path, FIRST)
        else:
            with pytest.raises(ConfigurationError, match="cannot be written"):
                write(tmp_path, FIRST)
        assert kept(tmp_path) == {FIRST: READINGS[FIRST]}

    def test_a_pipe_in_its_place_is_wrong_usage(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "execution.jsonl")
        with pytest.raises(ConfigurationError, match="no file that can be read back"):
            write(tmp_path, FIRST)
