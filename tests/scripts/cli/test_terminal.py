"""Where the output goes: a pipe, CI, a file, a narrow or a plain terminal. Nothing but data on stdout."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest

from scripts.reports import Format
from tests.scripts.cli.command import Run
from tests.scripts.cli.test_verify_command import in_a_process
from tests.scripts.prod_stack import EXECUTION
from tests.scripts.release import Release

pytestmark = pytest.mark.slow

ESCAPE = "\x1b"
COLOUR = re.compile(r"\x1b\[(?:\d+;)*(?:3[0-7]|9[0-7])m")
# Reports with something of everything, through the console script's own writers, on the process's own stdout.
PROGRAM = """
import sys
from scripts.reports import Format, writer
from tests.scripts.reports.sample import EVERY, report
for one in sys.argv[1:]:
    writer(Format(one))(report(*EVERY), sys.stdout)
"""


@pytest.fixture(autouse=True)
def no_terminal_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "CI", "GITHUB_ACTIONS", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


def piped(*formats: str) -> str:
    command = [sys.executable, "-c", PROGRAM, *formats]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def on_a_terminal(*formats: str) -> str:
    """What a pseudo-terminal gets."""
    ours, theirs = pty.openpty()
    with subprocess.Popen([sys.executable, "-c", PROGRAM, *formats], stdout=theirs) as process:
        os.close(theirs)
        shown = b""
        try:
            while part := os.read(ours, 65536):
                shown += part
        except OSError:  # Linux: the other end has gone
            pass
    os.close(ours)
    assert process.returncode == 0
    return shown.decode()


def test_a_terminal_has_colour() -> None:
    assert COLOUR.search(on_a_terminal("table"))


def test_no_color_is_honoured_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert not COLOUR.search(on_a_terminal("table"))


def test_a_dumb_terminal_gets_plain_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    assert ESCAPE not in on_a_terminal("table")


@pytest.mark.parametrize("environment", [{}, {"CI": "true"}, {"GITHUB_ACTIONS": "true"}], ids=["pipe", "CI", "GitHub"])
def test_a_pipe_gets_plain_text(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert ESCAPE not in piped(*Format)


def test_colour_that_is_asked_for_comes_through_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert COLOUR.search(piped("table"))


def test_data_is_data_whatever_colour_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert ESCAPE not in on_a_terminal(*(one for one in Format if one is not Format.TABLE))


def test_a_file_has_no_colour_even_where_it_is_asked_for(
    run: Run, outputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    ended = run("verify", "--outputs", outputs, "-o", f"table={tmp_path / 'report.txt'}")
    assert COLOUR.search(ended.out)
    assert ESCAPE not in (tmp_path / "report.txt").read_text()
    assert ESCAPE not in ended.err


@pytest.mark.parametrize("width", [40, 60, 80])
def test_a_narrow_terminal_gets_everything_within_its_width(
    run: Run, outputs: Path, release: Release, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    release.targets(("i-0a", "unhealthy"), ("i-0b", "healthy"))
    ended = run("verify", "--outputs", outputs)
    assert ended.code == 3
    lines = ended.out.splitlines()
    # a name or a link longer than the line stays whole, so that it can be copied
    assert [line for line in lines if len(line) > width and " " in line.strip()] == []
    for words in ("target-health", "Health checks failed with these codes", EXECUTION, "13 PASS, 1 FAIL"):
        assert "".join(words.split()) in "".join(ended.out.split())


@pytest.mark.parametrize("report_format", ["json", "junit"])
def test_progress_is_not_on_stdout(run: Run, outputs: Path, report_format: str) -> None:
    ended = run("verify", "--outputs", outputs, "--format", report_format)
    assert ended.err.startswith("Account ")
    data = json.loads(ended.out) if report_format == "json" else fromstring(ended.out.encode())  # noqa: S314 - our own
    assert len(data) > 0


def test_a_program_gets_utf_8_whatever_the_locale(outputs: Path) -> None:
    nowhere = {"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_MAX_ATTEMPTS": "1"}
    credentials = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    arguments = ("verify", "--outputs", str(outputs), "--format", "markdown")
    done = in_a_process(*arguments, **nowhere, **credentials, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert done.returncode == 4
    assert done.stdout.startswith("### ⚠️ ERROR: release verify prod")
    assert "Traceback" not in done.stderr
