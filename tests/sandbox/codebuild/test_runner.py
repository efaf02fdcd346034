"""Phases run by a real bash."""

from __future__ import annotations

import io
import os
import threading
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sandbox.aws.codebuild.build import STOPPED, TIMED_OUT, Build
from sandbox.aws.codebuild.buildspec import Artifacts, Buildspec, Phase
from sandbox.aws.codebuild.runner import Limits, PhaseError, Runner, collect, deadline_in
from tests.clock import until
from tests.sandbox.codebuild.processes import goes_on

NOW = datetime(2026, 12, 1, tzinfo=UTC)
ENVIRONMENT = {"PATH": os.environ["PATH"], "CODEBUILD_BUILD_ID": "web:1"}


class Bench:
    """One build in a folder of the test's."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log: list[str] = []
        self.write = self.log.append
        self.read = threading.Event()  # never set
        self.stop = threading.Event()
        self.minutes = 1.0
        self.exported: tuple[str, ...] = ()
        self.build = Build(
            project={"name": "web", "source": {"type": "CODEPIPELINE"}},
            number=1,
            initiator="test",
            started=NOW,
            source_version="",
            region="ap-southeast-2",
            account_id="123456789012",
            log_group="",
        )

    def run(self, **phases: Phase) -> None:
        limits = Limits(self.stop.is_set, deadline_in(self.minutes))
        runner = Runner(self.build, now=lambda: NOW, log=self.write, limits=limits)
        runner.run(Buildspec(dict(phases), exported=self.exported), self.folder, ENVIRONMENT)

    def fails(self, **phases: Phase) -> PhaseError:
        with pytest.raises(PhaseError) as failed:
            self.run(**phases)
        return failed.value

    @property
    def output(self) -> list[str]:
        """What the commands wrote."""
        return [line for line in self.log if not line.startswith("[Container]")]

    @property
    def statuses(self) -> Mapping[str, str]:
        return {phase.type: phase.status for phase in self.build.phases}


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_one_shell_for_all_commands_and_phases(bench: Bench) -> None:
    bench.run(
        install=Phase(("export GREETING=hello", "mkdir deep && cd deep", "shout() { echo $1!; }")),
        build=Phase(("shout $GREETING", "basename $PWD", "echo $CODEBUILD_BUILD_ID")),
    )
    assert bench.output == ["hello!", "deep", "web:1"]


def test_phases_without_commands_are_passed_too(bench: Bench) -> None:
    bench.run(build=Phase(("true",)))
    assert bench.statuses == dict.fromkeys(("INSTALL", "PRE_BUILD", "BUILD", "POST_BUILD"), "SUCCEEDED")


def test_a_command_of_several_lines_with_quotes_and_a_heredoc(bench: Bench) -> None:
    command = 'cat <<EOF\nit\'s "quoted" $((1+1))\nEOF\nfor i in 1 2; do\n  echo $i\ndone'
    bench.run(build=Phase((command,)))
    assert bench.output == ['it\'s "quoted" 2', "1", "2"]


def test_standard_error_is_in_the_log_in_order(bench: Bench) -> None:
    bench.run(build=Phase(("echo one; echo two >&2; echo three",)))
    assert bench.output == ["one", "two", "three"]


def test_what_a_command_wrote_is_in_the_log_before_its_end(bench: Bench) -> None:
    """However late the thread is that reads it."""
    log = bench.log.append

    def slowly(line: str) -> None:
        if not line.startswith("[Container]"):
            bench.read.wait(0.02)
        log(line)

    bench.write = slowly
    bench.run(build=Phase(("echo one; echo two", "printf three")), post_build=Phase(("echo four",)))
    ends = "Phase complete: BUILD State: SUCCEEDED"
    told = ["end" if line.endswith(ends) else line for line in bench.log]
    assert [line for line in told if line == "end" or line in bench.output] == ["one", "two", "three", "end", "four"]
    assert not [line for line in bench.log if "\0" in line or line == "said"]


def test_a_command_cannot_eat_the_next_one(bench: Bench) -> None:
    bench.run(build=Phase(("cat", "echo after")))
    assert bench.output == ["after"]


def test_a_failing_command_ends_its_phase_and_is_named(bench: Bench) -> None:
    error = bench.fails(pre_build=Phase(("false", "echo never")), build=Phase(("echo never",)))
    assert (error.code, str(error)) == (
        "COMMAND_EXECUTION_ERROR",
        "Error while executing command: false. Reason: exit status 1",
    )
    assert bench.output == []
    assert bench.statuses == {"INSTALL": "SUCCEEDED", "PRE_BUILD": "FAILED"}


def test_after_a_failed_build_post_build_still_runs_and_knows(bench: Bench) -> None:
    bench.fails(build=Phase(("exit 3",)), post_build=Phase(("echo succeeding=$CODEBUILD_BUILD_SUCCEEDING",)))
    assert bench.output == ["succeeding=0"]
    assert bench.statuses["POST_BUILD"] == "SUCCEEDED"


def test_abort_skips_post_build(bench: Bench) -> None:
    bench.fails(build=Phase(("false",), on_failure="ABORT"), post_build=Phase(("echo never",)))
    assert bench.output == []


def test_continue_goes_on_and_the_build_has_still_failed(bench: Bench) -> None:
    error = bench.fails(install=Phase(("false",), on_failure="CONTINUE"), build=Phase(("echo built",)))
    assert bench.output == ["built"]
    assert "false" in str(error)


def test_finally_runs_whether_the_phase_fails_or_not(bench: Bench) -> None:
    bench.run(build=Phase(("true",), ("echo cleaned",)))
    bench.fails(build=Phase(("false",), ("echo cleaned",)))
    assert bench.output == ["cleaned", "cleaned"]


def test_set_e_ends_the_shell_with_the_commands_exit_code(bench: Bench) -> None:
    error = bench.fails(build=Phase(("set -e; (exit 7); echo never",)))
    assert "exit status 7" in str(error)


def test_variables_of_several_lines_are_exported(bench: Bench) -> None:
    bench.exported = ("A", "B", "MISSING")
    bench.run(build=Phase(("export A='1\n2' B=two",)))
    assert bench.build.exported_variables == {"A": "1\n2", "B": "two", "MISSING": ""}


def test_a_build_out_of_time_has_timed_out(bench: Bench) -> None:
    bench.minutes = 0
    error = bench.fails(build=Phase(("sleep 60",)))
    assert (error.status, error.code) == (TIMED_OUT, "BUILD_TIMED_OUT")


def test_a_stopped_build_ends_with_everything_it_started(bench: Bench) -> None:
    def stop_when_it_runs() -> None:
        until((bench.folder / "pids").exists)
        bench.stop.set()

    threading.Thread(target=stop_when_it_runs, daemon=True).start()
    assert bench.fails(build=Phase(("sleep 61 & echo $! $$ > tmp; mv tmp pids; wait",))).status == STOPPED
    for pid in (bench.folder / "pids").read_text().split():
        assert not goes_on(int(pid))


def test_what_a_build_leaves_in_the_background_ends_with_it(bench: Bench) -> None:
    bench.run(build=Phase(("sleep 61 & echo $! > pids",)))
    assert not goes_on(int((bench.folder / "pids").read_text()))


def names(archive: bytes) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return sorted(opened.namelist())


@pytest.mark.parametrize(
    ("artifacts", "expected"),
    [
        (None, ["out/deep/b.txt", "out/deep/c.log", "top.txt"]),
        (Artifacts(("**/*.txt",)), ["out/deep/b.txt", "top.txt"]),
        (Artifacts(("**/*",), base_directory="out"), ["deep/b.txt", "deep/c.log"]),
        (Artifacts(("**/*",), excluded=("*.log",)), ["out/deep/b.txt", "top.txt"]),
        (Artifacts(("**/b.txt",), discard_paths=True), ["b.txt"]),
    ],
)
def test_artifacts(tmp_path: Path, artifacts: Artifacts | None, expected: list[str]) -> None:
    (tmp_path / "out/deep").mkdir(parents=True)
    for name in ("top.txt", "out/deep/b.txt", "out/deep/c.log"):
        (tmp_path / name).write_text(name)
    assert names(collect(tmp_path, artifacts)) == expected


def test_an_artifact_pattern_that_matches_nothing_fails(tmp_path: Path) -> None:
    with pytest.raises(PhaseError, match="no matching artifact paths"):
        collect(tmp_path, Artifacts(("*.zip",)))
