"""Moving what is recorded back in time, so that there is room for what took longer."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar, cast

from sandbox.aws.codebuild.build import Build, PhaseRun
from sandbox.aws.codepipeline.model import Execution
from sandbox.faults.record import Lines, Record, StackRecord

_STAMP = re.compile(r"^(?P<before>\[Container\] )?(?P<at>\d{4}/\d\d/\d\d \d\d:\d\d:\d\d|\d\d:\d\d:\d\d) ")
_FULL, _SHORT = "%Y/%m/%d %H:%M:%S", "%H:%M:%S"
T = TypeVar("T")


def moved(value: T, by: timedelta, until: datetime | None = None) -> T:
    """A copy with every time earlier by `by`; only those up to `until`, where it is given."""
    return cast("T", _moved(value, by, until))


def _moved(value: Any, by: timedelta, until: datetime | None) -> Any:
    if isinstance(value, datetime):
        return value - by if until is None or value <= until else value
    if isinstance(value, list | tuple):
        return type(value)(_moved(each, by, until) for each in value)
    if isinstance(value, dict):
        return {key: _moved(each, by, until) for key, each in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{each.name: _moved(getattr(value, each.name), by, until) for each in fields(value)})
    return value


def move_older(record: Record, newest: Execution, by: timedelta, deployed: datetime) -> None:
    """Everything before an execution, and before its deployment in the stacks, began that much earlier."""
    record.created = moved(record.created, by, newest.started)
    record.updated = moved(record.updated, by, newest.started)
    for place, execution in enumerate(record.executions):
        if execution.id != newest.id:
            record.executions[place] = moved(execution, by)
            move_builds(record, execution, by)
    for stack in record.stacks.values():
        _move_stack(stack, by, deployed)


def move_builds(record: Record, execution: Execution, by: timedelta) -> None:
    """An execution's builds and their log lines."""
    for action in execution.actions():
        build = record.builds.get(action.external_id)
        if build is not None:
            record.builds[build.id] = moved_build(build, by)
            record.lines[build.id] = moved_lines(record.lines.get(build.id, []), by)


def begin_earlier(record: Record, build: Build, phase: PhaseRun, by: timedelta) -> None:
    """All of a build up to the beginning of one of its phases; what the phase did comes when it came."""
    record.builds[build.id] = moved_build(build, by, phase.started)
    record.lines[build.id] = moved_lines(record.lines.get(build.id, []), by, f"Entering phase {phase.type}")


def moved_build(build: Build, by: timedelta, until: datetime | None = None) -> Build:
    times = {name: moved(getattr(build, name), by, until) for name in ("started", "ended", "phases")}
    return replace(build, **times)


def moved_lines(lines: Lines, by: timedelta, last: str = "") -> Lines:
    """The times that the lines begin with included; only up to the line that ends with `last`, where it is given.

    By its place, not its time: CloudWatch Logs may have got a line a moment after what it tells of.
    """
    milliseconds = round(by.total_seconds() * 1000)
    ends = (number for number, (_, line) in enumerate(lines, 1) if last and line.endswith(last))
    end = next(ends, len(lines))
    return [*((at - milliseconds, _moved_line(line, by)) for at, line in lines[:end]), *lines[end:]]


def _moved_line(line: str, by: timedelta) -> str:
    found = _STAMP.match(line)
    if found is None:
        return line
    form = _FULL if "/" in found["at"] else _SHORT
    day = "" if form is _FULL else "2000/01/02 "  # any: a clock's time goes round
    moment = datetime.strptime(f"{day}{found['at']}", _FULL).replace(tzinfo=UTC)
    return f"{found['before'] or ''}{(moment - by).strftime(form)} {line[found.end() :]}"


def _move_stack(record: StackRecord, by: timedelta, until: datetime) -> None:
    record.events = [moved(event, by, until) for event in record.events]
    for facts in (record.facts, *record.resources.values()):
        for name in ("created", "updated"):
            if facts.get(name) is not None:
                facts[name] = moved(facts[name], by, until)
