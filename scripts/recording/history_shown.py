"""How releases have gone, as text for a person and as data. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from scripts.recording.figures import DEFINITIONS, Judged, Kind, cadence
from scripts.recording.history import History
from scripts.text import count, printable, span
from sop.times import shown

SCHEMA = 1
NO_DATA = "no data"
_COMMIT = 12


def table(history: History, zone: ZoneInfo) -> str:
    """Line by line: the executions, the figures with what they are made of, what is not known."""
    return printable("\n".join(_lines(history, zone))) + "\n"


def data(history: History, zone: ZoneInfo) -> dict[str, Any]:
    """What `--format json` prints; times have their offset, lengths are seconds, the rate is a share of 1."""
    found = history.figures
    values: dict[str, Any] = {
        "deployments": found.deployments,
        "frequency": {"perWeek": found.per_week, "cadence": cadence(found)},
        "interval": {"medianSeconds": _seconds(found.interval), "longestSeconds": _seconds(found.longest)},
        "lead_time_merge": {"medianSeconds": _seconds(found.lead_merge)},
        "lead_time_commit": {"medianSeconds": _seconds(found.lead_commit)},
        "change_failure_rate": {"rate": found.rate, "failed": found.failed, "tried": found.tried},
        "time_to_restore": {"medianSeconds": _seconds(found.restore), "notRestored": found.unrestored},
    }
    return {
        "schema": SCHEMA,
        "command": "history",
        "stack": history.outputs.stack,
        "since": _iso(history.since, zone),
        "until": _iso(history.until, zone),
        "observedSince": _iso(history.observed_since, zone),
        "figures": {name: {"value": values[name], "definition": words} for name, words in DEFINITIONS.items()},
        "executions": [_execution(one, history, zone) for one in history.executions],
        "unknown": list(history.unknown),
        "remarks": list(history.remarks),
    }


def _lines(history: History, zone: ZoneInfo) -> Iterator[str]:
    yield f"Releases of {history.outputs.stack}, {shown(history.since, zone)} to {shown(history.until, zone)}"
    if history.observed_since > history.since:
        yield f"Known from {shown(history.observed_since, zone)} on."
    yield ""
    rows = [_row(one, history, zone) for one in history.executions]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(4)]
    for *columns, last in rows:
        yield "  ".join([*(text.ljust(width) for text, width in zip(columns, widths, strict=True)), last]).rstrip()
    if not rows:
        yield "Nothing has ended in that time."
    yield ""
    for name, value in _figures(history):
        yield f"{name:<22}{value[0]}"
        yield from (f"{'':<22}{more}" for more in value[1:])
    for title, told in (("Not known", history.unknown), ("Remarks", history.remarks)):
        if told:
            yield ""
            yield title
            yield from (f"  {one}" for one in told)


def _row(one: Judged, history: History, zone: ZoneInfo) -> tuple[str, str, str, str, str]:
    restored = f", well again {shown(one.restored, zone)}" if one.restored else ", not restored yet"
    bad = f"{one.bad if one.kind is not Kind.FAILED else ''}{restored}".lstrip(", ") if one.bad else ""
    commit = (one.execution.revision or "")[:_COMMIT]
    release = history.releases.get(one.execution.id, "")
    return shown(one.ended, zone), one.kind, release, commit, "  ".join(filter(None, (one.execution.id, bad)))


def _figures(history: History) -> Iterator[tuple[str, list[str]]]:
    """Each figure, and below it what it is made of."""
    found = history.figures
    weekly = NO_DATA if found.per_week is None else f"{found.per_week:.2g} a week"
    median = NO_DATA if found.interval is None else f"{span(found.interval)}, the longest {_span(found.longest)}"
    share = NO_DATA if found.rate is None else f"{found.rate:.0%} ({found.failed} of {found.tried})"
    left = f"; {count(found.unrestored, 'failure')} not restored yet" if found.unrestored else ""
    told = {
        "deployments": str(found.deployments),
        "frequency": f"{weekly}: {cadence(found)}",
        "interval": median,
        "lead_time_merge": _span(found.lead_merge),
        "lead_time_commit": _span(found.lead_commit),
        "change_failure_rate": share,
        "time_to_restore": f"{_span(found.restore)}{left}",
    }
    for name, words in DEFINITIONS.items():
        yield name.replace("_", " "), [told[name], *_wrapped(words)]


def _wrapped(words: str, width: int = 78) -> Iterator[str]:
    line = ""
    for word in words.split():
        if line and len(line) + len(word) + 1 > width:
            yield line
            line = ""
        line = f"{line} {word}".strip()
    yield line


def _execution(one: Judged, history: History, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "id": one.execution.id,
        "release": history.releases.get(one.execution.id),
        "revision": one.execution.revision,
        "kind": one.kind.name.lower().replace("_", "-"),
        "status": one.execution.status,
        "began": _iso(one.execution.began, zone),
        "ended": _iso(one.execution.ended, zone),
        "failedChange": one.bad or None,
        "restored": _iso(one.restored, zone),
    }


def _span(length: timedelta | None) -> str:
    return NO_DATA if length is None else span(length)


def _seconds(length: timedelta | None) -> float | None:
    return None if length is None else length.total_seconds()


def _iso(moment: datetime | None, zone: ZoneInfo) -> str | None:
    return moment.astimezone(zone).isoformat(timespec="seconds") if moment else None
