"""Architecture decisions have one form, and an index that has them all."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "docs" / "adr"
DECISIONS = sorted(FOLDER.glob("[0-9]*.md"))
FORM = re.compile(
    r"# (?P<number>\d+)\. (?P<title>.+)\n\n"
    r"(?P<status>Accepted|Superseded by \d+), (?P<date>\d{4}-\d{2}-\d{2})\n\n"
    r"## Context\n\n(?s:.+?)\n\n## Decision\n\n(?s:.+?)\n\n## Consequences\n\n(?s:.+)\n"
)


def parsed(decision: Path) -> re.Match[str]:
    match = FORM.fullmatch(decision.read_text())
    assert match is not None, "number and title, status and date, Context, Decision, Consequences"
    return match


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_has_number_status_date_context_decision_and_consequences(decision: Path) -> None:
    match = parsed(decision)
    assert int(match["number"]) == int(decision.name[:4])
    assert re.findall(r"^## .*$", decision.read_text(), re.MULTILINE) == [
        "## Context",
        "## Decision",
        "## Consequences",
    ]


def test_decisions_are_numbered_without_a_gap_and_all_in_the_index_as_they_say_of_themselves() -> None:
    assert [int(path.name[:4]) for path in DECISIONS] == list(range(1, len(DECISIONS) + 1))
    rows = [line for line in (FOLDER / "README.md").read_text().splitlines() if line.startswith("| [")]
    matches = [(path.name, parsed(path)) for path in DECISIONS]
    assert rows == [
        f"| [{match['number']}]({name}) | {match['title']} | {match['status'].lower()} | {match['date']} |"
        for name, match in matches
    ]
