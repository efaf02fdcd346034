"""One rehearsal for the end-to-end tests: it is itself the first of them, and leaves its sandbox up for the others.

It is the short one; what it leaves out, the standard release, is `make rehearse`'s, which `.ci/run` calls too.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, build_opener

import pytest

from sandbox.configured import read
from sandbox.paths import HOME_VARIABLE, PROJECT, Paths
from sandbox.procedure import policy_of
from sandbox.procedure import released as steps_to_release
from sandbox.running import Running
from sandbox.timetable import soon_open
from sop.names import Environment
from tests.clock import now

pytest.register_assert_rewrite("tests.e2e.sop_commands")  # so that what disagrees is shown

BIN = Path(sys.executable).parent
PROGRAM = ("__main__.py", "components", "sop", ".venv")


@dataclass(frozen=True)
class Ended:
    """A command that has ended."""

    code: int
    output: str
    errors: str

    @property
    def data(self) -> Any:
        return json.loads(self.output)


@dataclass(frozen=True)
class SandboxUnderTest:
    """A sandbox of its own, and the commands a person types."""

    home: Path
    rehearsal: Ended

    def __call__(self, *command: str, cwd: Path = PROJECT) -> Ended:
        """`sandbox …`, as typed in `cwd`."""
        environ = {**os.environ, HOME_VARIABLE: str(self.home), "KEEP": "1", "COLUMNS": "140"}
        ended = subprocess.run(
            [str(BIN / "sandbox"), *command], cwd=cwd, env=environ, capture_output=True, text=True, check=False
        )
        return Ended(ended.returncode, ended.stdout, ended.stderr)

    def run(self, *command: str, cwd: Path = PROJECT) -> Ended:
        """`sandbox exec -- …`."""
        return self("exec", "--", *command, cwd=cwd)

    def pulumi(self, *command: str, cwd: Path = PROJECT) -> Ended:
        """`pulumi …`, with what the reference allows who runs it on that stack, and nothing else."""
        stack = next((after for before, after in pairwise(command) if before == "--stack"), None)
        if stack is None:
            return self.run("pulumi", *command, "--non-interactive", cwd=cwd)
        reads = command[0] == "preview" or "--preview-only" in command
        policy = PROJECT / policy_of("preview" if reads else "up", stack)
        return self("exec", "--iam-policy", str(policy), "--", "pulumi", *command, "--non-interactive", cwd=cwd)

    def now(self) -> datetime:
        """By the `Date` of its answers."""
        direct = build_opener(ProxyHandler({}))
        with direct.open(f"{Running.read(Paths(self.home)).endpoint}/_sandbox/ping") as answer:
            return parsedate_to_datetime(answer.headers["Date"])

    def aws(self, *command: str) -> Any:
        """The AWS CLI's answer, which must be one."""
        ended = self.run("aws", *command, "--output", "json")
        assert ended.code == 0, ended.errors
        return ended.data if ended.output.strip() else None


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxUnderTest]:
    """The sandbox as `SHORT=1 KEEP=1 make rehearse` leaves it."""
    home = tmp_path_factory.mktemp("e2e") / "sandbox"
    environ = {**os.environ, HOME_VARIABLE: str(home), "KEEP": "1", "SHORT": "1", "COLUMNS": "140"}
    ended = subprocess.run(
        [sys.executable, "-m", "sandbox.rehearsal"],
        cwd=PROJECT,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    under_test = SandboxUnderTest(home, Ended(ended.returncode, ended.stdout, ended.stderr))
    yield under_test
    under_test("down")
    assert not home.exists()


@pytest.fixture(scope="session")
def released(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxUnderTest]:
    """A sandbox for tests that break things, beside the rehearsal: both environments, released an hour ago."""
    home = tmp_path_factory.mktemp("released") / "sandbox"
    under_test = SandboxUnderTest(home, Ended(0, "", ""))
    try:
        configured = read(PROJECT)
        for step in steps_to_release(configured, soon_open(configured.of(Environment.PROD).calendar, now())):
            _, *arguments = shlex.split(step.command)
            ended = under_test(*arguments)
            assert (ended.code, step.says in ended.output) == (step.exit_code, True), (step, ended)
        yield under_test
    finally:
        under_test("down")


@pytest.fixture
def project_copy(tmp_path: Path) -> Path:
    """The Pulumi project with stack files that a test may change."""
    return copy_project(tmp_path)


def copy_project(folder: Path) -> Path:
    """The Pulumi project in a folder: its stack files as copies, all else as links."""
    for name in PROGRAM:
        (folder / name).symlink_to(PROJECT / name)
    for file in PROJECT.glob("Pulumi*.yaml"):
        shutil.copy(file, folder)
    return folder
