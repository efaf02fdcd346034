"""Where AWS says who asks, and after that drips header by header without end: the command ends all the same."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.clock import PATIENCE
from tests.scripts.fake_aws import ACCOUNT, REGION

pytestmark = pytest.mark.slow

WHO = f"""<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
<Arn>arn:aws:iam::{ACCOUNT}:user/tester</Arn><UserId>x</UserId><Account>{ACCOUNT}</Account>
</GetCallerIdentityResult></GetCallerIdentityResponse>"""


class Drip(BaseHTTPRequestHandler):
    asked = threading.Event()
    ended = threading.Event()

    def do_POST(self) -> None:
        if b"GetCallerIdentity" in self.rfile.read(int(self.headers["Content-Length"])):
            self.send_response(200)
            self.send_header("Content-Length", str(len(WHO)))
            self.end_headers()
            self.wfile.write(WHO.encode())
            return
        self.asked.set()
        with suppress(OSError):
            self.wfile.write(b"HTTP/1.1 200 OK\r\n")
            while not self.ended.wait(0.2):
                self.wfile.write(b"X-Drip: 1\r\n")

    def log_message(self, format: str, *args: object) -> None:
        """Nobody reads it."""


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(Drip, "asked", threading.Event())
    monkeypatch.setattr(Drip, "ended", threading.Event())
    server = ThreadingHTTPServer(("127.0.0.1", 0), Drip)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    Drip.ended.set()
    server.shutdown()
    server.server_close()


Command = Callable[[str], subprocess.Popen[str]]


@pytest.fixture
def verifying(endpoint: str, outputs: Path, tmp_path: Path) -> Iterator[Command]:
    """Begins it in a process of its own, with such a deadline."""
    credentials = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_ENDPOINT_URL": endpoint}
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    arguments = ["verify", "--outputs", str(outputs), "--region", REGION, "-o", f"json={tmp_path / 'report.json'}"]
    begun: list[subprocess.Popen[str]] = []

    def command(deadline: str) -> subprocess.Popen[str]:
        program = [sys.executable, "-c", "from scripts.cli import main; main()", *arguments, "--deadline", deadline]
        pipe = subprocess.PIPE
        begun.append(subprocess.Popen(program, stdout=pipe, stderr=pipe, text=True, env=clean | credentials))
        return begun[-1]

    yield command
    for process in begun:
        process.kill()
        process.communicate()


def statuses(folder: Path) -> set[str]:
    return {check["status"] for check in json.loads((folder / "report.json").read_text())["checks"]}


def test_a_run_ends_at_its_deadline_and_says_what_has_not_answered(verifying: Command, tmp_path: Path) -> None:
    command = verifying("3s")
    out, err = command.communicate(timeout=PATIENCE)
    assert command.returncode == 4
    assert "ERROR" in statuses(tmp_path)
    assert "AWS has not answered " in "".join(out.split("\n"))
    assert "Traceback" not in out + err


def test_ctrl_c_ends_it_with_its_report(verifying: Command, tmp_path: Path) -> None:
    command = verifying("1h")
    assert Drip.asked.wait(PATIENCE)
    command.send_signal(signal.SIGINT)
    out, err = command.communicate(timeout=PATIENCE)
    assert command.returncode == 130
    assert statuses(tmp_path) == {"INCONCLUSIVE"}
    assert "The run was interrupted before this had an answer." in out
    assert "Traceback" not in out + err
