"""What a review looks at before a merge (SOP 3.2), and what a hotfix may be for (SOP 8.1)."""

from __future__ import annotations

from enum import StrEnum

CHECKLIST = (
    "All CloudFormation templates pass CFN-Lint",
    "Changes follow AWS best practices",
    "Security groups follow least privilege",
    "Resources tagged with Environment parameter",
    "Outputs and exports properly defined",
    "Documentation updated",
    "Rollback plan documented",
)
ROLLBACK_PLAN = "Rollback plan"  # the section of a pull request's description that has it


class Criterion(StrEnum):
    """What makes an emergency, as a comment names it."""

    SECURITY = "security"
    OUTAGE = "outage"
    CRITICAL_BUG = "critical-bug"
    DATA_INTEGRITY = "data-integrity"
