"""What every format says about a report: its subject, its figures, and what is wrong in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from scripts.results import GATE, SEVERITY, Report, Result, Status
from scripts.text import count, span

# What is behind what: a resource that failed has the stack roll back, which fails the stage; an instance that is gone
# is no healthy target, without which the site does not answer. All others come after them, in the SOP's order, and what
# rings because of them comes last.
CAUSES = (
    "stack-events",
    "stack-status",
    "dev-stack-status",
    "pipeline-stages",
    "dev-deployment",
    "instance-status",
    "target-health",
    "endpoint",
)
# What rings because of any of them
CONSEQUENCES = ("alarms", "dev-alarms")


def subject(report: Report) -> str:
    """`release verify prod`, `release verify dev for promotion`; a command that is about no stack stands alone."""
    return " ".join(filter(None, ("release", report.command, report.stack, report.purpose)))


def pinned_to(report: Report) -> list[tuple[str, str]]:
    """Execution and revision, and how old, that a report about a stack is pinned to; of other reports nothing."""
    if report.stack is None:
        return []
    if report.command == GATE:
        return [("head", report.revision[:12])] if report.revision else []
    pins = [("execution", report.execution_id or "none"), ("revision", (report.revision or "unknown")[:12])]
    if report.begun_at:
        pins.append(("begun", f"{span(report.started_at - report.begun_at)} ago"))
    return pins


def located(report: Report) -> list[tuple[str, str]]:
    """Where what the report is about is, as far as that is known."""
    place = report.place
    known = {
        "account": place.account_id,
        "region": place.region,
        "pipeline": place.pipeline,
        "repository": place.repository,
    }
    return [(label, value) for label, value in known.items() if value]


def remarks(report: Report) -> list[tuple[Result, list[str]]]:
    """What good answers add below their headline: nothing to mend, and worth to know."""
    good = [result for result in report.checks if not result.fix]
    return [(result, rest) for result in good if (rest := result.observed.splitlines()[1:])]


def tally(report: Report) -> str:
    """`8 PASS, 1 FAIL`, `16 PASS, 2 skipped by configuration`."""
    counts = Counter(result.status for result in report.checks if not result.configured)
    told = [f"{counts[status]} {status}" for status in Status if counts[status]]
    if configured := sum(result.configured for result in report.checks):
        told.append(f"{configured} skipped by configuration")
    return ", ".join(told) or "no checks"


def effort(report: Report) -> str:
    """`17 API calls, 2 s`."""
    return f"{count(report.api_calls, 'API call')}, {span(report.finished_at - report.started_at)}"


def to_do(report: Report) -> list[list[Result]]:
    """What needs somebody to act: the worst first, and of that causes before what comes of them.

    What one step mends has one cause, and stands together for all that met it.
    """
    wrong = [result for result in report.checks if result.fix]
    groups: dict[tuple[Status, str], list[Result]] = {}
    for result in sorted(wrong, key=_urgency):
        groups.setdefault((result.status, result.fix), []).append(result)
    return list(groups.values())


def _urgency(result: Result) -> tuple[int, int]:
    failed = result.status is Status.FAIL
    rank = CAUSES.index(result.id) if failed and result.id in CAUSES else len(CAUSES) + (result.id in CONSEQUENCES)
    return -SEVERITY.index(result.status), rank


def observations(alike: Iterable[Result]) -> list[str]:
    """What was observed by checks that met one cause, each said once."""
    return list(dict.fromkeys(one.observed for one in alike))


def expectations(alike: Iterable[Result]) -> list[str]:
    """What was expected by checks that met one cause, each said once; nothing of those that could not look."""
    return list(dict.fromkeys(one.expected for one in alike if one.status is not Status.ERROR))
