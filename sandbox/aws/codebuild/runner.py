"""Runs a buildspec's phases as CodeBuild does: in order, in one shell, with `finally` and `on-failure`."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath

from sandbox.aws.codebuild.build import FAILED, STOPPED, SUCCEEDED, TIMED_OUT, Build, PhaseRun
from sandbox.aws.codebuild.buildspec import PHASES, Artifacts, Buildspec, Phase
from sandbox.aws.codebuild.shell import Output, Shell, StoppedError, TimedOutError

_SUCCEEDING = "CODEBUILD_BUILD_SUCCEEDING"
_MOMENT = "%Y/%m/%d %H:%M:%S"


class PhaseError(Exception):
    """A phase that has failed, with the context that CodeBuild gives it."""

    def __init__(self, code: str, message: str, status: str = FAILED) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


@dataclass(frozen=True)
class Limits:
    """When a build must end: asked for, or out of time (on time.monotonic's clock)."""

    stopping: Callable[[], bool]
    deadline: float


class Runner:
    """The phases of one build."""

    def __init__(self, build: Build, *, now: Callable[[], datetime], log: Output, limits: Limits) -> None:
        self._build = build
        self._now = now
        self._log = log
        self._limits = limits

    @contextmanager
    def phase(self, type_: str) -> Iterator[PhaseRun]:
        """A phase of the build; a PhaseError ends it as failed and goes on up."""
        run = PhaseRun(type_, self._now())
        self._build.phases.append(run)
        self._say(f"Entering phase {type_}")
        try:
            yield run
        except PhaseError as error:
            run.status, run.code, run.message = error.status, error.code, str(error)
            raise
        else:
            run.status = SUCCEEDED
        finally:
            run.ended = self._now()
            self._say(f"Phase complete: {type_} State: {run.status}")
            self._say(f"Phase context status code: {run.code} Message: {run.message}")

    def run(self, spec: Buildspec, folder: Path, environment: Mapping[str, str]) -> None:
        """Every phase, then the exported variables.

        Raises:
            PhaseError: the first that failed the build.
        """
        shell = Shell(folder, environment, self._written)
        try:
            self._run_phases(spec, shell)
            self._build.exported_variables = {
                name: shell.value(name, stopping=self._limits.stopping, deadline=self._limits.deadline)
                for name in spec.exported
            }
        finally:
            shell.close()

    def _run_phases(self, spec: Buildspec, shell: Shell) -> None:
        failure: PhaseError | None = None
        for name in PHASES:
            phase = spec.phases.get(name, Phase())
            try:
                with self.phase(name.upper()):
                    self._run_phase(phase, shell, succeeding=failure is None)
            except PhaseError as error:
                failure = failure or error
                if not _goes_on(name, phase, error):
                    raise failure from None
        if failure is not None:
            raise failure

    def _run_phase(self, phase: Phase, shell: Shell, *, succeeding: bool) -> None:
        self._command(shell, f"export {_SUCCEEDING}={int(succeeding)}", quiet=True)
        try:
            for command in phase.commands:
                self._command(shell, command)
        except PhaseError as error:
            if error.status == FAILED:
                self._command(shell, f"export {_SUCCEEDING}=0", quiet=True)
                self._finally(phase, shell)
            raise
        self._finally(phase, shell)

    def _finally(self, phase: Phase, shell: Shell) -> None:
        for command in phase.finally_:
            self._command(shell, command)

    def _command(self, shell: Shell, command: str, *, quiet: bool = False) -> None:
        if not quiet:
            self._say(f"Running command {command}")
        try:
            code = shell.run(command, stopping=self._limits.stopping, deadline=self._limits.deadline)
        except StoppedError as error:
            raise PhaseError("", "Build was stopped", STOPPED) from error
        except TimedOutError as error:
            raise PhaseError("BUILD_TIMED_OUT", "Build has timed out.", TIMED_OUT) from error
        if code and not quiet:
            message = f"Error while executing command: {command}. Reason: exit status {code}"
            self._say(f"Command did not exit successfully {command} exit status {code}")
            raise PhaseError("COMMAND_EXECUTION_ERROR", message)

    def _written(self, line: str) -> None:
        self._build.tail.append(line)
        self._log(line)

    def _say(self, text: str) -> None:
        self._log(f"[Container] {self._now().strftime(_MOMENT)} {text}")


def deadline_in(minutes: float) -> float:
    return time.monotonic() + minutes * 60


def collect(folder: Path, artifacts: Artifacts | None) -> bytes:
    """The zip of what the buildspec puts out; of the whole folder where it says nothing.

    Raises:
        PhaseError: a pattern, or the base directory, matches nothing.
    """
    wanted = artifacts or Artifacts(("**/*",))
    base = folder / wanted.base_directory
    chosen: dict[str, Path] = {}
    for pattern in wanted.files:
        found = sorted(path for path in base.glob(pattern) if path.is_file())
        if not found and pattern != "**/*":
            raise PhaseError("CLIENT_ERROR", f"no matching artifact paths found for {pattern}")
        for path in found:
            relative = PurePosixPath(path.relative_to(base))
            if not any(relative.match(excluded) for excluded in wanted.excluded):
                chosen[relative.name if wanted.discard_paths else str(relative)] = path
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in chosen.items():
            archive.write(path, name)
    return written.getvalue()


def _goes_on(name: str, phase: Phase, error: PhaseError) -> bool:
    """After a failed build phase post_build still runs; after any other the build ends, unless told otherwise."""
    if error.status != FAILED or phase.on_failure == "ABORT":
        return False
    return name == "build" or phase.on_failure == "CONTINUE"
