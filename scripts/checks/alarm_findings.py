"""What alarms and their history say about one deployment."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from scripts.checks.pinned import AFTER_THE_END
from scripts.facts.alarms import HISTORY_KEPT, Alarm, Firing
from scripts.results import Evidence, Outcome, Status, verdict
from scripts.text import count, listing, span, utc

# How late metrics arrive, and how often CloudWatch looks at them: so much later an alarm's state changes.
METRIC_DELAY = timedelta(minutes=3)


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
        *_history(found, firings, deployed, now),
        *_limits(deployed, now),
        *_remarks(found, promised),
    ]
    evidence = {
        "deployed": utc(deployed) if deployed else None,
        "states": _as_states(found),
        "fired": [_as_evidence(firing) for firing in firings],
    }
    return _outcome(findings, found, promised, evidence=evidence, fix=lambda status: _fix(status, deployed))


def judge_states(found: Sequence[Alarm], trouble: str, *, promised: AbstractSet[str]) -> Outcome | None:
    """The outcome where only the alarms' present states are known: FAIL if one is in ALARM, else None.

    What is known to be bad is bad, whatever the history would add; `trouble` says why that could not be read.
    """
    if not any(alarm.state == "ALARM" for alarm in found):
        return None
    unread = Finding(Status.INCONCLUSIVE, f"When alarms fired since the deployment could not be read: {trouble}")
    findings = [*_states(found, None), unread]
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
    )


_ORDER = {Status.FAIL: 0, Status.INCONCLUSIVE: 1, Status.PASS: 2}


def _fix(status: Status, deployed: datetime | None) -> str:
    """Empty where what the check declares is right: after an alarm that fired."""
    if status is not Status.INCONCLUSIVE:
        return ""
    if deployed is None:
        return AFTER_THE_END
    return "See whether the alarm's metric has data; a new alarm needs a few minutes. Then run the same command again."


def _states(found: Sequence[Alarm], began: datetime | None) -> Iterator[Finding]:
    for alarm in found:
        since = f" since {utc(alarm.since)}" if alarm.since else ""
        if alarm.since and began and alarm.since < began:
            since += ", before this execution began"
        if alarm.state == "ALARM":
            yield Finding(Status.FAIL, f"{alarm.name} is in ALARM{since}: {alarm.reason or 'no reason given'}")
        elif alarm.state != "OK":
            yield Finding(Status.INCONCLUSIVE, f"{alarm.name} is {alarm.state}{since}: {alarm.reason}")
        elif alarm.evaluation_problem:
            text = f"{alarm.name} is OK, but CloudWatch cannot evaluate it ({alarm.evaluation_problem})"
            yield Finding(Status.INCONCLUSIVE, text)


def _history(
    found: Sequence[Alarm], firings: Sequence[Firing], deployed: datetime | None, now: datetime
) -> Iterator[Finding]:
    alarms = {alarm.name: alarm for alarm in found}
    for firing in firings:
        alarm = alarms.get(firing.alarm)
        if firing.ended is None and alarm and alarm.state == "ALARM":
            continue  # its state says so already
        # states and history are read side by side: where they differ, it began or ended just now
        ended = firing.ended or max(now, firing.started or now)
        when = f"{_when(firing, ended)}{'' if alarm else '; it exists no longer'}"
        if deployed and firing.started and firing.started > deployed:
            text = f"{firing.alarm} fired after the deployment, {when}: {firing.reason}"
            yield Finding(Status.FAIL, text)
        elif deployed and ended > deployed + _settled(firing, firings, alarms) + METRIC_DELAY:
            late = span(ended - deployed)
            text = f"{firing.alarm} fired {when}, and outlasted the deployment by {late}: {firing.reason}"
            yield Finding(Status.FAIL, text)
        else:
            yield Finding(Status.PASS, f"{firing.alarm} fired while deploying, {when}")


def _settled(firing: Firing, firings: Sequence[Firing], alarms: Mapping[str, Alarm]) -> timedelta:
    """How long after the end of its cause it may last; of a composite, as long as the latest of those beside it."""
    own = alarms.get(firing.alarm)
    if own is None:
        return timedelta()
    if own.recovers_in:
        return own.recovers_in
    beside = (alarms[one.alarm] for one in firings if one.alarm in alarms and _overlap(one, firing))
    return max((alarm.recovers_in for alarm in beside), default=timedelta())


def _overlap(one: Firing, other: Firing) -> bool:
    earliest, latest = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    return (one.started or earliest) <= (other.ended or latest) and (other.started or earliest) <= (one.ended or latest)


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


def _when(firing: Firing, ended: datetime) -> str:
    if firing.started is None:
        return f"from before this execution until {utc(ended)}"
    return f"from {utc(firing.started)} to {utc(ended)}, {span(ended - firing.started)}"


def _as_evidence(firing: Firing) -> dict[str, str | None]:
    return {
        "alarm": firing.alarm,
        "from": utc(firing.started) if firing.started else None,
        "until": utc(firing.ended) if firing.ended else None,
        "reason": firing.reason,
    }


def _as_states(found: Sequence[Alarm]) -> dict[str, str]:
    return {alarm.name: alarm.state for alarm in found}
