"""A verdict that a release goes by is kept once, and only when time can't change it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from scripts.ledger.ledger import Ledger
from scripts.releases.verdicts import keep_verdict, verdict_of
from scripts.results import Report, Result, Status
from tests.scripts.ledger.memory import Memory, Time, ledger_of

AT = datetime(2026, 3, 10, 1, 0, tzinfo=UTC)


@pytest.fixture
def ledger() -> Ledger:
    return ledger_of("ada", Memory(), Time(AT))


def result(status: Status, again_at: datetime | None = None) -> Result:
    said = "3 of 4 targets are healthy\nthe fourth\nand so on"
    return Result("target-health", "4.3", "Targets", status, said, "all", "", {}, again_at=again_at)


def report(*statuses: Status, again_at: datetime | None = None, **changes: Any) -> Report:
    named: dict[str, Any] = {"execution_id": "4f1c", "revision": "a" * 40, **changes}
    checks = tuple(result(status, again_at) for status in statuses)
    return Report("verify", "prod", started_at=AT, finished_at=AT, api_calls=1, checks=checks, **named)


@pytest.mark.parametrize("status", [Status.PASS, Status.FAIL])
def test_a_final_verdict_is_kept_and_read_again(ledger: Ledger, status: Status) -> None:
    kept = keep_verdict(ledger, "pr-1", report(status))
    found = verdict_of(ledger, "pr-1", "verify", "4f1c")
    assert found == kept
    assert kept.passed is (status is Status.PASS)
    assert verdict_of(ledger, "pr-1", "observe", "4f1c") is None
    assert verdict_of(ledger, "pr-2", "verify", "4f1c") is None


def test_the_first_one_counts_whatever_is_found_later(ledger: Ledger) -> None:
    keep_verdict(ledger, "pr-1", report(Status.FAIL))
    assert keep_verdict(ledger, "pr-1", report(Status.PASS)).verdict == Status.FAIL


@pytest.mark.parametrize("status", [Status.INCONCLUSIVE, Status.ERROR])
def test_what_could_not_be_told_is_not_kept(ledger: Ledger, status: Status) -> None:
    with pytest.raises(ValueError, match="no final verdict"):
        keep_verdict(ledger, "pr-1", report(Status.PASS, status))


def test_what_only_time_keeps_from_passing_is_not_kept(ledger: Ledger) -> None:
    with pytest.raises(ValueError, match="no final verdict"):
        keep_verdict(ledger, "pr-1", report(Status.FAIL, again_at=AT + timedelta(hours=1)))


def test_a_failure_is_final_whatever_else_could_not_be_told(ledger: Ledger) -> None:
    assert keep_verdict(ledger, "pr-1", report(Status.FAIL, Status.ERROR)).failures == (
        "target-health: 3 of 4 targets are healthy the fourth",
    )


def test_a_verdict_about_no_execution_is_of_no_release(ledger: Ledger) -> None:
    with pytest.raises(ValueError, match="no final verdict"):
        keep_verdict(ledger, "pr-1", report(Status.PASS, execution_id=None))
