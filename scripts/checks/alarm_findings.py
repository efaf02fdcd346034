"""What alarms, as they are and as they were, say about one deployment."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
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

# What to do about an alarm that fired
FOLLOW = "Follow docs/runbooks/incident-response.md, and decide whether to roll back."
UNREAD = "When alarms fired since the deployment could not be read"


def judge_alarms(
    found: Sequence[Alarm],
    past: Sequence[Firing],
    *,
    origin: Callable[[Firing, Evaluation], Origin],
    deployed: datetime | None,
    now: datetime,
    more: Sequence[Finding] = (),
    unread: str = "",
) -> Outcome:
    """The outcome for the promised alarms, of which none is missing.

    Args:
        found: the alarms as they are now.
        past: their stays in ALARM since the execution began.
        origin: whose a firing is.
        deployed: when the deployment ended; None while it runs.
        now: the time of this run.
        more: what else is to be said.
        unread: why the past ones could not be read, if so.
    """
    firings = all_firings(found, past, now)
    findings = [
        *_states([alarm for alarm in found if alarm.state != "ALARM"]),
        *judge_firings(found, firings, origin, now),
        *([Finding(Status.INCONCLUSIVE, f"{UNREAD}: {unread}")] if unread else []),
        *_limits(deployed, now),
        *more,
    ]
    evidence = {
        "deployed": utc(deployed) if deployed else None,
        "states": _as_states(found),
        "fired": [_as_evidence(firing) for firing in firings],
    }
    return _outcome(findings, found, evidence=evidence, fix=lambda status: _fix(status, findings, deployed))


def judge_states(found: Sequence[Alarm], trouble: str, more: Sequence[Finding] = ()) -> Outcome | None:
    """The outcome where only the alarms as they are now are known: None if nothing speaks against the release.

    Whose doing an alarm in ALARM is cannot be said; `trouble` says why what that takes could not be read.
    """
    burning = _states([alarm for alarm in found if alarm.state == "ALARM"])
    findings = [*(Finding(Status.INCONCLUSIVE, finding.text) for finding in burning), *more]
    if all(finding.status is Status.PASS for finding in findings):
        return None
    findings.append(Finding(Status.INCONCLUSIVE, f"Whether this release is why could not be read: {trouble}"))
    evidence = {"states": _as_states(found)}
    return _outcome(findings, found, evidence=evidence, fix=lambda status: _fix_of_failures(status, findings))


def _outcome(
    findings: list[Finding], found: Sequence[Alarm], *, evidence: Evidence, fix: Callable[[Status], str]
) -> Outcome:
    status = verdict(finding.status for finding in findings) if findings else Status.PASS
    findings.sort(key=lambda finding: _ORDER[finding.status])
    names = listing([alarm.name for alarm in found])
    good = sum(alarm.state == "OK" for alarm in found)
    against = [finding.text for finding in findings if finding.status is not Status.PASS]
    remarks = [finding.text for finding in findings if finding.status is Status.PASS]
    return Outcome(
        status,
        "\n".join([*against, f"{good} of {count(len(found), 'alarm')} OK.", *remarks]),
        fix=fix(status),
        expected=f"{names} as deployed, OK, and none fired since the deployment ended",
        evidence=evidence,
        again_at=_again_at(findings) if status is Status.INCONCLUSIVE else None,
    )


_ORDER = {Status.FAIL: 0, Status.INCONCLUSIVE: 1, Status.PASS: 2}


def _fix(status: Status, findings: Sequence[Finding], deployed: datetime | None) -> str:
    """Empty where what the check declares is right: after an alarm that fired."""
    if status is not Status.INCONCLUSIVE:
        return _fix_of_failures(status, findings)
    if deployed is None:
        return AFTER_THE_END
    if again_at := _again_at(findings):
        return f"Run the same command again after {utc(again_at)}."
    told = next((finding.fix for finding in findings if finding.fix and finding.again_at is None), "")
    return told or (
        "See whether the alarm's metric has data; a new alarm needs a few minutes. Then run the same command again."
    )


def _fix_of_failures(status: Status, findings: Sequence[Finding]) -> str:
    """Their own, where they have one: what was changed by hand is mended first."""
    deciding = [finding.fix for finding in findings if finding.status is status]
    own = list(dict.fromkeys(filter(None, deciding)))
    if status is not Status.FAIL or not own:
        return ""
    return " ".join([*own, f"As to what fired: {FOLLOW}"] if "" in deciding else own)


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
