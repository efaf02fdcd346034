"""`release observe` as its caller meets it: exit codes, data on stdout, progress on stderr."""

from __future__ import annotations

import io
import json
import os
import pkgutil
import signal
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, TextIO

import pytest

from scripts.interruption import SIGNALS
from scripts.observe import patience
from scripts.results import Report
from tests.clock import now
from tests.scripts.cli.command import Run
from tests.scripts.cli.conftest import outputs, run
from tests.scripts.cli.test_streams import Broken
from tests.scripts.fake_aws import ACCOUNT, Params, Refusal
from tests.scripts.observe.observed import Observed
from tests.scripts.prod_stack import EXECUTION
from tests.scripts.release import Release, at

__all__ = ["outputs", "run"]  # fixtures

Answering = Callable[[Params], Params]
Drawing = Callable[[str, int], None]
Ending = Callable[[], dict[str, Any]]


@pytest.fixture
def observe(
    run: Run, outputs: Path, release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., object]:
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    release.now = at(120)
    Observed(release, tmp_path, now=release.now)
    return lambda *more: run("observe", "--outputs", outputs, "--journal", tmp_path / "journal", *more)


def test_a_good_hour_is_0_and_only_the_report_is_on_stdout(observe: Run, tmp_path: Path) -> None:
    ended = observe("--format", "json")
    assert (ended.code, ended.data["command"], ended.data["verdict"]) == (0, "observe", "PASS")
    assert [check["id"] for check in ended.data["checks"]] == ["response-time", "cpu", "error-rate"]
    assert "12/12" in ended.err
    assert "\x1b" not in ended.err
    assert (tmp_path / "journal" / f"{EXECUTION}.jsonl").read_text().count("\n") == 12


@pytest.mark.parametrize("report_format", ["table", "junit", "markdown", "html"])
def test_every_format(observe: Run, report_format: str) -> None:
    ended = observe("--format", report_format)
    assert ended.code == 0
    assert "error-rate" in ended.out


