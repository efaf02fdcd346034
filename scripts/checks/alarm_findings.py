"""What alarms and their history say about one deployment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta

from scripts.checks.pinned import AFTER_THE_END
from scripts.facts.alarms import HISTORY_KEPT, Alarm, Firing
from scripts.results import Outcome, Status, verdict
from scripts.text import count, listing, span, utc

# How late metrics arrive: an alarm's state speaks of a time that is over by that much.
METRIC_DELAY = timedelta(minutes=2)


@dataclass(frozen=True)
class Finding:
    """One remark; PASS is a remark that does not count against the release."""

    status: Status
    text: str


def judge_alarms(
    found: Sequence[Alarm],
    firings: Sequence[Firing],
    *,
    promised: AbstractSet[str],
    began: datetime,
    deployed: datetime | None,
    now: datetime,
) -> Outcome:
    """The outcome for alarms of which none is missing.

    Args:
        found: the alarms as they are now.
        firings: their stays in ALARM since the execution began.
        promised: names that the stack's outputs give.
        began: when the execution began.
        deployed: when the deployment ended; None while it runs.
        now: the time of this run.
    """
    findings = [
        *_states(found, began),
        *_history(found, firings, deployed),
        *_limits(deployed, now),
        *_remarks(found, promised),
    ]
    status = verdict(finding.status for finding in findings) if findings else Status.PASS
    findings.sort(key=lambda finding: _ORDER[finding.status])
    good = sum(alarm.state == "OK" for alarm in found)
    against = sum(finding.status is not Status.PASS for finding in findings)
    headline = f"{good} of {count(len(found), 'alarm')} OK"
    headline += f"; {count(against, 'finding')}." if against else "."
    return Outcome(
        status,
        "\n".join([headline, *(finding.text for finding in findings)]),
        fix=_fix(status, deployed),
        expected=f"{listing(sorted(promised))} OK, and none fired since the deployment ended",
        evidence={
            "deployed": utc(deployed) if deployed else None,
            "states": {alarm.name: alarm.state for alarm in found},
            "fired": [_as_evidence(firing) for firing in firings],
        },
    )


_ORDER = {Status.FAIL: 0, Status.INCONCLUSIVE: 1, Status.PASS: 2}


def _fix(status: Status, deployed: datetime | None) -> str:
    """Empty where what the check declares is right: after an alarm that fired."""
    if status is not Status.INCONCLUSIVE:
        return ""
    if deployed is None:
        return AFTER_THE_END
    return "See whether the alarm's metric has data; a new alarm needs a few minutes. Then run the same command again."


def _states(found: Sequence[Alarm], began: datetime) -> Iterator[Finding]:
    for alarm in found:
        since = f" since {utc(alarm.since)}" if alarm.since else ""
        if alarm.since and alarm.since < began:
            since += ", before this execution began"
        if alarm.state == "ALARM":
            yield Finding(Status.FAIL, f"{alarm.name} is in ALARM{since}: {alarm.reason or 'no reason given'}")
        elif alarm.state != "OK":
            yield Finding(Status.INCONCLUSIVE, f"{alarm.name} is {alarm.state}{since}: {alarm.reason}")
        elif alarm.evaluation_problem:
            text = f"{alarm.name} is OK, but CloudWatch cannot evaluate it ({alarm.evaluation_problem})"
            yield Finding(Status.INCONCLUSIVE, text)


def _history(found: Sequence[Alarm], firings: Sequence[Firing], deployed: datetime | None) -> Iterator[Finding]:
    looks_back: Mapping[str, timedelta] = {alarm.name: alarm.looks_back for alarm in found}
    longest = max(looks_back.values(), default=timedelta())
    for firing in firings:
        if firing.ended is None:
            continue  # its state says so already
        # a composite looks at the others' states, so it may be as late as the latest of them
        settled = (looks_back.get(firing.alarm) or longest) + METRIC_DELAY
        if deployed and firing.started and firing.started > deployed:
            text = f"{firing.alarm} fired after the deployment, {_when(firing)}: {firing.reason}"
            yield Finding(Status.FAIL, text)
        elif deployed and firing.ended > deployed + settled:
            late = span(firing.ended - deployed)
            text = f"{firing.alarm} fired {_when(firing)}, and outlasted the deployment by {late}: {firing.reason}"
            yield Finding(Status.FAIL, text)
        else:
            yield Finding(Status.PASS, f"{firing.alarm} fired only while deploying, {_when(firing)}")


def _limits(deployed: datetime | None, now: datetime) -> Iterator[Finding]:
    if deployed is None:
        text = "The deployment has not ended: what the alarms say about it is still to come"
        yield Finding(Status.INCONCLUSIVE, text)
    elif now - deployed > HISTORY_KEPT:
        text = f"The deployment ended at {utc(deployed)}; CloudWatch keeps alarm history for {HISTORY_KEPT.days} days"
        yield Finding(Status.INCONCLUSIVE, text)


def _remarks(found: Sequence[Alarm], promised: AbstractSet[str]) -> Iterator[Finding]:
    mute = [alarm.name for alarm in found if not alarm.actions_enabled]
    if mute:
        yield Finding(Status.PASS, f"Actions are disabled, nobody is told: {listing(mute)}")
    strangers = [alarm.name for alarm in found if alarm.name not in promised]
    if strangers:
        yield Finding(Status.PASS, f"Not among the promised alarms: {listing(strangers)}")


def _when(firing: Firing) -> str:
    end = utc(firing.ended) if firing.ended else ""
    if firing.started is None:
        return f"from before this execution until {end}"
    lasted = f", {span(firing.ended - firing.started)}" if firing.ended else ""
    return f"from {utc(firing.started)} to {end}{lasted}"


def _as_evidence(firing: Firing) -> dict[str, str | None]:
    return {
        "alarm": firing.alarm,
        "from": utc(firing.started) if firing.started else None,
        "until": utc(firing.ended) if firing.ended else None,
        "reason": firing.reason,
    }
