"""Ctrl-C and SIGTERM at any moment: one line and the exit code, and no report says what an earlier run said."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import pytest

import scripts
from scripts import early
from scripts.interruption import uninterrupted
from tests.scripts.cli.command import Run

SAID = "release: The run was interrupted.\n"


def passed(run: Run, outputs: Path, path: Path) -> Path:
    assert run("verify", "--outputs", outputs, "-o", f"junit={path}").code == 0
    return path


def test_before_the_command_is_imported_it_has_no_traceback_either(
    run: Run, outputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Pressed:
        def find_spec(self, name: str, *_: object) -> None:
            if name == "scripts.cli":
                raise KeyboardInterrupt

    report = passed(run, outputs, tmp_path / "report.xml")
    monkeypatch.delattr(scripts, "cli")
    monkeypatch.delitem(sys.modules, "scripts.cli")
    monkeypatch.setattr(sys, "meta_path", [Pressed(), *sys.meta_path])
    monkeypatch.setattr(sys, "argv", ["release", "observe", "-o", f"junit={report}"])
    with pytest.raises(SystemExit) as ended:
        early.main()
    assert (ended.value.code, capsys.readouterr().err) == (130, SAID)
    assert "The run was interrupted." in report.read_text()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("arguments", [["verify"], ["gate", "--pr", "1"], ["run", "--pr", "1"], ["door", "--apply"]])
def test_before_anything_is_asked_it_says_so_and_which_signal_it_was(
    run: Run, monkeypatch: pytest.MonkeyPatch, arguments: list[str], number: signal.Signals, code: int
) -> None:
    monkeypatch.setattr("scripts.outputs.read_outputs", lambda *_: signal.raise_signal(number))
    ended = run(*arguments)
    assert (ended.code, ended.out, ended.err) == (code, "", SAID)


def test_what_must_not_be_left_half_done_comes_to_its_end_first() -> None:
    done = False

    def interrupted() -> None:
        nonlocal done
        with uninterrupted():
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)
            done = True

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert done
