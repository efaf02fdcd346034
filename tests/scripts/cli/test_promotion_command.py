"""`release verify --for-promotion` as its caller meets it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from tests.scripts.cli.command import Ended, Run
from tests.scripts.observe.observed import DEPLOYED, Observed
from tests.scripts.prod_stack import EXECUTION, OUTPUTS
from tests.scripts.release import Release, execution

IDS = ["dev-deployment", "dev-stack-status", "dev-alarms", "dev-soak", "target-health", "endpoint"]


@pytest.fixture
def promote(run: Run, outputs: Path, release: Release, tmp_path: Path) -> Callable[..., Ended]:
    """The command, a day after the deployment in dev."""
    outputs.write_text(json.dumps(OUTPUTS | {"stack": "dev", "environment": "dev"}))
    release.now = DEPLOYED + timedelta(hours=24, minutes=3)
    Observed(release, tmp_path, now=release.now)
    return lambda *more: run("verify", "--stack", "dev", "--for-promotion", "--outputs", outputs, *more)


def test_a_good_day_in_dev_is_0_with_the_checks_of_3_3_and_the_applications(promote: Run, release: Release) -> None:
    ended = promote("--format", "json")
    assert (ended.code, ended.data["command"], ended.data["verdict"]) == (0, "verify", "PASS")
    assert [check["id"] for check in ended.data["checks"]] == IDS
    assert {check["status"] for check in ended.data["checks"]} == {"PASS"}
    assert ended.data["execution_id"] == EXECUTION
    assert "6 checks" in ended.err


def test_too_early_is_3_and_says_when_to_come_back(promote: Run, release: Release) -> None:
    release.now = DEPLOYED + timedelta(hours=2)
    ended = promote()
    assert ended.code == 3
    assert "after 2026-03-11T01:10:00Z" in " ".join(ended.out.split())


@pytest.mark.parametrize(
    ("report_format", "title"),
    [
        ("table", "dev for promotion  execution"),
        ("markdown", "PASS: release verify dev for promotion\n"),
        ("html", "<title>PASS: release verify dev for promotion</title>"),
        ("junit", '<testsuite name="release verify dev for promotion"'),
    ],
)
def test_every_report_says_what_its_verdict_is_for(promote: Run, report_format: str, title: str) -> None:
    assert title in promote("--format", report_format).out


@pytest.mark.parametrize("breaks", ["deployment", "stack", "alarms", "targets"])
def test_each_part_can_refuse(promote: Run, release: Release, breaks: str) -> None:
    if breaks == "deployment":
        release.executions(execution("Superseded"))
    elif breaks == "stack":
        release.stack("UPDATE_ROLLBACK_COMPLETE")
    elif breaks == "alarms":
        release.alarms({}, {})
    else:
        release.targets()
    assert promote().code == 3


def test_another_stack_is_2_before_anything_is_asked(run: Run, outputs: Path, release: Release) -> None:
    ended = run("verify", "--stack", "prod", "--for-promotion", "--outputs", outputs)
    assert (ended.code, ended.out) == (2, "")
    message, fix = ended.err.splitlines()
    assert message == ("release: --for-promotion asks whether what is in dev may go to prod, but the stack is prod.")
    assert fix == "  fix: Say --stack dev, or leave --for-promotion out."
    assert not release.aws.calls
