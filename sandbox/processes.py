"""Which processes belong to a sandbox: those that it has started, and no others.

Each is started with a mark in its environment: its own process number and the sandbox's folder. Children inherit
the variable, but have another number; so neither what a person starts from a shell in `sandbox exec` nor what such a
shell exports belongs to the sandbox, and a number that has gone to somebody else is not taken for ours. A build has no
person in it: there the mark holds for whatever the build starts. Pulumi's language host and the policies' analyzer have
no script of ours that could mark them: they are known by their names and the mark that they inherit.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.paths import HOME_VARIABLE, Paths

if TYPE_CHECKING:
    import psutil

PROCESS_VARIABLE = "SANDBOX_PROCESS"
# In front of a command: it is started with its mark. SANDBOX_HOME must be in its environment.
MARK = f'export {PROCESS_VARIABLE}="$$ ${HOME_VARIABLE}"'
MARKED = ("/bin/sh", "-c", f'{MARK}; exec "$@"', "sandbox")
_BUILD = "build"
_OF_PULUMI = ("pulumi-language-", "pulumi-analyzer")  # outlive a killed `pulumi`
_END_SECONDS = 10.0


class EndError(Exception):
    """A process of the sandbox's does not end; the message says which."""


def mark(paths: Paths, pid: int) -> str:
    """What PROCESS_VARIABLE is for a process that the sandbox starts."""
    return f"{pid} {paths.home}"


def build_mark(paths: Paths) -> str:
    """What PROCESS_VARIABLE is in a build."""
    return f"{_BUILD} {paths.home}"


def is_own(paths: Paths, pid: int) -> bool:
    """Whether a process runs that this sandbox has started, or Pulumi in its turn."""
    import psutil

    try:
        process = psutil.Process(pid)
        number, _, home = process.environ().get(PROCESS_VARIABLE, "").partition(" ")
        return home == str(paths.home) and (number in (str(pid), _BUILD) or _is_of_pulumi(process))
    except (psutil.Error, OSError):
        return False


def _is_of_pulumi(process: psutil.Process) -> bool:
    """By the program, or the script that its interpreter runs."""
    return any(Path(word).name.startswith(_OF_PULUMI) for word in process.cmdline()[:2])


def end(paths: Paths) -> None:
    """End what the sandbox has started, but for us and those that started us: ask, wait, then insist.

    Raises:
        EndError: a process goes on.
    """
    import psutil

    ours = {process.pid for process in psutil.Process().parents()} | {os.getpid()}
    alive = [each for each in psutil.process_iter() if each.pid not in ours and is_own(paths, each.pid)]
    for how in ("terminate", "kill"):
        for process in alive:
            _signal(process, how)
        _, alive = psutil.wait_procs(alive, timeout=_END_SECONDS)
    if alive:
        raise EndError(f"What the sandbox has started does not end: process {', '.join(str(p.pid) for p in alive)}.")


def _signal(process: psutil.Process, how: str) -> None:
    import psutil

    try:
        getattr(process, how)()
    except psutil.NoSuchProcess:  # also where its number has gone to another
        return
    except psutil.AccessDenied as error:
        raise EndError(f"Process {process.pid} of the sandbox belongs to another user: end it as {error}.") from error
