"""What a report has against going on, and whether time is all that is missing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from scripts.results import Report, Result, Status
from scripts.running.course import NOT_YET, Ended


def refused(report: Report, again_at: datetime | None, told: str) -> Ended:
    """What a report has against going on, check by check; not yet, where time is all that is missing.

    Args:
        report: one that does not pass.
        again_at: when that may be otherwise; None: nobody knows.
        told: what is said before the checks.
    """
    wrong = [one for one in report.checks if one.status not in (Status.PASS, Status.SKIPPED)]
    lines = [told, *(line for one in wrong for line in _against(one))]
    only_time = again_at is not None and all(one.again_at for one in wrong)
    return Ended(NOT_YET if only_time else report.exit_code, "\n".join(lines), again_at if only_time else None)


def _against(one: Result) -> Iterator[str]:
    yield f"  {one.id} ({one.sop}) {one.status}: {one.headline}"
    if one.fix and not one.again_at:
        yield f"    {one.fix}"
