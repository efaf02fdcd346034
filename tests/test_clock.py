"""The tests' own time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

# The rest of the tests may not ask; this one asks how all others are answered.
TESTS = """
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from urllib.request import ProxyHandler, build_opener

import pytest

from tests.clock import now, running, this_minute, until

TURN = datetime(2027, 1, 1, tzinfo=UTC)

with pytest.raises(RuntimeError, match="none has begun"):
    now()

@pytest.fixture(scope="module")
def served():
    server = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()

@pytest.mark.parametrize("_", range(2))
def test_each_begins_before_the_turn_and_comes_past_it(_):
    assert TURN - now() == timedelta(seconds=0.5)
    assert this_minute() == TURN - timedelta(minutes=1)
    assert datetime.now(UTC) < TURN
    time = running()
    until(lambda: datetime.now(UTC) > TURN)
    until(lambda: time() > TURN)

def test_servers_in_this_process_have_the_same_time(served):
    answer = build_opener(ProxyHandler({})).open
    with pytest.raises(Exception) as refused:
        answer(served)
    assert abs(parsedate_to_datetime(refused.value.headers["Date"]) - now()) < timedelta(minutes=5)
"""


def run(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_it.py").write_text(TESTS)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "tests.clock",
        "-p",
        "no:cacheprovider",
        *options,
        str(folder),
    ]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_a_run_begins_each_test_when_it_is_told_to(tmp_path: Path) -> None:
    ended = run(tmp_path, "--begin", "2026-12-31T23:59:59.5")
    assert (ended.returncode, ended.stdout.splitlines()[-1].split(" in ")[0]) == (0, "3 passed"), ended.stdout


def test_a_run_that_begins_at_no_time_says_so(tmp_path: Path) -> None:
    ended = run(tmp_path, "--begin", "soon")
    assert ended.returncode == pytest.ExitCode.USAGE_ERROR
    assert "--begin takes a time such as 2026-03-10T12:30:30.5, not 'soon'" in ended.stderr
