"""The GO that a release goes by is kept whole, once, and only while it is one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from scripts.errors import UndeterminedError
from scripts.gate.go import go_of, is_fresh, keep_go
from scripts.ledger.entries import UnreadableError
from scripts.results import Report, Result, Status
from tests.scripts.ledger.memory import Memory, Time, ledger_of

AT = datetime(2026, 12, 15, 1, 0, 7, tzinfo=UTC)
TREE, HEAD = "c" * 40, "a" * 40


def check(check_id: str, status: Status = Status.PASS, **evidence: Any) -> Result:
    return Result(check_id, "3.4", "", status, "", "", "", evidence)


def report(**changes: Any) -> Report:
    counted = check("approvals", counted=["second-engineer", "platform-engineer"], needed=2)
    checks = (check("merge-flow", content=TREE, hotfix=[{"id": 7}]), counted, check("window", at="now"))
    plain = Report("gate", "prod", None, HEAD, AT, AT + timedelta(seconds=5), 9, checks)
    return replace(plain, **changes)


def test_it_stands_in_the_ledger_with_who_was_counted_how_the_comments_and_the_calendar() -> None:
    ledger = ledger_of("ada", store := Memory(), Time(AT + timedelta(seconds=10)))
    keep_go(ledger, "pr-12", report())
    assert list(store.content) == ["releases/pr-12/go/cccccccccccc-20261215t010007z.json"]
    go = go_of(ledger, "pr-12")
    assert go is not None
    assert (go.content, go.head, go.judged_at, go.by) == (TREE, HEAD, AT, ledger.by)
    evidence = {one["id"]: one["evidence"] for one in go.report["checks"]}
    assert evidence["approvals"] == {"counted": ["second-engineer", "platform-engineer"], "needed": 2}
    assert (evidence["merge-flow"]["hotfix"], evidence["window"]) == ([{"id": 7}], {"at": "now"})


def test_the_newest_is_the_one_that_it_went_by_whatever_its_content_is_called() -> None:
    time = Time(AT)
    ledger = ledger_of("ada", Memory(), time)
    assert go_of(ledger, "pr-12") is None
    keep_go(ledger, "pr-12", report())
    time.passes(timedelta(hours=1))
    other = report(started_at=time.now, checks=(check("merge-flow", content="b" * 40),))
    keep_go(ledger, "pr-12", other)
    go = go_of(ledger, "pr-12")
    assert go is not None
    assert go.content == "b" * 40


def test_of_two_of_one_second_the_first_stays() -> None:
    store = Memory()
    ada, bob = (ledger_of(who, store, Time(AT)) for who in ("ada", "bob"))
    keep_go(ada, "pr-12", report())
    assert keep_go(bob, "pr-12", report(revision="b" * 40)).by == ada.by
    assert len(store.content) == 1


@pytest.mark.parametrize(("seconds", "fresh"), [(0, True), (60, True), (61, False), (-61, False)])
def test_a_verdict_older_than_a_minute_by_awss_clock_is_none(seconds: int, fresh: bool) -> None:
    now = AT + timedelta(seconds=seconds)
    assert is_fresh(report(), now) is fresh
    ledger = ledger_of("ada", store := Memory(), Time(now))
    if not fresh:
        with pytest.raises(UndeterminedError, match="older than a minute"):
            keep_go(ledger, "pr-12", report())
        assert not store.content


@pytest.mark.parametrize(
    "changes",
    [
        {"checks": (check("merge-flow", content=TREE), check("approvals", Status.FAIL))},
        {"checks": (check("merge-flow", content=TREE), check("approvals", Status.ERROR))},
        {"checks": (check("approvals"),)},
        {"checks": ()},
        {"command": "verify"},
    ],
)
def test_what_is_no_go_or_not_of_a_whole_gate_is_never_kept(changes: dict[str, Any]) -> None:
    ledger = ledger_of("ada", store := Memory(), Time(AT))
    with pytest.raises(ValueError, match="no GO"):
        keep_go(ledger, "pr-12", report(**changes))
    assert not store.content


def test_what_lies_beside_it_is_never_taken_for_no_go() -> None:
    ledger = ledger_of("ada", store := Memory(), Time(AT))
    store.content["releases/pr-12/go/cccc.json"] = b"{}"
    with pytest.raises(UnreadableError, match="by which GO it went"):
        go_of(ledger, "pr-12")
