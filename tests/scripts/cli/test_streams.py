"""Progress that nobody can read: reports are written and printed all the same, the exit code is the verdict's."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from scripts import streams
from tests.scripts.cli.command import Run

pytestmark = pytest.mark.slow

NOWHERE = {
    "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
    "AWS_MAX_ATTEMPTS": "1",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
}
COMMAND = f"{sys.executable} -c 'from scripts.cli import main; main()'"
needs_dev_full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="the device is Linux's")


class Broken(io.StringIO):
    """A stream whose reader has gone."""

    def write(self, _: str) -> int:
        raise BrokenPipeError

    def flush(self) -> None:
        raise BrokenPipeError


def in_a_shell(arguments: str, redirection: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTHONUNBUFFERED"))}
    command = ["sh", "-c", f"{COMMAND} {arguments} {redirection}"]
    return subprocess.run(command, capture_output=True, text=True, env=clean | NOWHERE, check=False)


@pytest.mark.parametrize("stderr", [Broken(), None], ids=["gone", "closed"])
def test_a_run_ends_with_its_verdict_and_all_its_reports(
    run: Run, outputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stderr: io.StringIO | None
) -> None:
    reports = [tmp_path / "one.json", tmp_path / "two.json"]
    monkeypatch.setattr("sys.stderr", stderr)
    files = [part for report in reports for part in ("-o", f"json={report}")]
    ended = run("verify", "--outputs", outputs, *files, "--evidence", tmp_path / "evidence", "-f", "json")
    assert (ended.code, ended.data["verdict"]) == (0, "PASS")
    for report in reports:
        assert json.loads(report.read_text()) == ended.data


@pytest.mark.parametrize("redirection", [pytest.param("2>/dev/full", marks=needs_dev_full), "2>&-"])
@pytest.mark.parametrize("report_format", ["json", "html"])
def test_in_a_process_of_its_own(outputs: Path, tmp_path: Path, redirection: str, report_format: str) -> None:
    first, second = tmp_path / "first.json", tmp_path / "second.html"
    files = f"-o json={first} -o html={second} --evidence {tmp_path / 'evidence'}"
    done = in_a_shell(f"verify --outputs {outputs} {files} -f {report_format}", redirection)
    assert done.returncode == 4
    assert json.loads(first.read_text())["verdict"] == "ERROR"
    assert second.read_text().endswith("</html>\n")
    assert (tmp_path / "evidence" / "verify.json").exists()
    assert done.stdout == (first if report_format == "json" else second).read_text()


@pytest.mark.parametrize("redirection", [pytest.param("2>/dev/full", marks=needs_dev_full), "2>&-"])
def test_wrong_usage_stays_wrong_usage(redirection: str) -> None:
    assert in_a_shell("verify --outputs none.json", redirection).returncode == 2


@needs_dev_full
def test_what_cannot_be_printed_is_one_message() -> None:
    done = in_a_shell("checks", ">/dev/full")
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert "No space left on device" in line


def test_usage_is_not_data() -> None:
    done = in_a_shell("verify --no-such-option", "2>&-")
    assert (done.returncode, done.stdout) == (2, "")


def test_a_bug_stays_a_bug(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise KeyError("oops")

    monkeypatch.setattr("scripts.outputs.read_outputs", broken)
    monkeypatch.setattr("sys.stderr", None)
    assert run("verify").code == 1


def test_a_report_that_nobody_prints_is_in_its_file(outputs: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    assert in_a_shell(f"verify --outputs {outputs} -o json={report} -f json", ">&-").returncode == 4
    assert json.loads(report.read_text())["verdict"] == "ERROR"


def test_progress_moves_no_cursor(capsys: pytest.CaptureFixture[str]) -> None:
    streams.say("AWS said \x1b[2Kno")
    assert capsys.readouterr().err == "AWS said \\x1b[2Kno\n"
