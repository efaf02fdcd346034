"""CloudWatch Logs: moto's groups and streams, with filter patterns, metric filters and deliveries that work."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from moto.logs.models import LogEvent

from sandbox.aws.logs.expression import MOST_OF_A_GROUP, expressions_in
from sandbox.aws.logs.groups import Groups, invalid, read_token
from sandbox.aws.logs.metric_filters import MetricFilter, check_transformation
from sandbox.aws.logs.pattern import FilterPattern, PatternError, compile_pattern
from sandbox.aws.logs.search import Search
from sandbox.aws.logs.streams import Line, Lines, Told
from sandbox.aws.ports import FAULTS, METRICS, SITES
from sandbox.aws.service import AwsError, Params, UnsupportedError

if TYPE_CHECKING:
    from sandbox.core.account import Account

_UNSERVED = ("applyOnTransformedLogs", "fieldSelectionCriteria", "emitSystemFieldDimensions")

Events = Sequence[Line]
MINUTE = 60


def _unremembered(cls: type[LogEvent], *_: Any, **__: Any) -> LogEvent:
    return object.__new__(cls)


# moto remembers every object that it ever made, for its own reset: lines that are forgotten would stay in memory.
LogEvent.__new__ = _unremembered


class Logs(Groups):
    """What moto leaves out or answers wrongly."""

    def __init__(self, account: Account) -> None:
        super().__init__(account)
        self._filters: dict[tuple[str, str], MetricFilter] = {}
        self._lock = threading.RLock()

    def append(self, group: str, stream: str, messages: Sequence[str], at: datetime | None = None) -> None:
        """Write lines to a log stream, created where there is none; the group must exist.

        Raises:
            AwsError: ResourceNotFoundException.
        """
        time = int((at or self.account.clock.now()).timestamp() * 1000)
        self.write(group, stream, [(time, message) for message in messages])

    def write(self, group: str, stream: str, events: Events) -> None:
        """Write lines that happened at various times, oldest first. A metric filter counts those after its making."""
        if not events:
            return
        with self._lock:
            log_group = self._group(group)
            if stream not in log_group.streams:
                log_group.create_log_stream(stream)
            log_group.put_log_events(
                stream, [{"timestamp": timestamp, "message": message} for timestamp, message in events]
            )
            for each in self._filters_of(group):
                since = each.created.timestamp() * 1000
                self._record(each, [event for event in events if event[0] >= since])

    def tell(self, group: str, stream: str, since: float, until: float, lines: Lines) -> None:
        """Go on with a stream by what `lines` has of a time (epoch seconds, `until` exclusive).

        They are put together whenever somebody reads them, so `lines` must say the same each time; one that equals
        the one before goes on with it. A stream of which nothing is told is not made, nor one of a group that is not
        there. Metric filters count at once.
        """
        with self._lock:
            if not self.has_group(group):
                return
            streams = self._streams(group)
            if stream not in streams:
                if next(iter(lines(since, until)), None) is None:
                    return
                self._group(group).create_log_stream(stream)
            streams[stream].tell(Told(since, until, lines))
            for each in self._filters_of(group):
                self._feed(each, lines, max(since, each.created.timestamp()), until)

    def forget(self, group: str, since: datetime, streams: Callable[[str], bool]) -> None:
        """Take back what was written to some streams since a time, and what metric filters made of it."""
        first = int(since.timestamp() * 1000)
        with self._lock:
            for name, stream in self._streams(group).items():
                if streams(name):
                    stream.forget(first)
            for each in self._filters_of(group):
                t = each.transformation
                counted_since = max(since, each.created)
                self.account.reach(METRICS).forget(t["metricNamespace"], t["metricName"], counted_since)

    def lines(self, group: str, stream: str) -> list[tuple[int, str]]:
        """All of a stream; nothing where there is none."""
        with self._lock:
            found = self._streams(group).get(stream) if self.has_group(group) else None
            return [(event.timestamp, event.message) for event in found.between(0, math.inf)] if found else []

    def tell_anew(self, group: str, stream: str, events: Events) -> None:
        """A whole stream with other lines, or without any: then it is gone. Metric filters do not count them."""
        with self._lock:
            if not self.has_group(group):
                return
            log_group = self._group(group)
            before = log_group.streams.pop(stream, None)
            if events:
                log_group.create_log_stream(stream)
                log_group.put_log_events(stream, [{"timestamp": at, "message": line} for at, line in events])
                if before is not None:
                    log_group.streams[stream].creation_time = before.creation_time

    def put_log_events(self, request: Params) -> Params:
        with self._lock:
            answer = self.call_moto("PutLogEvents", request)
            events = [(event["timestamp"], event["message"]) for event in request["logEvents"]]
            for each in self._filters_of(request["logGroupName"]):
                self._record(each, events)
        return answer

    def filter_log_events(self, request: Params) -> Params:
        if "logStreamNames" in request and "logStreamNamePrefix" in request:
            raise invalid("logStreamNames and logStreamNamePrefix exclude each other.")
        pattern = _compiled(request.get("filterPattern", ""))
        self.account.reach(SITES).advance()
        streams = self._streams(_group_name(request))
        search = Search(pattern, request)
        if self.account.reach(FAULTS).active("empty-pages") and "nextToken" not in request:
            return search.empty_page()
        with self._lock:
            return search.page(streams)

    def get_log_events(self, request: Params) -> Params:
        self.account.reach(SITES).advance()
        if request["logStreamName"] not in self._group(_group_name(request)).streams:
            raise AwsError("ResourceNotFoundException", "The specified log stream does not exist.")
        with self._lock:
            return self.call_moto("GetLogEvents", request)

    def describe_log_streams(self, request: Params) -> Params:
        if "logGroupName" in request and "logGroupIdentifier" in request:
            message = "LogGroup name and LogGroup ARN are mutually exclusive parameters."
            raise AwsError("ValidationException", message)
        self._group(_group_name(request))
        self.account.reach(SITES).advance()
        with self._lock:
            return self.call_moto("DescribeLogStreams", request)

    def delete_log_group(self, request: Params) -> None:
        self.call_moto("DeleteLogGroup", request)
        with self._lock:
            for each in self._filters_of(request["logGroupName"]):
                del self._filters[each.group, each.name]

    def put_metric_filter(self, request: Params) -> None:
        group, name = request["logGroupName"], request["filterName"]
        if unserved := [key for key in _UNSERVED if request.get(key)]:
            raise UnsupportedError(f"The sandbox does not act on {', '.join(unserved)} of a metric filter; AWS does.")
        self._group(group)
        (transformation,) = request["metricTransformations"]
        check_transformation(transformation)
        pattern = _compiled(request["filterPattern"])
        others = [each.pattern.text for each in self._filters_of(group) if each.name != name]
        if expressions_in(request["filterPattern"]) and sum(map(bool, map(expressions_in, others))) >= MOST_OF_A_GROUP:
            raise AwsError("LimitExceededException", "Resource limit exceeded.")
        known = self._filters.get((group, name))
        created = known.created if known else self.account.clock.now()
        self._filters[group, name] = MetricFilter(group, name, pattern, transformation, created)

    def test_metric_filter(self, request: Params) -> Params:
        """Which messages match; values are extracted of space-delimited fields only."""
        pattern = _compiled(request["filterPattern"])
        found = [(number, each, pattern.fields(each)) for number, each in enumerate(request["logEventMessages"], 1)]
        matches = [
            {
                "eventNumber": number,
                "eventMessage": message,
                "extractedValues": {f"${key}": str(value) for key, value in fields.items() if key != "$"},
            }
            for number, message, fields in found
            if fields is not None
        ]
        return {"matches": matches}

    def describe_metric_filters(self, request: Params) -> Params:
        found = [
            each.describe()
            for (group, name), each in sorted(self._filters.items())
            if self.has_group(group)
            and request.get("logGroupName") in (None, group)
            and name.startswith(request.get("filterNamePrefix", ""))
            and request.get("metricName") in (None, each.transformation["metricName"])
            and request.get("metricNamespace") in (None, each.transformation["metricNamespace"])
        ]
        start, size = read_token(request.get("nextToken")), request.get("limit", 50)
        more = {"nextToken": str(start + size)} if start + size < len(found) else {}
        return {"metricFilters": found[start : start + size], **more}

    def delete_metric_filter(self, request: Params) -> None:
        key = (request["logGroupName"], request["filterName"])
        if key not in self._filters:
            raise AwsError("ResourceNotFoundException", "The specified metric filter does not exist.")
        del self._filters[key]

    def _filters_of(self, group: str) -> list[MetricFilter]:
        return [each for each in self._filters.values() if each.group == group]

    def _feed(self, each: MetricFilter, lines: Lines, since: float, until: float) -> None:
        kinds = lines.kinds(since, until)
        if kinds is None or each.pattern.may_match(kinds):
            self._record(each, lines(since, until))
            return
        if kinds:
            minutes = range(int(since) // MINUTE * MINUTE, math.ceil(until), MINUTE)
            firsts = (next(iter(lines(max(since, at), min(until, at + MINUTE))), None) for at in minutes)
            self._record(each, [first for first in firsts if first])

    def _record(self, each: MetricFilter, events: Iterable[Line]) -> None:
        metrics = self.account.reach(METRICS)
        namespace, name = each.transformation["metricNamespace"], each.transformation["metricName"]
        each.feed(events, metrics.record, lambda minute: metrics.has_samples(namespace, name, minute))


def _group_name(request: Params) -> str:
    if "logGroupName" in request:
        return request["logGroupName"]
    identifier = request.get("logGroupIdentifier")
    if not identifier:
        raise invalid("One of logGroupName and logGroupIdentifier is required.")
    return identifier.split(":log-group:", 1)[-1].removesuffix(":*")


def _compiled(pattern: str) -> FilterPattern:
    try:
        return compile_pattern(pattern)
    except PatternError as error:
        raise invalid(str(error)) from error
