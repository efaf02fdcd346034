"""How long a deployment has been in dev, and what its metrics say about that time. Pure.

The time is cut into hours from the deployment's end on. Long enough means: as many hours as the stack's outputs ask
for. Each hour since the deployment is held to the limits of SOP 4.6, up to a week back: what broke a limit while the
same code ran is not undone by a quiet day.

The servers report at night, too: of the newest hours hardly one may be without their CPU. Requests come when people
work: an hour without them says nothing about response time and errors, neither good nor bad. But a soak in which
hardly an hour had requests has shown nothing, and does not pass.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from math import ceil

from scripts.checks.alarm_firings import Finding
from scripts.observe import figures
from scripts.observe.deployments import Deployment
from scripts.observe.figures import COVERAGE, FIVE_MINUTES, NONE, Indicator, Readings, Sample, evidence_of
from scripts.observe.windows import (
    METRIC_DELAY,
    MINUTES_KEPT,
    PERIOD,
    Window,
    first_minute,
    rounded_up,
    windows_after,
)
from scripts.results import Evidence, Outcome, Status, failed, inconclusive, passed, verdict
from scripts.text import count, utc
from sop.thresholds import Thresholds

HOUR = timedelta(hours=1)
# Of the hours asked for, so many must have requests: six of 24, less than a working day.
SHARE_WITH_REQUESTS = 0.25
# How far back limits are looked at, in multiples of the hours asked for: a week at 24 hours.
LOOKED_BACK = 7
BROKEN_SHOWN = 6
CPU = "cpu"


@dataclass(frozen=True)
class Soak:
    """A deployment's time in dev as far as its metrics have settled.

    Attributes:
        deployed: when it ended.
        until: up to when what runs in dev is this deployment; now, or when the next one began.
        asked_for: how long it must be observed.
        observed: how long it has been.
        windows: the whole windows of that time, the newest ones if it is very long.
        needed: how many windows make up what is asked for.
        enough: when there will be, or were, that many.
        later: the deployment that ended it.
    """

    deployed: datetime
    until: datetime
    asked_for: timedelta
    observed: timedelta
    windows: tuple[Window, ...]
    needed: int
    interval: timedelta
    enough: datetime
    later: Deployment | None

    @property
    def too_short(self) -> bool:
        return self.observed < self.needed * self.interval

    @property
    def unit(self) -> str:
        return "hour" if self.interval == HOUR else "window"


def soak(deployed: datetime, asked_for: timedelta, now: datetime, later: Deployment | None = None) -> Soak:
    """The soak of a deployment that ended at `deployed`, as it is `now`."""
    needed = ceil(asked_for / HOUR)
    interval = rounded_up(asked_for / needed, PERIOD)
    until = (later.started if later else now).astimezone(UTC)
    first = first_minute(deployed)
    observed = max(min(until, now.astimezone(UTC) - METRIC_DELAY) - first, timedelta())
    whole = observed // interval
    row = windows_after(deployed, interval, range(max(0, whole - LOOKED_BACK * needed), whole))
    return Soak(
        deployed=deployed.astimezone(UTC),
        until=until,
        asked_for=asked_for,
        observed=observed,
        windows=tuple(window for window in row if now - window.start <= MINUTES_KEPT),
        needed=needed,
        interval=interval,
        enough=first + needed * interval + METRIC_DELAY,
        later=later,
    )


def indicators(thresholds: Thresholds, interval: timedelta) -> tuple[Indicator, ...]:
    """Those of SOP 4.6 for the windows of a soak.

    As many requests as judge five minutes judge an hour. Of the servers' values a few may be missing.
    """
    values = ceil(COVERAGE * (interval / FIVE_MINUTES))
    requests = max(1, thresholds.error_rate_minimum_requests)
    return tuple(
        replace(one, minimum=values if one.id == CPU else min(one.minimum, requests))
        for one in figures.indicators(thresholds, interval)
    )


def judge_soak(found: Soak, wanted: tuple[Indicator, ...], readings: Readings, trouble: str = "") -> Outcome:
    """PASS only after the time asked for, with all limits held and enough of it known.

    Args:
        found: the soak.
        wanted: the figures and their limits.
        readings: those of its windows.
        trouble: why there are none, in a sentence; then only too short a soak can be judged.
    """
    samples = {
        one.id: {window: readings.get(window, {}).get(one.id, NONE) for window in found.windows} for one in wanted
    }
    evidence = _evidence(found, wanted, samples)
    if found.too_short:
        broken = [line for one in wanted for line in _broken(one, samples[one.id])]
        details = [trouble] if trouble else broken
        fix = "" if broken and found.later is None else _fix_of_too_short(found)
        return failed("\n".join([_too_short(found), *details]), fix=fix, evidence=evidence)
    if trouble or len(found.windows) < found.needed:
        what = trouble or f"CloudWatch keeps single minutes for {MINUTES_KEPT.days} days only."
        fix = "Ask about a later deployment, or have thresholds.devObservationHours ask for fewer hours."
        return inconclusive(f"{_long_enough(found)}. {what}", fix=fix, evidence=evidence)
    findings = [_judge(found, one, samples[one.id]) for one in wanted]
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


def _judge(found: Soak, one: Indicator, samples: Mapping[Window, Sample]) -> Finding:
    known = [window for window in found.windows if one.value(samples[window]) is not None]
    if broken := list(_broken(one, samples)):
        return Finding(Status.FAIL, "\n".join(broken))
    total = sum(samples.values(), NONE)
    of = f"{len(known)} of {count(len(found.windows), found.unit)} with at least {one.minimum} {one.samples}"
    if one.id == CPU:
        newest = set(found.windows[-found.needed :])
        little = len(newest.intersection(known)) < COVERAGE * found.needed
    else:
        little = len(known) < with_requests(found)
    if little or not known:
        return Finding(Status.INCONCLUSIVE, f"{one.what}: too little data: {of}")
    worst = max(known, key=lambda window: one.value(samples[window]) or 0)
    return Finding(Status.PASS, f"{one.what}: {one.shown(total)}, at most {one.shown(samples[worst])}; {of}")


def with_requests(found: Soak) -> int:
    """How many windows must have requests."""
    return max(1, ceil(SHARE_WITH_REQUESTS * found.needed))


def _broken(one: Indicator, samples: Mapping[Window, Sample]) -> Iterator[str]:
    broken = [window for window, sample in samples.items() if one.broken(sample)]
    total = sum(samples.values(), NONE)
    if broken or one.broken(total):
        yield f"{one.what}: {one.shown(total)} in all, limit {one.limit}"
    shown = broken[:BROKEN_SHOWN]
    yield from (f"{one.what}: {one.shown(samples[at])} from {utc(at.start)} to {utc(at.end)}" for at in shown)
    if more := len(broken) - len(shown):
        yield f"{one.what}: and {more} more"


def _too_short(found: Soak) -> str:
    progress = f"Observed {_hours(found.observed)} of {found.asked_for / HOUR:g} h"
    if found.later is None:
        return f"{progress} since the deployment ended at {utc(found.deployed)}; enough at {utc(found.enough)}."
    return f"{progress}: execution {found.later.execution_id} began to deploy at {utc(found.later.started)}."


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
        "time. Then run the same command again."
    )


def _evidence(found: Soak, wanted: tuple[Indicator, ...], samples: Mapping[str, Mapping[Window, Sample]]) -> Evidence:
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
