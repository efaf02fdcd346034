"""What every format says about a report: its subject, its figures, and what is wrong in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from scripts.results import SEVERITY, Report, Result, Status
from scripts.text import count, span


def subject(report: Report) -> str:
    """`release verify prod`; a command that is about no stack stands alone."""
    return f"release {report.command} {report.stack or ''}".rstrip()


def pinned_to(report: Report) -> list[tuple[str, str]]:
    """Execution and revision that a report about a stack is pinned to; of other reports nothing."""
    if report.stack is None:
        return []
    return [("execution", report.execution_id or "none"), ("revision", (report.revision or "unknown")[:12])]


def tally(report: Report) -> str:
    """`8 PASS, 1 FAIL`."""
    counts = Counter(result.status for result in report.checks)
    return ", ".join(f"{counts[status]} {status}" for status in Status if counts[status]) or "no checks"


def effort(report: Report) -> str:
    """`17 API calls, 2 s`."""
    return f"{count(report.api_calls, 'API call')}, {span(report.finished_at - report.started_at)}"


def to_do(report: Report) -> list[list[Result]]:
    """What needs somebody to act, the worst first; what has one cause stands together, for all that met it."""
    wrong = [result for result in report.checks if result.fix]
    worst_first = sorted(wrong, key=lambda one: SEVERITY.index(one.status), reverse=True)
    return _alike(worst_first)


def expectations(alike: Iterable[Result]) -> list[str]:
    """What was expected by checks that met one cause, each said once."""
    return list(dict.fromkeys(one.expected for one in alike))


def _alike(results: Iterable[Result]) -> list[list[Result]]:
    groups: dict[tuple[Status, str, str], list[Result]] = {}
    for result in results:
        groups.setdefault((result.status, result.observed, result.fix), []).append(result)
    return list(groups.values())
