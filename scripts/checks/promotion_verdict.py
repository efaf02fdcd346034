"""What the metrics of a soak in dev say: each limit held, and enough of it known. Pure.

The servers report at night, too: of the newest hours hardly one may be without their CPU. Requests come when people
work: an hour without them says nothing about response time and errors, neither good nor bad. But a soak in which
hardly an hour had requests has shown nothing, and does not pass.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from math import ceil

from scripts.checks.alarm_firings import Finding
from scripts.checks.promotion_soak import HOUR, Soak, fives
from scripts.observe.figures import FIVE_MINUTES, NONE, Indicator, Readings, Sample, evidence_of, indicators
from scripts.observe.judging import COVERAGE
from scripts.observe.limits import find
from scripts.observe.windows import FIVES_KEPT, Window
from scripts.results import Evidence, Outcome, Status, failed, inconclusive, passed, verdict
from scripts.text import count, utc
from sop.thresholds import Thresholds

# Of the hours asked for, so many must have requests: six of 24, less than a working day.
SHARE_WITH_REQUESTS = 0.25
BROKEN_SHOWN = 6
CPU = "cpu"
UNKNOWN: Readings = {}


def judge_soak(
    found: Soak,
    thresholds: Thresholds,
    readings: Readings = UNKNOWN,
    *,
    servers: bool = True,
    others: Sequence[Finding] = (),
    trouble: str = "",
) -> Outcome:
    """PASS only after the time asked for, with all limits held and enough of it known.

    Args:
        found: the soak.
        thresholds: its limits.
        readings: those of its windows.
        servers: whether an Auto Scaling group's CPU is among them.
        others: what else was found out about that time.
        trouble: why there are none, in a sentence; then only too short a soak can be judged.
    """
    wanted = indicators(thresholds, FIVE_MINUTES, servers=servers)
    evidence = _evidence(found, wanted, readings)
    findings = [*(_judge(found, one, readings) for one in wanted), *others]
    if found.too_short:
        return _too_short(found, findings, trouble, evidence)
    if trouble or len(found.hours) < found.needed:
        what = trouble or f"CloudWatch keeps what is longer ago than {FIVES_KEPT.days} days by the hour only."
        fix = "Ask about a later deployment, or have thresholds.devObservationHours ask for fewer hours."
        return inconclusive(f"{_long_enough(found)}. {what}", fix=fix, evidence=evidence)
    worst = verdict(finding.status for finding in findings)
    against = sum(finding.status is not Status.PASS for finding in findings)
    lines = [f"{_long_enough(found)}; {count(against, 'finding') if against else 'all limits held'}."]
    lines += [finding.text for finding in sorted(findings, key=lambda one: one.status is Status.PASS)]
    observed = "\n".join(lines)
    if worst is Status.PASS:
        return passed(observed, evidence=evidence)
    if worst is Status.INCONCLUSIVE:
        return inconclusive(observed, fix=_fix_of_too_little(found, wanted), evidence=evidence)
    return failed(observed, evidence=evidence)


def _judge(found: Soak, one: Indicator, readings: Readings) -> Finding:
    samples = one.of_all(readings, found.windows)
    hours = {hour: sum((samples[five] for five in fives(hour)), NONE) for hour in found.hours}
    needs = minimum(found, one)
    known = [hour for hour, sample in hours.items() if sample.count >= needs]
    of = f"{len(known)} of {count(len(hours), found.unit)} with at least {needs} {one.samples}"
    if one.id == CPU:
        little = len(set(found.newest).intersection(known)) < COVERAGE * found.needed
    else:
        little = len(known) < with_requests(found)
    since = found.newest[0].start if found.newest else found.deployed
    judged = find(one, samples, lacking=of if little else "", unbroken_since=since, together=hours)
    if judged.status is Status.FAIL:
        details = _cut([f"{one.what}: {line}" for line in judged.details], one.what)
        return Finding(Status.FAIL, "\n".join([f"{judged.figure}, limit {one.limit}: {judged.reason}", *details]))
    if little:
        return Finding(Status.INCONCLUSIVE, f"{one.what}: too little data: {of}")
    if judged.status is Status.INCONCLUSIVE:
        details = _cut([f"{one.what}: {line}" for line in judged.details], one.what)
        return Finding(Status.INCONCLUSIVE, "\n".join([f"{judged.figure}: {judged.reason}", *details]))
    return Finding(Status.PASS, f"{judged.figure}; {of}")


def minimum(found: Soak, one: Indicator) -> int:
    """How many samples make an hour known.

    As many requests as judge five minutes judge an hour. Of the servers' values a few may be missing.
    """
    return ceil(COVERAGE * (found.interval / FIVE_MINUTES)) if one.id == CPU else one.minimum


def with_requests(found: Soak) -> int:
    """How many hours must have requests."""
    return max(1, ceil(SHARE_WITH_REQUESTS * found.needed))


def _cut(lines: list[str], what: str) -> list[str]:
    more = len(lines) - BROKEN_SHOWN
    return [*lines[:BROKEN_SHOWN], f"{what}: and {more} more"] if more > 0 else lines


def _too_short(found: Soak, findings: Sequence[Finding], trouble: str, evidence: Evidence) -> Outcome:
    progress = f"Observed {_hours(found.observed)} of {found.asked_for / HOUR:g} h"
    if found.later is None:
        said = f"{progress} since the deployment ended at {utc(found.deployed)}; enough at {utc(found.enough)}."
    else:
        said = f"{progress}: execution {found.later.execution_id} began to deploy at {utc(found.later.started)}."
    broken = [] if trouble else [finding.text for finding in findings if finding.status is Status.FAIL]
    observed = "\n".join([said, *([trouble] if trouble else broken)])
    if broken and found.later is None:
        return failed(observed, evidence=evidence)  # the declared fix: waiting mends nothing
    outcome = failed(observed, fix=_fix_of_too_short(found), evidence=evidence)
    return outcome if found.later else replace(outcome, again_at=found.enough)


def _long_enough(found: Soak) -> str:
    since = f"Observed {_hours(found.observed)} h since the deployment ended at {utc(found.deployed)}"
    return f"{since}, until execution {found.later.execution_id} began to deploy" if found.later else since


def _hours(observed: timedelta) -> str:
    return f"{observed // timedelta(minutes=6) / 10:.1f}"  # rounded down: never more than was observed


def _fix_of_too_short(found: Soak) -> str:
    if found.later is not None:
        return (
            "Leave --execution-id out: what is in dev now, and would be promoted, is a later deployment. "
            f"It is observed on its own, from {utc(found.later.started)} at the earliest."
        )
    return f"Run the same command again after {utc(found.enough)}; a deployment before then begins the time anew."


def _fix_of_too_little(found: Soak, wanted: tuple[Indicator, ...]) -> str:
    requests = max(one.minimum for one in wanted if one.id != CPU)
    return (
        f"Where requests are too few, send some to dev: at least {requests} in each of "
        f"{count(with_requests(found), found.unit)}. Where the servers' CPU is missing, see whether they ran all the "
        "time; where traffic has holes, whether the site could be reached (a hole counts for "
        f"{found.needed * found.interval / HOUR:g} h). Then run the same command again."
    )


def _evidence(found: Soak, wanted: tuple[Indicator, ...], readings: Readings) -> Evidence:
    samples: Mapping[str, Mapping[Window, Sample]] = {one.id: one.of_all(readings, found.windows) for one in wanted}
    return {
        "deployed": utc(found.deployed),
        "until": utc(found.until),
        "enough_at": utc(found.enough),
        "asked_for_hours": found.asked_for / HOUR,
        "observed_hours": round(found.observed / HOUR, 2),
        "next_execution_id": found.later.execution_id if found.later else None,
        "indicators": {
            one.id: evidence_of(one, samples[one.id], found.deployed, found.later.started if found.later else None)
            for one in wanted
        },
    }
