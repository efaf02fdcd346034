"""A log stream: what was written to it, and what is told of it when somebody reads."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from heapq import merge
from typing import Any, Protocol
from zlib import crc32

from moto.logs import models
from moto.logs.models import LogEvent, LogGroup, LogStream

from sandbox.aws.service import Params

Line = tuple[int, str]  # (milliseconds since the epoch, message)
Wanted = Callable[[frozenset[str]], bool]  # whether one that differs from these in digits only may be


class Lines(Protocol):
    """What a stream says of a time (epoch seconds, the end exclusive), oldest first. Equal ones say the same."""

    def __call__(self, since: float, until: float) -> Iterable[Line]: ...

    def kinds(self, since: float, until: float) -> frozenset[str] | None:
        """Lines of which those of that time differ in digits at most; there may be more. None where nobody knows."""
        ...


@dataclass(frozen=True)
class Told:
    """A span of time of which `lines` has the lines, the same each time; epoch seconds, `until` exclusive."""

    since: float
    until: float
    lines: Lines

    def between(self, first: float, last: float, wanted: Wanted) -> Iterator[Line]:
        """Those from one millisecond to another; none need be told where none is wanted."""
        since, until = max(self.since, first / 1000 - 1), min(self.until, last / 1000 + 1)
        if since >= until or ((kinds := self.lines.kinds(since, until)) is not None and not wanted(kinds)):
            return iter(())
        return (line for line in self.lines(since, until) if first <= line[0] <= last)


class Stream(LogStream):
    """moto's log stream. `events` has what was written only."""

    def __init__(self, log_group: LogGroup, name: str) -> None:
        super().__init__(log_group, name)
        self._told: list[Told] = []
        self._told_bytes = 0
        self._bytes_until = -math.inf

    def tell(self, told: Told) -> None:
        """Go on with what is told of a later time than all before."""
        before = self._told[-1] if self._told else None
        if before is not None and (before.until, before.lines) == (told.since, told.lines):
            self._told[-1] = Told(before.since, told.until, before.lines)
        else:
            self._told.append(told)
        self.last_ingestion_time = datetime.fromtimestamp(told.until, UTC).replace(tzinfo=None)
        self.upload_sequence_token += 1

    def forget(self, since: int) -> None:
        """Drop all from a millisecond on."""
        self.events = [event for event in self.events if event.timestamp < since]
        at = since / 1000
        self._told = [replace(each, until=min(each.until, at)) for each in self._told if each.since < at]
        self._told_bytes, self._bytes_until = 0, -math.inf

    def between(self, first: float, last: float, wanted: Wanted = bool) -> Iterator[LogEvent]:
        """The events from one millisecond to another, in order; of those told, they may be only the wanted ones."""
        written = [event for event in self.events if first <= event.timestamp <= last]
        told = (line for each in self._told for line in each.between(first, last, wanted))
        return merge(sorted(written, key=position), self._as_events(told), key=position)

    def size(self) -> int:
        """Bytes of all messages."""
        for each in self._told:
            since = max(each.since, self._bytes_until)
            self._told_bytes += sum(len(message) for _, message in each.lines(since, each.until))
            self._bytes_until = each.until
        return self.stored_bytes + self._told_bytes

    def get_log_events(
        self, start_time: Any, end_time: Any, limit: int, next_token: str | None, start_from_head: str
    ) -> tuple[list[Params], str | None, str | None]:
        found = self._with(self.between(start_time or 0, end_time or math.inf))
        return found.get_log_events(start_time, end_time, limit, next_token, start_from_head)

    def to_describe_dict(self) -> Params:
        return {**self._with(self._ends()).to_describe_dict(), "storedBytes": 0}  # as AWS says of streams since 2019

    def _ends(self) -> Iterator[LogEvent]:
        """The first event and the last, and those written."""
        yield from self.events
        for each in self._told:
            if first := next(iter(each.lines(each.since, each.until)), None):
                yield _event(*first)
                break
        for each in reversed(self._told):
            if last := _last(each):
                yield _event(*last)
                break

    def _with(self, events: Iterable[LogEvent]) -> LogStream:
        """This stream with these events only, as moto knows it."""
        stream: Any = object.__new__(LogStream)
        stream.__dict__.update(self.__dict__, events=list(events))
        return stream

    def _as_events(self, lines: Iterable[Line]) -> Iterator[LogEvent]:
        """They are numbered by what they are, beyond the numbers of those written: the same line has the same one."""
        stream, before, same = crc32(self.log_stream_name.encode()), -1, 0
        for at, message in lines:
            same = same + 1 if at == before else 0
            before = at
            yield _event(at, message, (at << 64) | (stream << 32) | same)


def position(event: LogEvent) -> tuple[int, int]:
    """Where an event stands in its log group."""
    return event.timestamp, event.event_id


def _event(at: int, message: str, number: int = 0) -> LogEvent:
    """One that was taken in when it happened."""
    event: Any = object.__new__(LogEvent)
    event.timestamp = event.ingestion_time = at
    event.message, event.event_id = message, number
    return event


def _last(told: Told) -> Line | None:
    """The last line, looked for from the end."""
    back = 60.0
    while True:
        since = max(told.since, told.until - back)
        *_, last = [None, *told.lines(since, told.until)]
        if last is not None or since == told.since:
            return last
        back *= 8


models.LogStream = Stream  # what moto makes streams of
