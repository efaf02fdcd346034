"""The reference of the checks is that of this version, and leads somewhere."""

from __future__ import annotations

from pathlib import Path

from scripts.checks import all_checks
from scripts.reports.catalogue import reference

ROOT = Path(__file__).parents[3]


def test_the_reference_is_in_step_with_the_declarations() -> None:
    page = ROOT / "docs" / "reference" / "checks.md"
    assert page.read_text(encoding="utf-8") == reference(all_checks()), "run `make docs`"


def test_it_has_every_check_of_the_design_under_its_section_of_the_sop() -> None:
    found: dict[str, list[str]] = {}
    for check in all_checks():
        found.setdefault(check.sop, []).append(check.id)
    # said once more on purpose: ids and sections are what people and scripts rely on
    assert found == {
        "1.3": ["merge-flow", "back-merge", "carried-along"],
        "2.3": ["prod-ready"],
        "3.1": ["template-lint", "template-validation"],
        "3.2": ["review-checklist", "rollback-plan"],
        "3.3": ["dev-deployment", "dev-stack-status", "dev-alarms", "dev-soak", "promotion"],
        "3.4": ["up-to-date", "lint-status", "approvals", "operations-approval"],
        "4.1": ["pipeline-stages", "pipeline-duration"],
        "4.2": ["stack-status", "stack-events", "stack-outputs"],
        "4.3": ["target-health", "instance-status", "endpoint"],
        "4.4": ["dashboard", "dashboard-data", "alarms", "subscriptions"],
        "4.5": ["application-logs", "access-logs"],
        "4.6": ["response-time", "cpu", "error-rate"],
        "5.1": ["announcement"],
        "6.1": ["window"],
        "6.2": ["freeze", "incidents"],
        "7.2": ["rollback-target"],
    }


def test_every_check_leads_to_a_runbook() -> None:
    for check in all_checks():
        assert (ROOT / check.runbook).is_file(), check.id
