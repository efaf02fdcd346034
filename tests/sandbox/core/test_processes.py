"""`sandbox down` ends the processes that the sandbox has started, and no others, whatever their environment says."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sandbox.home import claim
from sandbox.lifecycle import stop
from sandbox.paths import HOME_VARIABLE, PROJECT, Paths
from sandbox.plugins.install import install
from sandbox.processes import MARKED, PROCESS_VARIABLE, build_mark, end, is_own, mark

WAITS = "import sys; print(flush=True); sys.stdin.read()"  # until its pipe is closed
Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths(tmp_path / "sandbox")


@pytest.fixture
def start(paths: Paths) -> Iterator[Start]:
    """Start a process that waits, with these variables."""
    started: list[subprocess.Popen[str]] = []

    def start(
        *before: str, program: tuple[str, ...] = (sys.executable, "-c", WAITS), **environ: str
    ) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [*before, *program],
            env={**os.environ, **environ},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline()
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_what_the_sandbox_starts_is_ended(paths: Paths, start: Start) -> None:
    own = start(*MARKED, **{HOME_VARIABLE: str(paths.home)})
    list(stop(paths))
    assert own.poll() is not None


def test_a_process_with_the_sandboxs_name_in_its_environment_goes_on(paths: Paths, start: Start) -> None:
    claim(paths)
    strangers = start(**{HOME_VARIABLE: str(paths.home)})
    list(stop(paths))
    assert strangers.poll() is None


def test_what_a_shell_in_the_sandbox_started_or_exported_goes_on(paths: Paths, start: Start) -> None:
    inherited = mark(paths, os.getpid())  # of the shell, say
    strangers = start(**{HOME_VARIABLE: str(paths.home), PROCESS_VARIABLE: inherited})
    end(paths)
    assert strangers.poll() is None


def test_what_another_sandbox_started_goes_on(paths: Paths, start: Start) -> None:
    anothers = start(*MARKED, **{HOME_VARIABLE: f"{paths.home}-2"})
    end(paths)
    assert anothers.poll() is None


def test_all_that_a_build_started_is_ended(paths: Paths, start: Start) -> None:
    background = start(**{PROCESS_VARIABLE: build_mark(paths)})
    end(paths)
    assert background.poll() is not None


def test_the_process_that_asks_and_those_that_started_it_go_on(paths: Paths, start: Start) -> None:
    asks = f"from sandbox.processes import end; from sandbox.paths import Paths; end(Paths.of_environment()); {WAITS}"
    down = start(
        *MARKED, program=(sys.executable, "-c", asks), **{HOME_VARIABLE: str(paths.home), "PYTHONPATH": str(PROJECT)}
    )
    assert is_own(paths, down.pid)  # and yet it has come to its wait


def test_pulumis_language_host_is_ended_though_a_killed_pulumi_left_it(
    paths: Paths, start: Start, tmp_path: Path
) -> None:
    host = tmp_path / "pulumi-language-python"
    host.symlink_to("/bin/cat")
    left = subprocess.Popen([str(host)], env={PROCESS_VARIABLE: mark(paths, 1)}, stdin=subprocess.PIPE)
    end(paths)
    assert left.poll() is not None


def test_the_policies_analyzer_is_ended_though_a_killed_pulumi_left_it(
    paths: Paths, start: Start, tmp_path: Path
) -> None:
    analyzer = tmp_path / "pulumi-analyzer-policy-release"
    analyzer.write_text("input()")
    environ = {PROCESS_VARIABLE: mark(paths, 1)}
    left = subprocess.Popen([sys.executable, str(analyzer)], env=environ, stdin=subprocess.PIPE)
    end(paths)
    assert left.poll() is not None


def test_a_plugin_is_marked_by_the_script_that_starts_it(tmp_path: Path) -> None:
    for script in install(tmp_path):
        subprocess.run(["/bin/sh", "-n", str(script)], check=True)
        assert f'export {PROCESS_VARIABLE}="$$ ' in script.read_text()
