"""What a comment must be to approve something."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from scripts.gate.comments import Wanted, What, judged
from scripts.gate.pull_request import Comment, Person

EXECUTION, OTHER = "3f0c0000-0000-4000-8000-000000000001", "3f0c0000-0000-4000-8000-000000000002"
WRITTEN = datetime(2026, 12, 15, 1, tzinfo=UTC)
MANAGER, ASKER = Person("operations-lead"), Person("sample-engineer")


def why(comment: str = f"/approve override {EXECUTION}", **changes: Any) -> list[str]:
    """Why each comment that says `/approve override` does not count; empty where it does."""
    given: dict[str, Any] = {
        "id": 7,
        "by": MANAGER,
        "body": comment,
        "at": WRITTEN,
        "edited": None,
        "url": "",
        **changes,
    }
    wanted = Wanted(What.OVERRIDE, (EXECUTION,), {"Operations-Lead"}, ASKER, used={8})
    return [one.why for one in judged([Comment(**given)], wanted)]


def test_the_line_that_was_printed_counts() -> None:
    assert why() == [""]
    assert why(f"/approve override {EXECUTION}\n\nThe checkout is down.") == [""]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"comment": f"/approve override {OTHER}"}, f"it names {OTHER}"),
        ({"comment": f"/approve override {EXECUTION[:12]}"}, f"it names {EXECUTION[:12]}"),
        ({"comment": "/approve override"}, "it names nothing"),
        ({"edited": WRITTEN}, "it was edited"),
        ({"by": ASKER}, "by the one who asks"),
        ({"by": Person("second-engineer")}, "not by one of those who may approve it"),
        ({"by": Person("operations-lead", bot=True)}, "no person's"),
        ({"by": Person("")}, "no person's"),
        ({"id": 8}, "it was used already"),
    ],
)
def test_one_that_does_not_count_says_why(changes: dict[str, Any], reason: str) -> None:
    assert why(**changes) == [reason]


@pytest.mark.parametrize(
    "body", ["", "  ", "LGTM", f"/approve rollback {EXECUTION}", f"> /approve override {EXECUTION}"]
)
def test_what_says_something_else_is_none_at_all(body: str) -> None:
    assert why(body) == []
