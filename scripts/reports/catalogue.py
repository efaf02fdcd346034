"""The checks as text: a list of all, and the explanation of one."""

from __future__ import annotations

from collections.abc import Sequence

from scripts.checks.framework import Check


def overview(checks: Sequence[Check]) -> str:
    """One line a check: SOP section, id, title."""
    width = max((len(check.id) for check in checks), default=0)
    return "".join(f"{check.sop}  {check.id:<{width}}  {check.title}\n" for check in checks)


def explain(check: Check) -> str:
    """All that the check declares."""
    fields = {
        "SOP": check.sop,
        "Why": check.why,
        "Expected": check.expected,
        "Fix": check.fix,
        "IAM": "\n".join(check.permissions),
        "Runbook": check.runbook,
    }
    lines = [f"{check.id}: {check.title}"]
    for label, text in fields.items():
        first, *rest = text.splitlines()
        lines += [f"  {label:<9} {first}", *(f"  {'':<9} {line}" for line in rest)]
    return "\n".join(lines) + "\n"
