"""One bash for a whole build: what a command exports or changes holds for the commands after it."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

_LOOK_SECONDS = 0.2
_TERMINATE_SECONDS = 2.0
_SAID = b"\0said\n"  # after all that a command has written, which has no such byte
Output = Callable[[str], None]


class StoppedError(Exception):
    """The build was stopped while a command ran."""


class TimedOutError(Exception):
    """The build's time was over while a command ran."""


class Shell:
    """A bash in a process group of its own; `close` ends all of the group, whatever a command left behind."""

    def __init__(self, folder: Path, environment: Mapping[str, str], output: Output) -> None:
        self._folder = folder
        self._environment = dict(environment)
        self._output = output
        self._start()

    def _start(self) -> None:
        status_in, self._status_out = os.pipe()
        self._process = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            cwd=self._folder,
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=(self._status_out,),
            start_new_session=True,
        )
        os.close(self._status_out)
        self._status = os.fdopen(status_in, "rb", buffering=0)
        self._all_read = threading.Event()
        self._pump = threading.Thread(target=self._read_output, daemon=True)
        self._pump.start()

    def run(self, command: str, *, stopping: Callable[[], bool], deadline: float) -> int:
        """The command's exit code.

        Raises:
            StoppedError: `stopping` said so.
            TimedOutError: `deadline`, on time.monotonic's clock, has passed.
        """
        if self._process.poll() is not None:  # a command has ended the shell: the next gets a new one
            self.close()
            self._start()
        self._all_read.clear()
        # With no input of its own, in this shell: what it exports and where it changes to last.
        self._say(f"eval {_quoted(command)} < /dev/null {self._status_out}>&-")
        self._say(f"printf '%s\\0' \"$?\" >&{self._status_out}; printf '\\0said\\n'")
        answer = self._answer(stopping, deadline)
        self._all_read.wait(_TERMINATE_SECONDS)  # what it wrote is told before its end is
        return int(answer) if answer else self._process.wait()

    def value(self, variable: str, *, stopping: Callable[[], bool], deadline: float) -> str:
        """A variable's value as the commands have left it."""
        self._say(f"printf '%s\\0' \"${{{variable}-}}\" >&{self._status_out}")
        return self._answer(stopping, deadline).decode(errors="replace")

    def close(self) -> None:
        """End the shell and everything it started; the output is complete afterwards."""
        for end_signal in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self._process.pid, end_signal)
            except ProcessLookupError:
                break
            if end_signal is signal.SIGTERM:
                self._wait()
        self._process.wait()
        self._pump.join(_TERMINATE_SECONDS)
        self._status.close()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()

    def _wait(self) -> None:
        try:
            self._process.wait(_TERMINATE_SECONDS)
        except subprocess.TimeoutExpired:
            return

    def _say(self, line: str) -> None:
        if self._process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):  # the shell has exited; `_answer` sees it
                self._process.stdin.write(f"{line}\n".encode())
                self._process.stdin.flush()

    def _answer(self, stopping: Callable[[], bool], deadline: float) -> bytes:
        """What the shell reports, or nothing when it has exited."""
        answer = b""
        with selectors.DefaultSelector() as selector:
            selector.register(self._status, selectors.EVENT_READ)
            while not answer.endswith(b"\0"):
                if stopping():
                    raise StoppedError
                if time.monotonic() > deadline:
                    raise TimedOutError
                if selector.select(_LOOK_SECONDS):
                    read = self._status.read(65536)
                    if not read:
                        return b""
                    answer += read
                elif self._process.poll() is not None:
                    return b""
        return answer[:-1]

    def _read_output(self) -> None:
        for line in self._process.stdout or ():
            text, said, _ = line.partition(_SAID)
            if text or not said:
                self._output(text.decode(errors="replace").rstrip("\n"))
            if said:
                self._all_read.set()
        self._all_read.set()


def _quoted(command: str) -> str:
    return "'" + command.replace("'", "'\\''") + "'"
