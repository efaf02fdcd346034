"""FilterLogEvents: events in time order, page by page."""

from __future__ import annotations

import base64
import binascii
import json
import math
from collections.abc import Iterator, Mapping
from heapq import merge

from moto.logs.models import LogEvent

from sandbox.aws.logs.pattern import FilterPattern
from sandbox.aws.logs.streams import Stream, position
from sandbox.aws.service import AwsError, Params

MAX_EVENTS = 10_000
MAX_BYTES = 1_048_576  # of one page
Position = tuple[int, int]  # an event's timestamp and number: where a page ended
_BEGIN: Position = (-1, -1)


class Search:
    """One request. Its token says where the page before ended, so that new events disturb nothing."""

    def __init__(self, pattern: FilterPattern, request: Params) -> None:
        self._pattern = pattern
        self._request = request
        self._after = _read_token(request.get("nextToken"))

    def page(self, streams: Mapping[str, Stream]) -> Params:
        limit = self._request.get("limit", MAX_EVENTS)
        events: list[Params] = []
        size = 0
        last = _BEGIN
        for stream, event in self._found(streams):
            if len(events) == limit or size > MAX_BYTES:
                return {"events": events, "searchedLogStreams": [], "nextToken": _make_token(last)}
            last = position(event)
            size += len(event.message)
            events.append(
                {
                    "logStreamName": stream,
                    "timestamp": event.timestamp,
                    "message": event.message,
                    "ingestionTime": event.ingestion_time,
                    "eventId": f"{event.event_id:056d}",
                }
            )
        return {"events": events, "searchedLogStreams": []}

    @staticmethod
    def empty_page() -> Params:
        """A page without events that is not the last one: AWS answers so while it still searches."""
        return {"events": [], "searchedLogStreams": [], "nextToken": _make_token(_BEGIN)}

    def _found(self, streams: Mapping[str, Stream]) -> Iterator[tuple[str, LogEvent]]:
        names = self._request.get("logStreamNames")
        prefix = self._request.get("logStreamNamePrefix", "")
        chosen = [name for name in streams if name.startswith(prefix) and (not names or name in names)]
        every = merge(*(self._in(name, streams[name]) for name in chosen), key=lambda each: position(each[1]))
        return (each for each in every if self._after is _BEGIN or position(each[1]) > self._after)

    def _in(self, name: str, stream: Stream) -> Iterator[tuple[str, LogEvent]]:
        first, last = self._request.get("startTime", 0), self._request.get("endTime", math.inf)
        events = stream.between(max(first, self._after[0]), last, self._pattern.may_match)
        # a day's lines are many, those that match are few
        return ((name, event) for event in events if self._pattern.matches(event.message))


def _make_token(position: Position) -> str:
    return base64.urlsafe_b64encode(json.dumps(position).encode()).decode()


def _read_token(token: str | None) -> Position:
    if token is None:
        return _BEGIN
    try:
        timestamp, number = json.loads(base64.urlsafe_b64decode(token.encode()))
        return int(timestamp), int(number)
    except (ValueError, TypeError, binascii.Error) as error:
        raise AwsError("InvalidParameterException", "The specified nextToken is invalid.") from error
