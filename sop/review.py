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
# The sections of a pull request's description that are read, and the labels in them
CHANGES, IMPACT, ROLLBACK_PLAN = "Changes", "Impact", "Rollback plan"
IMPACT_LABELS = ("Downtime", "User-facing", "Performance")
ROLLBACK_LABELS = ("How", "Estimated time")


class Criterion(StrEnum):
    """What makes an emergency, as a comment names it."""

    SECURITY = "security"
    OUTAGE = "outage"
    CRITICAL_BUG = "critical-bug"
    DATA_INTEGRITY = "data-integrity"
