"""What every format says about a report: its subject, its figures, and what is wrong in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from scripts.results import SEVERITY, Report, Result, Status
from scripts.text import count, span


def subject(report: Report) -> str:
    """`release verify prod`, `release verify dev for promotion`; a command that is about no stack stands alone."""
    return " ".join(filter(None, ("release", report.command, report.stack, report.purpose)))


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
    """What needs somebody to act, the worst first; what has one cause stands together, for all that met it.

    Calls that one step mends have one cause, whatever each of them was: AWS throttles them one by one.
    """
    wrong = [result for result in report.checks if result.fix]
    worst_first = sorted(wrong, key=lambda one: SEVERITY.index(one.status), reverse=True)
    groups: dict[tuple[Status, str, str], list[Result]] = {}
    for result in worst_first:
        cause = "" if result.status is Status.ERROR else result.observed
        groups.setdefault((result.status, cause, result.fix), []).append(result)
    return list(groups.values())


def observations(alike: Iterable[Result]) -> list[str]:
    """What was observed by checks that met one cause, each said once."""
    return list(dict.fromkeys(one.observed for one in alike))


def expectations(alike: Iterable[Result]) -> list[str]:
    """What was expected by checks that met one cause, each said once; nothing of those that could not look."""
    return list(dict.fromkeys(one.expected for one in alike if one.status is not Status.ERROR))
