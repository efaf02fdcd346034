"""`make rehearse`: the whole procedure's infrastructure, a release and a rollback, on the sandbox.

Each step is a command that a person could type. One sees a line a step with its result; all that the commands say is in
`rehearsal.log`, or on the screen with VERBOSE=1. The exit code is 0 only if every step went as told. KEEP=1 leaves the
sandbox up, with a good release to watch. SHORT=1 leaves out the standard release between the first deployment and the
rollback.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

from rich.console import Console

from sandbox.configured import Configured, Stack, StackFileError, project_folder, read
from sandbox.lifecycle import NotRunningError, running
from sandbox.paths import PROJECT, Paths
from sandbox.procedure import REPORTS, afterwards, short_steps, steps
from sandbox.steps import BIN, Show, Step
from sandbox.timetable import open_after, soon_open, timetable
from sop.names import Environment

HERE = project_folder(Path.cwd()) or PROJECT
LOG = HERE / "rehearsal.log"
INTERRUPTED = 130
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def leave(console: Console, prod: Stack, *, keep: bool, good: bool) -> None:
    """End what was started, whatever the terminal sends meanwhile; or tell what can be looked at."""
    if keep and not good:
        console.print("\nThe sandbox is still up, as that step left it. In the activated environment")
        console.print("its command can be typed again; `sandbox down` ends it.")
        return
    if keep:
        console.print("\nThe sandbox is still up, and its release window open. In the activated environment")
        for heading, commands in afterwards(prod):
            console.print(f"\n{heading}", style="bold")
            for command in commands:
                console.print(f"  {command}", soft_wrap=True)
        return
    for each in ENDING:
        signal.signal(each, signal.SIG_IGN)
    ended = subprocess.run([str(BIN / "sandbox"), "down"], capture_output=True, text=True, check=False)
    if ended.returncode != 0:
        console.print(ended.stdout + ended.stderr, soft_wrap=True)


def wanted_steps(configured: Configured, now: datetime, *, short: bool) -> tuple[Step, ...]:
    """At the best times from now on."""
    calendar, dev = configured.of(Environment.PROD).calendar, configured.of(Environment.DEV)
    if short:
        opening = soon_open(calendar, now)
        return short_steps(configured, opening, open_after(calendar, opening))
    return steps(configured, timetable(calendar, dev.limits.dev_observation_hours, now))


def rehearse(console: Console, configured: Configured, *, verbose: bool, keep: bool, short: bool) -> int:
    """Carry out the steps and say how it went; the exit code."""
    console.print(f"A release on the sandbox, from nothing. All that is said goes to {LOG.relative_to(HERE)}.\n")
    began = monotonic()
    wanted = wanted_steps(configured, datetime.now(UTC), short=short)
    with LOG.open("w", encoding="utf-8") as log:
        good = Show(console, log, folder=HERE, verbose=verbose).carry_out(wanted)
    console.print()
    if good:
        console.print(f"All {len(wanted)} steps went as told, in {monotonic() - began:.0f} s.", style="bold green")
        if not short:
            console.print(f"Reports:   {', '.join(REPORTS)}")
    console.print(f"All of it: {LOG.relative_to(HERE)}")
    if good and not keep:
        console.print("`KEEP=1 make rehearse` leaves it up, with a good release to watch turn green.", soft_wrap=True)
    return 0 if good else 1


def main() -> int:
    console = Console(highlight=False, markup=False, emoji=False)
    try:
        sandbox = running(Paths.of_environment())
    except NotRunningError:
        pass
    else:
        console.print(f"A sandbox is up at {sandbox.endpoint}; a rehearsal starts from nothing: `sandbox down` first.")
        return 2
    try:
        configured = read(HERE)
    except StackFileError as error:
        console.print(str(error), soft_wrap=True)
        return 2
    for each in ENDING:
        signal.signal(each, signal.default_int_handler)
    verbose, keep, short = (os.environ.get(name) == "1" for name in ("VERBOSE", "KEEP", "SHORT"))
    left_up, code = False, 1
    try:
        code = rehearse(console, configured, verbose=verbose, keep=keep, short=short)
        left_up = keep
    except KeyboardInterrupt:
        console.print(f"\nInterrupted; what was started is being ended. All of it: {LOG.relative_to(HERE)}")
        code = INTERRUPTED
    finally:
        leave(console, configured.of(Environment.PROD), keep=left_up, good=code == 0)
    return code


if __name__ == "__main__":
    sys.exit(main())