def test_an_interruption_is_4_with_the_command_to_carry_on(
    observe: Run, release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    def terminated(*_: object, **__: object) -> None:
        os.kill(os.getpid(), signal.SIGTERM)

    release.now = at(20)
    monkeypatch.setattr(patience, "wait_until", terminated)
    before = signal.getsignal(signal.SIGTERM)
    ended = observe()
    assert ended.code == 4
    assert "Carry on with `release observe" in " ".join(ended.out.split())
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.slow
class TestInterrupted:
    """By Ctrl-C or SIGTERM, before there is anything to judge, or when all has been judged."""

    @pytest.fixture(params=[signal.SIGINT, signal.SIGTERM], autouse=True)
    def number(self, request: pytest.FixtureRequest) -> Iterator[signal.Signals]:
        before = [signal.getsignal(number) for number in SIGNALS]
        yield request.param
        assert [signal.getsignal(number) for number in SIGNALS] == before

    @pytest.fixture
    def interrupt(self, number: signal.Signals) -> Answering:
        """Answers as AWS would, but somebody interrupts it."""

        def answer(_: Params) -> Params:
            os.kill(os.getpid(), number)
            return {}

        return answer

    @pytest.fixture
    def drawn(self, monkeypatch: pytest.MonkeyPatch, number: signal.Signals) -> Drawing:
        """Has the writer of that format interrupted so many times in the middle of its report."""

        def in_the_middle(report_format: str, times: int) -> None:
            name = f"scripts.reports.{report_format}_report.write"
            write = pkgutil.resolve_name(f"scripts.reports.{report_format}_report:write")

            def interrupted(report: Report, target: TextIO) -> None:
                if report.checks[0].id == "run":  # it only says that there is no verdict yet
                    write(report, target)
                    return
                text = io.StringIO()
                write(report, text)
                target.write(text.getvalue()[:100])
                for _ in range(times):
                    os.kill(os.getpid(), number)
                target.write(text.getvalue()[100:])

            monkeypatch.setattr(name, interrupted)

        return in_the_middle

    @pytest.fixture
    def ended_early(self, observe: Run, tmp_path: Path) -> Ending:
        """What both reports say, one of which stood there before."""
        report = tmp_path / "report.json"
        report.write_text('{"schema": 1, "command": "observe", "verdict": "PASS"}')

        def run_it() -> dict[str, Any]:
            ended = observe("--format", "json", "-o", f"json={report}")
            assert (ended.code, ended.data["verdict"]) == (4, "INCONCLUSIVE")
            assert json.loads(report.read_text()) == ended.data
            assert len(ended.data["checks"]) == 3
            for check in ended.data["checks"]:
                assert (check["status"], check["observed"]) == ("INCONCLUSIVE", "The observation was interrupted.")
                assert check["fix"].startswith("Carry on with `release observe --outputs")
            return ended.data

        return run_it

    def test_before_the_stacks_outputs_are_known(
        self, ended_early: Ending, interrupt: Answering, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("scripts.outputs.read_outputs", lambda *_: interrupt({}))
        data = ended_early()
        assert (data["stack"], data["execution_id"], data["api_calls"]) == (None, None, 0)

    @pytest.mark.parametrize("operation", ["GetCallerIdentity", "ListPipelineExecutions"])
    def test_before_the_watch_has_begun(
        self, ended_early: Ending, interrupt: Answering, release: Release, operation: str
    ) -> None:
        release.aws.answer(operation, interrupt)
        data = ended_early()
        assert (data["stack"], data["execution_id"]) == ("prod", None)
        assert data["api_calls"] == len(release.aws.calls)

    def test_while_a_report_is_drawn_it_is_drawn_to_its_end(self, observe: Run, drawn: Drawing, tmp_path: Path) -> None:
        drawn("html", 1)
        first, second = tmp_path / "report.html", tmp_path / "report.json"
        second.write_text('{"schema": 1, "command": "observe", "verdict": "PASS"}')
        ended = observe("-o", f"html={first}", "-o", f"json={second}", "--format", "json")
        assert (ended.code, ended.data["verdict"]) == (0, "PASS")
        assert first.read_text().endswith("</html>\n")
        assert json.loads(second.read_text()) == ended.data

    def test_while_it_is_printed_it_is_printed_to_its_end_and_once(self, observe: Run, drawn: Drawing) -> None:
        drawn("json", 1)
        ended = observe("--format", "json")
        assert (ended.code, ended.data["verdict"]) == (0, "PASS")

    def test_while_it_is_told_that_aws_cannot_be_asked_that_is_told(
        self, observe: Run, drawn: Drawing, release: Release
    ) -> None:
        drawn("json", 1)
        release.aws.answer("GetCallerIdentity", Refusal("ExpiredToken"))
        ended = observe("--format", "json")
        assert (ended.code, ended.data["verdict"]) == (4, "ERROR")

    def test_a_second_time_while_a_reader_may_never_come(
        self, observe: Run, drawn: Drawing, number: signal.Signals, tmp_path: Path
    ) -> None:
        drawn("html", 2)
        report = tmp_path / "report.html"
        assert observe("-o", f"html={report}").code == (130 if number is signal.SIGINT else 0)
        assert ("<title>ERROR: " in report.read_text()) is (number is signal.SIGINT)

    def test_a_signal_that_is_ignored_stays_so(
        self, observe: Run, interrupt: Answering, release: Release, number: signal.Signals
    ) -> None:
        def identity(request: Params) -> Params:
            interrupt(request)
            return {"Account": ACCOUNT, "Arn": f"arn:aws:iam::{ACCOUNT}:user/tester"}

        release.aws.answer("GetCallerIdentity", identity)
        before = signal.signal(number, signal.SIG_IGN)
        try:
            assert observe().code == 0
        finally:
            signal.signal(number, before)


def test_an_interruption_whose_reader_has_gone_with_it_is_in_the_files(
    observe: Run, release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C ends the other side of a pipe, too."""

    def both(*_: object, **__: object) -> None:
        monkeypatch.setattr("sys.stderr", Broken())
        os.kill(os.getpid(), signal.SIGINT)

    release.now = at(20)
    monkeypatch.setattr(patience, "wait_until", both)
    reports = [tmp_path / "one.json", tmp_path / "two.json"]
    assert observe(*(part for report in reports for part in ("-o", f"json={report}"))).code == 4
    assert [json.loads(report.read_text())["verdict"] for report in reports] == ["INCONCLUSIVE"] * 2


def test_evidence_has_every_call_and_each_checks_windows(observe: Run, release: Release, tmp_path: Path) -> None:
    assert observe("--evidence", tmp_path / "evidence").code == 0
    lines = (tmp_path / "evidence" / "observe.jsonl").read_text().splitlines()
    asked = [json.loads(line)["operation"] for line in lines]
    assert asked == [operation for operation, _ in release.aws.calls]
    assert {"GetCallerIdentity", "GetMetricData"} <= set(asked)
    kept = json.loads((tmp_path / "evidence" / "cpu.json").read_text())
    assert (kept["status"], kept["calls_in"], len(kept["evidence"]["windows"])) == ("PASS", "observe.jsonl", 12)


@pytest.mark.parametrize("wrong", [("--duration", "soon"), ("--interval", "0s"), ("--consecutive", "0")])
def test_wrong_use_is_2(observe: Run, wrong: tuple[str, str]) -> None:
    ended = observe(*wrong)
    assert (ended.code, ended.out) == (2, "")


def test_waiting_ends_when_the_clock_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    naps: list[float] = []
    monkeypatch.setattr(patience.time, "sleep", naps.append)
    began = now()
    patience.wait_until(began, lambda: began)
    assert naps == []
    patience.wait_until(began + timedelta(seconds=30), lambda: began + timedelta(seconds=sum(naps)))
    assert naps == [20, 10]
