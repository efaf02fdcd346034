"""Whether it is the time for a release (SOP 6): the window, the freezes, the incidents."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime

from scripts.checks.framework import check
from scripts.gate.checks.flow import hotfix_comments
from scripts.gate.context import GateContext, Kind
from scripts.ledger.store import READING
from scripts.results import Evidence, Outcome, failed, inconclusive, passed
from scripts.text import count, printable, utc
from sop.calendar.calendar import Calendar
from sop.calendar.closures import Closure
from sop.calendar.closures import Kind as Closed
from sop.calendar.public_holidays import CalendarUnknownError
from sop.names import INCIDENT_LABEL
from sop.times import shown
from sop.windows import BUSINESS_HOURS

WAIT = "Ask again then."
EXCEPTION = "An emergency that the operations manager approves is the exception (SOP 6.2)."
TAKING_BACK = "What only takes back may be what ends it: the operations manager approves."
FREEZES = tuple(kind for kind in Closed if kind is not Closed.WINDOW)


@check(
    id="window",
    sop="6.1",
    title="Release window",
    why="Who releases on a Friday evening looks for help on a Saturday.",
    expected="The release may begin now: the window is open, and stays open until the deployment begins",
    fix=WAIT,
    permissions=(),
    runbook="docs/runbooks/deployment.md",
)
def window(context: GateContext) -> Outcome:
    calendar = context.calendar
    if calendar is None:
        within = "within" if BUSINESS_HOURS.is_open(context.at) else "outside"
        told = f"{context.outputs.stack} is released at any time; {shown(context.at, BUSINESS_HOURS.zone)} is {within}"
        return passed(f"{told} business hours.", evidence={"at": utc(context.at)})
    return _known(lambda: _judged(context, calendar, (Closed.WINDOW,), "The window is open"))


@check(
    id="freeze",
    sop="6.2",
    title="Freezes",
    why="On holidays, at the end of a quarter and while somebody says no, nobody is there, or nobody may be disturbed.",
    expected="Nothing is frozen now, nor before the release is through and was observed for an hour",
    fix=WAIT,
    permissions=READING,
    runbook="docs/runbooks/deployment.md",
)
def freeze(context: GateContext) -> Outcome:
    calendar = context.calendar
    if calendar is None:
        return passed(f"{context.outputs.stack} is never frozen.")
    if (problem := context.no_ledger) is not None:
        return inconclusive(f"Whether somebody froze it is not known: {problem.message}", fix=problem.fix)
    return _known(lambda: _judged(context, calendar, FREEZES, "Nothing is frozen"))


@check(
    id="incidents",
    sop="6.2",
    title="Active incidents",
    why="What goes wrong twice at once nobody can take apart.",
    expected=f"No issue of the repository with the label {INCIDENT_LABEL} is open",
    fix="Settle the incident, and close its issue.",
    permissions=(),
    runbook="docs/runbooks/incident-response.md",
)
def incidents(context: GateContext) -> Outcome:
    found = context.incidents
    evidence = {"label": INCIDENT_LABEL, "open": [one.url for one in found]}
    if not found:
        return passed(f"No issue with the label {INCIDENT_LABEL} is open.", evidence=evidence)
    lines = [f"{count(len(found), 'incident')} open.", *(f"{one.url} {printable(one.title)}" for one in found)]
    if exception(context):
        return passed("\n".join([*lines, EXCEPTION]), evidence=evidence)
    if context.kind is Kind.TAKE_BACK and any(one.counts for one in context.of_managers):
        return passed("\n".join([*lines, TAKING_BACK]), evidence=evidence)
    return failed("\n".join(lines), evidence=evidence)


def exception(context: GateContext) -> bool:
    """Whether it is an emergency that the operations manager approves. Raises GitHubError."""
    return context.kind is Kind.HOTFIX and any(one.counts for one in hotfix_comments(context))


def _known(judge: Callable[[], Outcome]) -> Outcome:
    try:
        return judge()
    except CalendarUnknownError as problem:
        fix = "Use a version of this command that knows that year's holidays."
        return inconclusive(f"Whether it is open is not known: {problem}.", fix=fix)


def _judged(context: GateContext, calendar: Calendar, kinds: Collection[Closed], good: str) -> Outcome:
    """What of these kinds closes it at that time, or too soon afterwards."""
    at, zone = context.at, calendar.zone
    closed = [one for one in calendar.closed(at) if one.kind in kinds]
    late = calendar.late(at, context.needed)
    late = late if late and late.limit.kind in kinds else None
    again = context.next_open
    evidence: Evidence = {
        "at": utc(at),
        "zone": str(zone),
        "closed": [_evidence(one) for one in closed],
        "late": late.told(zone) if late else None,
        "next_open": utc(again) if again else None,
    }
    reasons = [f"{shown(at, zone)}: {one.told(zone)}." for one in closed]
    reasons += [f"{shown(at, zone)}: {late.told(zone)}."] if late else []
    if not reasons:
        return passed(f"{good} at {shown(at, zone)}.", evidence=evidence)
    if exception(context):
        return passed("\n".join([*reasons, EXCEPTION]), evidence=evidence)
    endless = any(one.ends is None for one in closed)
    told = failed("\n".join(reasons), fix=_fix(context, again, closed, calendar), evidence=evidence)
    return replace(told, again_at=None if endless else again)


def _fix(context: GateContext, again: datetime | None, closed: list[Closure], calendar: Calendar) -> str:
    if any(one.kind is Closed.ORDER for one in closed):
        return f"Ask who froze it; `release freeze --stack {context.outputs.stack} --off` lifts it."
    return f"Ask again at {shown(again, calendar.zone)}." if again else "Nothing is open in the next two years."


def _evidence(one: Closure) -> Evidence:
    return {"kind": one.kind.value, "reason": one.reason, "until": utc(one.ends) if one.ends else None}
