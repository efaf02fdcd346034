"""The `pulumi` that is first on PATH inside the sandbox: the real one, run in a mirror of the project.

Whatever runs it, a person or `release`, works in its own folder; only Pulumi itself sees the mirror.
"""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from sandbox.configured import StackFileError, project_folder
from sandbox.mirror import mirrored
from sandbox.paths import Paths
from sandbox.processes import MARKED
from sandbox.running import Running
from toolchain.pulumi import find_pulumi

_FOLDER_OPTIONS = ("-C", "--cwd")
_WRONG_USAGE, _NOT_FOUND = 2, 127
_ANEW = "`sandbox down` and `sandbox up` begin anew."


def install(programs: Path) -> None:
    """Put it there, as `pulumi`."""
    programs.mkdir()
    script = programs / "pulumi"
    script.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -P -m sandbox.pulumi "$@"\n')
    script.chmod(0o755)


def main(arguments: Sequence[str]) -> int:
    """Run it and say what it wrote to stack files; its exit code, negative for the signal that ended it."""
    paths, pulumi = Paths.of_environment(), find_pulumi()
    if pulumi is None:
        return _say("The Pulumi CLI is missing: run `make setup`.", _NOT_FOUND)
    try:
        arguments, folder = _folder_of(arguments)
        project = project_folder(folder)
        if project is None:
            return _run([str(pulumi), *arguments], folder)
        sandbox = Running.read(paths)
        if not sandbox.is_as(project):
            _say("sandbox: account, region or repository of the stack files were others when it came up: " + _ANEW)
        with mirrored(project, folder, paths.mirrors, sandbox) as mirror:
            code = _run([str(pulumi), *arguments], mirror.working_folder)
            mirror.give_back()
            for change in mirror.changes():
                _say(f"sandbox: {change} for this command alone; the project's own files are as they were.")
            return code
    except (OSError, ValueError, StackFileError) as error:
        return _say(f"sandbox: {error}", _WRONG_USAGE)


def _folder_of(arguments: Sequence[str]) -> tuple[list[str], Path]:
    """The arguments without -C, and the folder that Pulumi is to run in."""
    kept: list[str] = []
    folder = Path.cwd()
    rest = iter(arguments)
    for each in rest:
        name, equals, value = each.partition("=")
        if name in _FOLDER_OPTIONS:
            folder = (folder / (value if equals else next(rest, "."))).resolve(strict=True)
        else:
            kept.append(each)
    return kept, folder


def _run(command: list[str], folder: Path) -> int:
    """Run it to its end. Ctrl-C reaches it without us, as it is of our group; what ends us is passed on."""
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, _leave_it_to_pulumi)
    started: list[subprocess.Popen[bytes]] = []
    early: list[int] = []

    def pass_on(number: int, _: FrameType | None) -> None:
        if started:
            started[0].send_signal(number)
        else:
            early.append(number)

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, pass_on)
    with subprocess.Popen([*MARKED, *command], cwd=folder) as process:
        started.append(process)
        for number in early:
            process.send_signal(number)
        return process.wait()


def _leave_it_to_pulumi(*_: object) -> None:
    """A handler, since what is ignored would be ignored by Pulumi, too."""


def _say(line: str, code: int = 0) -> int:
    sys.stderr.write(f"{line}\n")
    return code


def _end(code: int) -> None:
    """End as it ended, by the same signal if by one."""
    if code < 0:
        signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    sys.exit(code)


if __name__ == "__main__":
    _end(main(sys.argv[1:]))
