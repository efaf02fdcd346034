"""What alarms, as they are and as they were, say about one deployment."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Any

from scripts.checks.alarm_firings import Finding, all_firings, judge_firings
from scripts.checks.alarm_origin import Origin
from scripts.checks.pinned import AFTER_THE_END
from scripts.facts.alarm_data import Evaluation
from scripts.facts.alarm_history import HISTORY_KEPT, Firing
from scripts.facts.alarms import Alarm
from scripts.results import Evidence, Outcome, Status, verdict
from scripts.text import count, listing, utc

UNREAD = "When alarms fired since the deployment could not be read"


def judge_alarms(
    found: Sequence[Alarm],
    past: Sequence[Firing],
    *,
    origin: Callable[[Firing, Evaluation], Origin],
    promised: AbstractSet[str],
    deployed: datetime | None,
    now: datetime,
    unread: str = "",
) -> Outcome:
    """The outcome for alarms of which none is missing.

    Args:
        found: the alarms as they are now.
        past: stays in ALARM of the promised ones since the execution began.
        origin: whose a firing is.
        promised: names that the stack's outputs give.
        deployed: when the deployment ended; None while it runs.
        now: the time of this run.
        unread: why the past ones could not be read, if so.
    """
    ours = [alarm for alarm in found if alarm.name in promised]
    firings = all_firings(ours, past, now)
    findings = [
        *_states([alarm for alarm in found if alarm.state != "ALARM" or alarm.name not in promised]),
        *judge_firings(ours, firings, origin, now),
        *([Finding(Status.INCONCLUSIVE, f"{UNREAD}: {unread}")] if unread else []),
        *_limits(deployed, now),
        *_remarks(found, promised),
    ]
    evidence = {
        "deployed": utc(deployed) if deployed else None,
        "states": _as_states(found),
        "fired": [_as_evidence(firing) for firing in firings],
    }
    return _outcome(findings, found, promised, evidence=evidence, fix=lambda status: _fix(status, findings, deployed))


def judge_states(found: Sequence[Alarm], trouble: str, *, promised: AbstractSet[str]) -> Outcome | None:
    """The outcome where only the alarms' present states are known: INCONCLUSIVE if one is in ALARM, else None.

    Whose it is cannot be said; `trouble` says why what that takes could not be read.
    """
    burning = [alarm for alarm in found if alarm.state == "ALARM"]
    if not burning:
        return None
    findings = [Finding(Status.INCONCLUSIVE, finding.text) for finding in _states(burning)]
    findings.append(Finding(Status.INCONCLUSIVE, f"Whether this release is why could not be read: {trouble}"))
    return _outcome(findings, found, promised, evidence={"states": _as_states(found)}, fix=lambda _: "")


def _outcome(
    findings: list[Finding],
    found: Sequence[Alarm],
    promised: AbstractSet[str],
    *,
    evidence: Evidence,
    fix: Callable[[Status], str],
) -> Outcome:
    status = verdict(finding.status for finding in findings) if findings else Status.PASS
    findings.sort(key=lambda finding: _ORDER[finding.status])
    good = sum(alarm.state == "OK" for alarm in found)
    against = sum(finding.status is not Status.PASS for finding in findings)
    headline = f"{good} of {count(len(found), 'alarm')} OK"
    headline += f"; {count(against, 'finding')}." if against else "."
    return Outcome(
        status,
        "\n".join([headline, *(finding.text for finding in findings)]),
        fix=fix(status),
        expected=f"{listing(sorted(promised))} OK, and none fired since the deployment ended",
        evidence=evidence,
        again_at=_again_at(findings) if status is Status.INCONCLUSIVE else None,
    )


_ORDER = {Status.FAIL: 0, Status.INCONCLUSIVE: 1, Status.PASS: 2}


def _fix(status: Status, findings: Sequence[Finding], deployed: datetime | None) -> str:
    """Empty where what the check declares is right: after an alarm that fired."""
    if status is not Status.INCONCLUSIVE:
        return ""
    if deployed is None:
        return AFTER_THE_END
    if again_at := _again_at(findings):
        return f"Run the same command again after {utc(again_at)}."
    told = next((finding.fix for finding in findings if finding.fix and finding.again_at is None), "")
    return told or (
        "See whether the alarm's metric has data; a new alarm needs a few minutes. Then run the same command again."
    )


def _again_at(findings: Sequence[Finding]) -> datetime | None:
    """From when on all may be well; None where something else than time is missing."""
    undecided = [finding.again_at for finding in findings if finding.status is Status.INCONCLUSIVE]
    times = [at for at in undecided if at]
    return max(times) if times and len(times) == len(undecided) else None


def _states(found: Sequence[Alarm]) -> Iterator[Finding]:
    for alarm in found:
        since = f" since {utc(alarm.since)}" if alarm.since else ""
        if alarm.state == "ALARM":
            yield Finding(Status.FAIL, f"{alarm.name} is in ALARM{since}: {alarm.reason or 'no reason given'}")
        elif alarm.state != "OK":
            yield Finding(Status.INCONCLUSIVE, f"{alarm.name} is {alarm.state}{since}: {alarm.reason}")
        elif alarm.evaluation_problem:
            text = f"{alarm.name} is OK, but CloudWatch cannot evaluate it ({alarm.evaluation_problem})"
            yield Finding(Status.INCONCLUSIVE, text)


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


def _as_evidence(firing: Firing) -> dict[str, Any]:
    return {
        "alarm": firing.alarm,
        "from": utc(firing.started) if firing.started else None,
        "until": utc(firing.ended) if firing.ended else None,
        "reason": firing.reason,
        "datapoints": [utc(at) for at in firing.data.datapoints],
    }


def _as_states(found: Sequence[Alarm]) -> dict[str, str]:
    return {alarm.name: alarm.state for alarm in found}
