"""The rehearsal's steps: a line each with its result, everything in the log, and nothing left running."""

from __future__ import annotations

import io
import shlex
from pathlib import Path

import psutil
import pytest
from rich.console import Console

from sandbox.configured import SAMPLE
from sandbox.rehearsal import leave
from sandbox.steps import Show, Step, result_of
from sop.names import Environment
from tests.clock import until

SEE = "A change that is told in so many words"


def saying(*lines: str, code: int = 0) -> str:
    """A command that prints these lines and ends with this exit code."""
    program = f"print({chr(10).join(lines)!r}); raise SystemExit({code})"
    return f"python -c {shlex.quote(program)}"


class Screen:
    """What a person sees who looks at `width` columns, on a terminal or in a file."""

    def __init__(self, width: int = 80, *, terminal: bool = False, verbose: bool = False) -> None:
        self.file = io.StringIO()
        self.log = io.StringIO()
        self.console = Console(
            file=self.file, width=width, force_terminal=terminal, highlight=False, markup=False, color_system=None
        )
        self.show = Show(self.console, self.log, verbose=verbose)

    @property
    def lines(self) -> list[str]:
        return self.file.getvalue().splitlines()


@pytest.mark.parametrize(
    ("output", "result"),
    [
        ("PASS  14 PASS; 45 API calls, 2 s\n", "PASS: 14 of 14 checks"),
        ("FAIL  7 PASS, 3 FAIL, 3 INCONCLUSIVE, 1 SKIPPED; 41 API calls, 1 s\n", "FAIL: 3 of 14 checks"),
        ("Resources:\n    + 13 created\n    ~ 2 updated\n    15 changes. 59 unchanged\n", "13 created, 2 updated"),
        ("Resources:\n    + 13 to create\n    +-1 to replace\n", "13 to create, 1 to replace"),
        ("  Deploy   Failed after 33 s\nweb-pipeline-prod: Failed after 45 s\n", "Failed"),
        (
            "  Build    Succeeded after 8 s\n"
            "  Deploy   waits for the release window, which opens Tue 01 Dec 2026 10:00 AEST\n",
            "waits until 01 Dec, 10:00",
        ),
        (
            "  Deploy   waits for the release window, which opens Tue 01 Dec 2026 10:00 AEST\n"
            "time: Mon 30 Nov 2026 18:11 AEST (73h58m57s ahead of the real time)\n",
            "Mon 30 Nov, 18:11 AEST",
        ),
        ("operations@helios.id confirmed dev-alerts\noperations@helios.id confirmed prod-alerts\n", "confirmed"),
        ("The sandbox is up at http://127.0.0.1:34415: AWS, GitHub, Slack and mail.\n", "127.0.0.1:34415"),
        ("something else\n", ""),
    ],
)
def test_what_a_command_says_comes_to_a_word_or_two(output: str, result: str) -> None:
    assert result_of(output) == result


@pytest.mark.parametrize("terminal", [False, True])
@pytest.mark.parametrize("width", [80, 120])
def test_a_step_is_a_line_of_the_terminals_width_with_its_result(width: int, terminal: bool) -> None:
    screen = Screen(width, terminal=terminal)
    steps = [Step(saying("PASS  14 PASS; 45 API calls, 2 s"), SEE, says="PASS")] * 10
    assert screen.show.carry_out(steps)
    told = [line for line in screen.lines if "of 14 checks" in line]
    assert [line.split("✓")[1].split()[0] for line in told] == [f"{number}/10" for number in range(1, 11)]
    assert all(SEE in line and "PASS: 14 of 14 checks" in line for line in told)
    shown = {len(line[line.rindex("✓") :]) for line in told}
    assert shown == {width if terminal else 120}


def test_results_stand_below_each_other_however_long_they_are() -> None:
    screen = Screen(80, terminal=True)
    results = ("PASS  6 PASS; 32 API calls, 2 s", "    + 13 to create\n    ~ 2 to update", "x: Failed after 3 s")
    assert screen.show.carry_out([Step(saying(*result.splitlines()), SEE) for result in results])
    told = [line[line.rindex("✓") :] for line in screen.lines if "✓" in line]
    shown = ("PASS:", "13 to create, 2 to update", "Failed")
    assert len({line.index(word) for line, word in zip(told, shown, strict=True)}) == 1


def test_all_that_a_step_says_is_in_the_log_and_not_on_the_screen() -> None:
    screen = Screen()
    assert screen.show.carry_out([Step(saying("[dim]one[/]", "\x1b[1mtwo\x1b[0m"), SEE)])
    assert screen.log.getvalue().splitlines()[-2:] == ["  [dim]one[/]", "  two"]
    assert "two" not in screen.file.getvalue()
    assert "$ python -c" in screen.log.getvalue()


def test_who_wants_all_of_it_has_it_on_the_screen_too() -> None:
    screen = Screen(verbose=True)
    assert screen.show.carry_out([Step(saying("[dim]one[/]"), SEE)])
    assert "  [dim]one[/]" in screen.lines
    assert any(line.startswith("$ python -c") for line in screen.lines)


@pytest.mark.parametrize(
    ("step", "failure"),
    [
        (Step(saying("gone", "wrong", code=3), SEE), "exit code 3, expected 0"),
        (Step(saying("gone", "wrong"), SEE, exit_code=3), "exit code 0, expected 3"),
        (Step(saying("gone", "wrong"), SEE, says="PASS"), "its output does not say 'PASS'"),
    ],
)
def test_a_step_that_does_not_go_as_told_shows_its_command_and_output_and_is_the_last(step: Step, failure: str) -> None:
    screen = Screen(120)
    assert not screen.show.carry_out([step, Step(saying("never"), "Never")])
    assert "✗ 1/2" in screen.lines[0]
    assert failure in screen.lines[0]
    assert screen.lines[-2:] == ["  gone", "  wrong"]
    assert screen.lines[2].startswith("$ python -c")


def test_of_a_long_output_a_failure_shows_the_end() -> None:
    screen = Screen()
    screen.show.carry_out([Step(saying(*map(str, range(100)), code=1), SEE)])
    assert "  … 60 lines before" in screen.lines
    assert screen.lines[-40:] == [f"  {number}" for number in range(60, 100)]
    assert "  0\n" in screen.log.getvalue()


def test_an_interrupted_step_is_ended(tmp_path: Path) -> None:
    """As Ctrl-C does where the terminal does not tell the step itself."""
    screen = Screen()

    class Interrupting(io.StringIO):
        def write(self, text: str) -> int:
            if text.strip().isdigit():
                (tmp_path / "pid").write_text(text.strip())
                raise KeyboardInterrupt
            return len(text)

    show = Show(screen.console, Interrupting())
    forever = "import os, signal; print(os.getpid(), flush=True); signal.pause()"
    with pytest.raises(KeyboardInterrupt):
        show.carry_out([Step(f"python -c {shlex.quote(forever)}", SEE)])
    process = int((tmp_path / "pid").read_text())
    until(lambda: ended(process))


def ended(process: int) -> bool:
    try:
        return psutil.Process(process).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_a_sandbox_that_is_kept_offers_a_release_to_watch_only_where_all_went_well() -> None:
    well, badly = Screen(), Screen()
    for screen in (well, badly):
        leave(screen.console, SAMPLE.of(Environment.PROD), keep=True, good=screen is well)
    assert "Watch a good release turn green:" in well.lines
    assert "sandbox push" not in badly.file.getvalue()
    assert "`sandbox down`" in badly.file.getvalue()
