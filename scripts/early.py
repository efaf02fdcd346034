"""The console script: Pulumi is asked before anything is imported, as it takes longer to answer than all of that."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence

_begun: list[subprocess.Popen[str]] = []


def main() -> None:
    """`release`, as it is installed. Ctrl-C has no traceback while the rest is imported, either."""
    try:
        begin(sys.argv[1:])
        from scripts import cli
    except KeyboardInterrupt:
        from scripts import streams, unfinished

        streams.say("release: The run was interrupted.")
        unfinished.end(sys.argv[1:], "The run was interrupted.")
        sys.exit(130)
    cli.main()


def export(stack: str | None) -> list[str]:
    """The command that prints a stack's state."""
    return ["pulumi", "stack", "export", "--non-interactive", *(["--stack", stack] if stack else [])]


def begin(arguments: Sequence[str]) -> None:
    """Have Pulumi print the state that this command line will ask for, as far as that is plain to see.

    What nobody comes to ask for ends by itself: it reads, and changes nothing.
    """
    others = ("--outputs", "--help", "-h")
    if arguments[:1] != ["verify"] or any(one.startswith(others) for one in arguments):
        return
    stack = None
    for name, following in zip(arguments, [*arguments[1:], ""], strict=True):
        if name in ("--stack", "-s"):
            stack = following
        elif name.startswith("--stack="):
            stack = name.removeprefix("--stack=")
    environ = {
        "GOGC": "400",
        **os.environ,
    }
    try:
        process = subprocess.Popen(
            export(stack), env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
    except OSError:
        return  # who asks in earnest says what is wrong
    _begun.append(process)


def finished(command: Sequence[str], timeout: float) -> subprocess.CompletedProcess[str] | None:
    """What the command printed, once, where it was begun; None where it was not.

    Raises:
        subprocess.TimeoutExpired: it has not ended after so many seconds.
    """
    if not _begun or _begun[0].args != command:
        return None
    with _begun.pop() as process:
        try:
            out, err = process.communicate(timeout=timeout)
        except BaseException:
            process.kill()
            raise
    return subprocess.CompletedProcess(command, process.returncode, out, err)
