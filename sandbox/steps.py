"""How the rehearsal's steps are carried out and shown: a line each with its result, and all they say in a file."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import TextIO

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Column
from rich.text import Text

from sandbox.paths import PROJECT

BIN = Path(sys.executable).parent
SHOWN_OF_A_FAILURE = 40  # lines
LOG_WIDTH = 120  # columns, where no terminal says otherwise
_TIMES = len(" 100 s")
_RESULT = 26

# What tells how a step ended, in the order of who tells more; all that a pattern finds is told.
_VERDICT = re.compile(r"^(PASS|FAIL|INCONCLUSIVE|ERROR) {2}(.+?);", re.MULTILINE)
_DECISION = re.compile(r"^(GO|NO-GO|UNDETERMINED)(?: {2}|\. )", re.MULTILINE)
_TELLING = tuple(
    (re.compile(pattern, re.MULTILINE), told)
    for pattern, told in (
        (r"^\S+: (Succeeded|Failed|Stopped|Superseded) after \d+ s$", r"\1"),
        (r"^(verify|observe) +done: (\w+)", r"\1 \2"),
        (r"^\S+Z  (Deploy (?:waits|complete))", r"\1"),
        (r"goes in: (pull request #\d+ is GO)", r"\1"),
        (r"^Wrote (\S+)$", r"\1"),
        (r"^The door of \S+ is (open|closed)", r"\1"),
        (r"^time: (\w+) (\d+ \w+) \d+ ([\d:]+ \w+)", r"\1 \2, \3"),
        (r"waits for the release window, which opens \w+ (\d+ \w+) \d+ ([\d:]+)", r"waits until \1, \2"),
        (r"^ +[+~-]{1,2} ?(\d+ (?:to )?(?:created?|updated?|replaced?|deleted?))$", r"\1"),
        (r"^\S+ (confirmed) \S+$", r"\1"),
        (r"^The sandbox is up at http://(\S+):", r"\1"),
    )
)


@dataclass(frozen=True)
class Step:
    """One command: what one sees, and how it must end."""

    command: str
    see: str
    exit_code: int = 0
    says: str = ""  # words that must stand in its output


@dataclass(frozen=True)
class Done:
    """A step that was carried out; `failure` says what of it did not go as told."""

    step: Step
    seconds: float
    output: str
    failure: str | None

    @property
    def result(self) -> str:
        """How it ended, in a word or two."""
        if self.failure is not None:
            return self.failure
        return result_of(self.output)


def result_of(output: str) -> str:
    """What a command's output comes to; empty where it is of no known kind."""
    if decision := _DECISION.findall(output):
        return decision[-1]
    if verdict := _VERDICT.findall(output):
        word, tally = verdict[-1]
        counts = {status: int(count) for count, status in re.findall(r"(\d+) ([A-Z]+)", tally)}
        return f"{word}: {counts.get(word, 0)} of {sum(counts.values())} checks"
    for pattern, told in _TELLING:
        if found := [match.expand(told) for match in pattern.finditer(output)]:
            return ", ".join(dict.fromkeys(found))
    return ""


class Show:
    """Carries steps out before somebody's eyes.

    On a terminal the step at work is a line with what it says at the moment; else there is a line when it has ended.
    """

    def __init__(self, console: Console, log: TextIO, *, folder: Path = PROJECT, verbose: bool = False) -> None:
        self._console = console
        self._log = log
        self._folder = folder
        self._verbose = verbose
        self._width = console.width if console.is_terminal else LOG_WIDTH

    def carry_out(self, steps: Sequence[Step]) -> bool:
        """Up to the first that does not go as told; whether all did."""
        for number, step in enumerate(steps, 1):
            position = f"{number:>{len(str(len(steps)))}}/{len(steps)}"
            done = self._one(position, step)
            self._console.print(self._line(position, done), soft_wrap=True)
            if done.failure is not None:
                self._tell_failure(done)
                return False
        return True

    def _one(self, position: str, step: Step) -> Done:
        self._say(f"\n[{position}] {step.see}")
        self._say(f"$ {step.command}")
        said: list[str] = []
        rest = Column(ratio=1, no_wrap=True, overflow="ellipsis")
        began = monotonic()
        doing = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            TextColumn("{task.fields[says]}", style="dim", markup=False, table_column=rest),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
            expand=True,
            disable=self._verbose or not self._console.is_interactive,
        )
        with doing, self._started(step) as process:
            at_work = doing.add_task(f"{position} {step.see}", total=None, says="")
            try:
                for line in process.stdout or ():
                    said.append(line)
                    self._say(f"  {line.rstrip()}")
                    doing.update(at_work, says=Text.from_ansi(line).plain.strip())
            except BaseException:
                process.terminate()
                raise
        output = Text.from_ansi("".join(said)).plain
        return Done(step, monotonic() - began, output, _failure(step, process.wait(), output))

    def _started(self, step: Step) -> subprocess.Popen[str]:
        program, *arguments = shlex.split(step.command)
        environ = {**os.environ, "COLUMNS": str(self._width - 2)}
        if self._verbose and self._console.is_terminal and not self._console.no_color:
            environ["FORCE_COLOR"] = "1"
        return subprocess.Popen(
            [str(BIN / program), *arguments],
            cwd=self._folder,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def _say(self, line: str) -> None:
        """Into the log, and to who wants all of it."""
        text = Text.from_ansi(line)
        self._log.write(f"{text.plain}\n")
        self._log.flush()
        if self._verbose:
            self._console.print(text, soft_wrap=True)

    def _line(self, position: str, done: Done) -> Text:
        well = done.failure is None
        marks = ("ok", "!!") if self._console.options.ascii_only else ("✓", "✗")
        mark = Text(f"{marks[not well]} {position} ", style="green" if well else "bold red")
        time = Text(f"{done.seconds:.0f} s".rjust(_TIMES), style="dim")
        see = Text(done.step.see)
        result = Text(done.result, style="bold" if well else "bold red")
        room = self._width - mark.cell_len - time.cell_len - 2
        result.truncate(max(_RESULT, room - see.cell_len), overflow="ellipsis")
        see.truncate(room - max(_RESULT, result.cell_len), overflow="ellipsis", pad=True)
        result.pad_right(max(0, _RESULT - result.cell_len))
        return Text.assemble(mark, see, "  ", result, time)

    def _tell_failure(self, done: Done) -> None:
        if self._verbose:
            return
        lines = done.output.splitlines()
        self._console.print(f"\n$ {done.step.command}", style="bold", soft_wrap=True)
        if len(lines) > SHOWN_OF_A_FAILURE:
            self._console.print(f"  … {len(lines) - SHOWN_OF_A_FAILURE} lines before", style="dim")
        for line in lines[-SHOWN_OF_A_FAILURE:]:
            self._console.print(f"  {line}", soft_wrap=True)


def _failure(step: Step, code: int, output: str) -> str | None:
    if code != step.exit_code:
        return f"exit code {code}, expected {step.exit_code}"
    if step.says not in output:
        return f"its output does not say {step.says!r}"
    return None
