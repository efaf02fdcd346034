"""The reference of the checks is that of this version, and leads somewhere."""

from __future__ import annotations

from pathlib import Path

from scripts.checks import all_checks
from scripts.reports.catalogue import reference

ROOT = Path(__file__).parents[3]


def test_the_reference_is_in_step_with_the_declarations() -> None:
    page = ROOT / "docs" / "reference" / "checks.md"
    assert page.read_text(encoding="utf-8") == reference(all_checks()), "run `make docs`"


def test_every_check_leads_to_a_runbook() -> None:
    for check in all_checks():
        assert (ROOT / check.runbook).is_file(), check.id
