"""What firings say about one deployment: each is told once, the alarms over an alarm with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from scripts.checks.alarm_origin import METRIC_DELAY, Origin, Whose
from scripts.facts.alarm_data import Evaluation
from scripts.facts.alarm_history import Firing
from scripts.facts.alarms import Alarm
from scripts.results import Status
from scripts.text import listing, span, utc

EARLIEST, LATEST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
LOOK = (
    "See in the alarm's graph whether what it counts went wrong before the deployment ended or after: after is this "
    "release's."
)


@dataclass(frozen=True)
class Finding:
    """One remark; PASS is a remark that does not count against the release.

    `again_at` is from when on it may be another, where only time is missing; `fix` replaces what the check declares.
    """

    status: Status
    text: str
    again_at: datetime | None = None
    fix: str = ""


@dataclass
class _Told:
    """A firing and the composite alarms that fired because of it."""

    firing: Firing
    evaluation: Evaluation
    over_it: list[str] = field(default_factory=list)


def all_firings(alarms: Iterable[Alarm], past: Iterable[Firing], now: datetime) -> list[Firing]:
    """Past firings and present ones, in order of time; a present one is as the alarm itself tells it.

    States and history are read one after the other: what changed in between began or ended just now.
    """
    burning = {alarm.name: alarm for alarm in alarms if alarm.state == "ALARM"}
    found = [Firing(one.name, one.since, None, one.reason, one.data) for one in burning.values()]
    for firing in past:
        alarm = burning.get(firing.alarm)
        if alarm and (firing.ended is None or (alarm.since and firing.ended > alarm.since)):
            continue
        found.append(firing if firing.ended else replace(firing, ended=max(now, firing.started or now)))
    return sorted(found, key=lambda one: (one.started or EARLIEST, one.ended or LATEST, one.alarm))


def judge_firings(
    alarms: Sequence[Alarm], firings: Sequence[Firing], origin: Callable[[Firing, Evaluation], Origin], now: datetime
) -> list[Finding]:
    """A finding for each firing of these alarms that is no consequence of another."""
    of = {alarm.name: alarm.evaluation for alarm in alarms}
    told = [_Told(one, of[one.alarm]) for one in firings if one.alarm in of and not of[one.alarm].children]
    alone: list[_Told] = []
    for firing in firings:
        if firing.alarm not in of or not of[firing.alarm].children:
            continue
        under = _under(firing.alarm, of) | set(firing.data.triggers)
        causes = [one for one in told if one.firing.alarm in under and _overlap(one.firing, firing)]
        if _explain([one.firing for one in causes], firing):
            causes[0].over_it.append(firing.alarm)
        else:
            alone.append(_Told(firing, _widest(of[name] for name in under if name in of)))
    return [judge(one.firing, origin(one.firing, one.evaluation), now, one.over_it) for one in [*told, *alone]]


def judge(firing: Firing, origin: Origin, now: datetime, over_it: Sequence[str] = ()) -> Finding:
    """What one firing says; `over_it` are the composite alarms that fired because of it."""
    burning = firing.ended is None
    until = firing.ended or now
    over = f", and with it {listing(list(dict.fromkeys(over_it)))}" if over_it else ""
    reason = f": {firing.reason}" if firing.reason else ""
    since = f" since {utc(firing.started)}" if firing.started else ""
    text = f"{firing.alarm} is in ALARM{since}" if burning else f"{firing.alarm} fired"
    when = over if burning else f", {_when(firing, until)}{over}"
    if origin.whose is Whose.OURS:
        return Finding(Status.FAIL, f"{text} {origin.words}{when}{reason}")
    if origin.settles and until > origin.settles:
        lasted = "and still is" if burning else "and was"
        late = f"{lasted} longer after the deployment than data of before its end can keep it"
        return Finding(Status.FAIL, f"{text} {origin.words}{when}, {late}{reason}")
    if burning:
        return Finding(Status.INCONCLUSIVE, f"{text} {origin.words}{when}{reason}", origin.again_at, LOOK)
    if origin.whose is Whose.UNKNOWN:
        return Finding(Status.INCONCLUSIVE, f"{text} {origin.words}{when}{reason}", fix=LOOK)
    return Finding(Status.PASS, f"{text} {origin.words}{when}")


def _under(name: str, of: Mapping[str, Evaluation], seen: frozenset[str] = frozenset()) -> set[str]:
    """Every alarm that a composite's rule names, those of composites in it included."""
    children = [child for child in of[name].children if child not in seen] if name in of else []
    seen = seen.union(children)
    return set(children).union(*(_under(child, of, seen) for child in children))


def _overlap(one: Firing, other: Firing) -> bool:
    return (one.started or EARLIEST) <= (other.ended or LATEST) and (other.started or EARLIEST) <= (one.ended or LATEST)


def _explain(causes: Sequence[Firing], composite: Firing) -> bool:
    """Whether a composite was in ALARM no earlier and no longer than its causes were."""
    if not causes:
        return False
    began = min(one.started or EARLIEST for one in causes)
    ended = max(one.ended or LATEST for one in causes)
    if composite.ended is None:
        return ended == LATEST and began <= (composite.started or LATEST)
    return began <= (composite.started or LATEST) and composite.ended - METRIC_DELAY <= ended


def _widest(evaluations: Iterable[Evaluation]) -> Evaluation:
    """How far back a composite can look: as far as the alarm under it that looks furthest, at whatever."""
    widest = max(evaluations, key=lambda one: (one.range, one.period), default=Evaluation())
    return Evaluation(widest.period, widest.periods)


def _when(firing: Firing, ended: datetime) -> str:
    if firing.started is None:
        return f"from before this execution until {utc(ended)}"
    return f"from {utc(firing.started)} to {utc(ended)}, {span(max(ended - firing.started, timedelta()))}"
