"""`release observe` as its caller meets it: exit codes, data on stdout, progress on stderr."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scripts.observe import patience
from tests.scripts.cli.command import Run
from tests.scripts.cli.conftest import outputs, run
from tests.scripts.observe.observed import Observed
from tests.scripts.prod_stack import EXECUTION
from tests.scripts.release import Release, at

__all__ = ["outputs", "run"]  # fixtures


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
    def terminated(_: datetime) -> None:
        os.kill(os.getpid(), signal.SIGTERM)

    release.now = at(20)
    monkeypatch.setattr(patience, "wait_until", terminated)
    before = signal.getsignal(signal.SIGTERM)
    ended = observe()
    assert ended.code == 4
    assert "Carry on with `release observe" in " ".join(ended.out.split())
    assert signal.getsignal(signal.SIGTERM) is before


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
    patience.wait_until(datetime.now(UTC) - timedelta(seconds=1))
    assert naps == []
