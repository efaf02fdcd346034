"""The table: what is wrong and what to do, on any width, with and without colour."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import timedelta

import pytest

from scripts.reports.table_report import write
from scripts.results import Report, Result, Status
from tests.scripts.prod_stack import EXECUTION, REVISION
from tests.scripts.release import NOW

FAILURE = Result(
    id="stack-events",
    sop="4.2",
    title="Stack events",
    status=Status.FAIL,
    observed="1 resource failed: Servers.\nServers [bold] (AWS::X::Y): No such image",
    expected="No failed resource",
    fix="Correct it.",
    evidence={},
)
GOOD = Result("alarms", "4.4", "Alarms", Status.PASS, "8 of 8 alarms OK.", "All OK", "", {})


def report(*results: Result) -> Report:
    return Report("verify", "prod", EXECUTION, REVISION, NOW, NOW + timedelta(seconds=2), 9, results)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """A terminal in colour."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "100")
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    return Terminal()


def rendered(monkeypatch: pytest.MonkeyPatch, width: int, *results: Result) -> str:
    monkeypatch.setenv("COLUMNS", str(width))
    target = io.StringIO()
    write(report(*results), target)
    return target.getvalue()


@pytest.mark.parametrize("width", [40, 71, 72, 80, 120])
def test_no_line_is_wider_than_the_terminal_and_nothing_is_cut(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    text = rendered(monkeypatch, width, GOOD, FAILURE)
    assert max(map(len, text.splitlines())) <= width
    assert not any(line.endswith(" ") for line in text.splitlines())
    together = "".join(text.split())
    for words in ("stack-events", "8of8alarmsOK.", "Nosuchimage", "Correctit.", EXECUTION, "1PASS,1FAIL"):
        assert words in together
    assert "…" not in text


def test_a_link_stays_whole_on_a_narrow_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    link = f"https://console.example/{'a' * 60}"
    assert link in rendered(monkeypatch, 40, replace(FAILURE, observed=f"failed\nlog: {link}"))


def test_a_command_stays_on_one_line_to_be_pasted(monkeypatch: pytest.MonkeyPatch) -> None:
    command = "`aws codepipeline start-pipeline-execution --name web-pipeline-prod --region ap-southeast-2`"
    text = rendered(monkeypatch, 40, replace(FAILURE, fix=f"Correct the cause, and start it again: {command}."))
    assert f"         {command}." in text.splitlines()[-3]


def test_the_table_has_the_headline_and_the_details_below(monkeypatch: pytest.MonkeyPatch) -> None:
    table, _, details = rendered(monkeypatch, 100, GOOD, FAILURE).partition("What to do")
    assert "1 resource failed: Servers." in table
    assert "No such image" not in table
    assert "Servers [bold] (AWS::X::Y): No such image" in details
    assert "alarms" not in details


def test_what_has_one_cause_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    alike = replace(FAILURE, id="stack-status", expected="UPDATE_COMPLETE")
    _, _, details = rendered(monkeypatch, 100, FAILURE, alike).partition("What to do")
    assert "FAIL stack-events (4.2), stack-status (4.2)" in details
    assert details.count("No such image") == details.count("Correct it.") == 1
    assert "No failed resource" in details
    assert "UPDATE_COMPLETE" in details


def test_calls_that_could_not_be_made_and_have_one_fix_are_one_step(monkeypatch: pytest.MonkeyPatch) -> None:
    throttled = replace(FAILURE, status=Status.ERROR, observed="AWS throttled DescribeStacks.", fix="Wait a minute.")
    alike = replace(throttled, id="alarms", observed="AWS throttled DescribeAlarms.", expected="All OK")
    _, _, details = rendered(monkeypatch, 100, throttled, alike).partition("What to do")
    assert "ERROR stack-events (4.2), alarms (4.2)" in details
    assert details.count("Wait a minute.") == 1
    assert "DescribeStacks" in details
    assert "DescribeAlarms" in details
    assert "expected" not in details


def test_a_log_line_cannot_write_over_the_verdict(terminal: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "dumb")
    hostile = "\x1b[1A\x1b[2K\x1b[32mPASS \x9b2K \rPASS \u202eLIAF"
    write(report(replace(FAILURE, observed=f"{hostile}\n{hostile}", fix=hostile)), terminal)
    assert not set(terminal.getvalue()) & set("\x1b\x9b\r\u202e")
    assert r"\x1b[1A\x1b[2K\x1b[32mPASS \x9b2K" in terminal.getvalue()


def test_a_good_report_has_nothing_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "What to do" not in rendered(monkeypatch, 100, GOOD)


def test_no_execution_and_no_checks_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    target = io.StringIO()
    write(Report("verify", "prod", None, None, NOW, NOW, 0, ()), target)
    assert "execution none  revision unknown" in target.getvalue()
    assert "INCONCLUSIVE  no checks" in target.getvalue()


def test_a_terminal_has_colour(terminal: io.StringIO) -> None:
    write(report(FAILURE), terminal)
    assert "\x1b[1;31mFAIL" in terminal.getvalue()


def test_no_color_is_honoured(terminal: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    write(report(FAILURE), terminal)
    assert "31m" not in terminal.getvalue()


def test_a_dumb_terminal_has_no_escape_sequences(terminal: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    write(report(FAILURE), terminal)
    assert "\x1b" not in terminal.getvalue()


def test_a_pipe_has_no_escape_sequences(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "\x1b" not in rendered(monkeypatch, 100, GOOD, FAILURE)
