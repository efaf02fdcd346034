"""Where releases stand, as one screen and as data."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import TextWrapper
from typing import Any
from zoneinfo import ZoneInfo

from scripts.facts.door import Door, as_data, kept_by
from scripts.status.standing import Back, Course, Runs, Standing, Times, Unknown
from scripts.status.step import Step
from scripts.text import count, printable, span, utc
from sop.outputs import StackOutputs
from sop.times import shown

SCHEMA = 1
WIDTH = 12  # of the labels


def table(standing: Standing, step: Step, outputs: StackOutputs, width: int | None = None) -> str:
    """A label a part, and what it is; no line is wider than `width` but for what has to stay whole."""
    rows = [*_rows(standing, outputs), ("Next", _next(step))]
    lines = [_heading(standing, _zone(outputs))]
    for label, texts in rows:
        first, *more = (line for text in texts for line in _wrapped(text, width))
        lines.append(f"{label:<{WIDTH}}{first}")
        lines += [f"{'':{WIDTH}}{line}" for line in more]
    return printable("\n".join(lines)) + "\n"


def _wrapped(text: str, width: int | None) -> list[str]:
    if width is None or "://" in text or text.startswith("  "):  # a link, or a command to be pasted
        return [text]
    wrapper = TextWrapper(max(width - WIDTH, 20), break_long_words=False, break_on_hyphens=False)
    return wrapper.wrap(text) or [""]


def _heading(standing: Standing, zone: ZoneInfo | None) -> str:
    of = f", #{standing.number}" if standing.number else ""
    local = f" ({shown(standing.at, zone)})" if zone else ""
    return f"Releases of {standing.stack}{of} at {utc(standing.at)}{local}"


def _rows(standing: Standing, outputs: StackOutputs) -> Iterator[tuple[str, list[str]]]:
    yield "Runs", _either(standing.runs, lambda runs: _runs(runs, standing))
    going = isinstance(standing.courses, Unknown) or not standing.courses or standing.courses[0].ending is None
    yield "Under way" if going else "Newest", _either(standing.courses, _courses)
    yield "Door", _either(standing.door, lambda door: _door(door, outputs))
    yield "Calendar", _either(standing.times, lambda times: _times(times, _zone(outputs)))
    if isinstance(standing.incidents, Unknown) or standing.incidents:
        yield "Incidents", _either(standing.incidents, list)
    if standing.merged is not None:
        yield "Merged", ["yes" if standing.merged else "no"]
    yield "Proposed", _either(standing.pulls, _pulls)
    yield "Back-merge", _either(standing.back, _back)
    if isinstance(standing.owed, Unknown) or standing.owed:
        settling = f"  release announce --stack {standing.stack} --pending"
        yield "Not told", _either(standing.owed, lambda owed: [*owed, settling])
    yield "Links", [f"{name}  {link}" for name, link in standing.links.items()]


def _either(part: Any, told: Any) -> list[str]:
    return [f"not known: {part.why}"] if isinstance(part, Unknown) else told(part)


def _runs(runs: Runs, standing: Standing) -> list[str]:
    deployed = runs.deployed
    if deployed.execution_id is None:
        return [deployed.doubt]
    what = f"{(deployed.revision or 'an unknown commit')[:12]} {runs.subject}".rstrip()
    of = f"{runs.release}, " if runs.release.startswith("pr-") else ""
    since = f", since {utc(runs.since)} ({span(standing.at - runs.since)})" if runs.since else ""
    lines = [what, f"{of}execution {deployed.execution_id}{since}"]
    lines += [f"in doubt: {deployed.doubt.partition(chr(10))[0]}"] if deployed.doubt else []
    return [*lines, f"verified: {runs.verified or 'not yet'}; observed: {runs.observed or 'not yet'}"]


def _courses(courses: tuple[Course, ...]) -> list[str]:
    lines: list[str] = []
    for one in courses:
        revision = (one.execution.revision or "an unknown commit")[:12]
        lines += [f"execution {one.execution.id} of {revision}, {one.execution.status}", one.doing]
    return lines or ["nothing"]


def _door(door: Door, outputs: StackOutputs) -> list[str]:
    lines = ["open" if door.is_open else door.whose()]
    lines += [f"  execution {one} waits before it" for one in door.before]
    lines += [f"  execution {door.inside} is behind it, where the entry rule keeps it"] if door.inside else []
    return [*lines, kept_by(door, outputs)] if door.is_open else [*lines, f"  {door.opened_by(outputs)}"]


def _times(times: Times, zone: ZoneInfo | None) -> list[str]:
    if not times.has_calendar or zone is None:
        return ["open at any time: there is no release window"]
    reasons = [one.told(zone) for one in (*times.closed, times.late) if one]
    lines = [f"closed: {'; '.join(reasons)}"] if reasons else [_open(times, zone)]
    if reasons:
        lines.append(f"next {_next_open(times, zone)}")
    return [times.unknown, *(lines if reasons else [])] if times.unknown else lines


def _next_open(times: Times, zone: ZoneInfo) -> str:
    if times.next_open:
        return shown(times.next_open, zone)
    lasting = [one for one in times.closed if one.ends is None]
    return "when somebody ends that" if lasting else "at no time within two years"


def _open(times: Times, zone: ZoneInfo) -> str:
    return f"open: merge by {shown(times.merge_by, zone)}" if times.merge_by else "open"


def _pulls(pulls: tuple[Any, ...]) -> list[str]:
    return [f"#{one.number} {one.kind}, from {one.head}  {one.url}" for one in pulls] or ["nothing"]


def _back(back: Back) -> list[str]:
    if not back.lacking:
        return ["dev has all that production has"]
    return [f"dev lacks {count(back.lacking, 'commit')}: {back.url or 'no pull request brings them there'}"]


def _next(step: Step) -> list[str]:
    return [step.told, *([f"  {step.command}"] if step.command else [])]


def _zone(outputs: StackOutputs) -> ZoneInfo | None:
    return ZoneInfo(outputs.release_window.time_zone) if outputs.release_window else None


def data(standing: Standing, step: Step) -> dict[str, Any]:
    """What `--format json` prints; times are UTC, null is not known or not there."""
    runs, door, times, back = standing.runs, standing.door, standing.times, standing.back
    courses = standing.courses
    return {
        "schema": SCHEMA,
        "command": "status",
        "stack": standing.stack,
        "at": utc(standing.at),
        "pull_request": standing.number,
        "merged": standing.merged,
        "unknown": list(standing.unknown),
        "runs": None if isinstance(runs, Unknown) else _runs_data(runs),
        "executions": None if isinstance(courses, Unknown) else [_course_data(one) for one in courses],
        "door": None if isinstance(door, Unknown) else as_data(door),
        "calendar": None if isinstance(times, Unknown) else _times_data(times),
        "incidents": None if isinstance(standing.incidents, Unknown) else list(standing.incidents),
        "proposed": None
        if isinstance(standing.pulls, Unknown)
        else [{"number": one.number, "kind": one.kind, "head": one.head, "url": one.url} for one in standing.pulls],
        "back_merge": None if isinstance(back, Unknown) else {"commits": back.lacking, "url": back.url or None},
        "not_told": None if isinstance(standing.owed, Unknown) else list(standing.owed),
        "next": {"told": step.told, "command": step.command or None},
        "links": dict(standing.links),
    }


def _runs_data(runs: Runs) -> dict[str, Any]:
    return {
        "revision": runs.deployed.revision,
        "execution_id": runs.deployed.execution_id,
        "release": runs.release or None,
        "since": runs.since and utc(runs.since),
        "doubt": runs.deployed.doubt or None,
        "verified": runs.verified or None,
        "observed": runs.observed or None,
    }


def _course_data(one: Course) -> dict[str, Any]:
    return {
        "execution_id": one.execution.id,
        "revision": one.execution.revision,
        "status": one.execution.status,
        "doing": one.doing,
        "waits": one.waits,
        "end": one.ending and one.ending.end.value,
    }


def _times_data(times: Times) -> dict[str, Any]:
    return {
        "open": times.is_open,
        "closed": [
            {"kind": one.kind, "reason": one.reason, "until": one.ends and utc(one.ends)} for one in times.closed
        ],
        "merge_by": times.merge_by and utc(times.merge_by),
        "next_open": times.next_open and utc(times.next_open),
    }
