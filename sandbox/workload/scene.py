"""A load balancer's visits, real ones among them, and what they leave in the logs: the same whenever one looks."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from zlib import crc32

from sandbox.workload.conditions import Conditions
from sandbox.workload.deployment import LoadBalancer
from sandbox.workload.lines import access_line, error_line, health_line, request_line
from sandbox.workload.traffic import DAY, MINUTE, Visit, visits, visits_of_all

HEALTH_CHECK_EVERY = 15  # seconds


class RealVisits:
    """The requests to one load balancer that somebody really made."""

    def __init__(self) -> None:
        self._by_minute: dict[int, list[Visit]] = {}

    def add(self, visit: Visit) -> None:
        self._by_minute.setdefault(int(visit.at) // MINUTE * MINUTE, []).append(visit)

    def __bool__(self) -> bool:
        return bool(self._by_minute)

    def of(self, minute: int) -> list[Visit]:
        """Those of the minute that begins then (epoch seconds)."""
        return list(self._by_minute.get(minute, ()))

    def between(self, since: float, until: float) -> list[Visit]:
        """Those between two times (epoch seconds, `until` exclusive)."""
        return [visit for each in list(self._by_minute.values()) for visit in each if since <= visit.at < until]


@dataclass(frozen=True)
class Scene:
    """A load balancer, who answers behind it and under which conditions."""

    balancer: LoadBalancer
    conditions: Conditions
    answering: tuple[str, ...]  # ids of instances
    real: RealVisits

    def minute(self, minute: int) -> Sequence[Visit]:
        """The visits of the minute that begins then (epoch seconds), in order."""
        usual = visits(self.balancer.visitors, minute, self.conditions, self.answering)
        real = self.real.of(minute)
        return sorted([*usual, *real], key=_at) if real else usual

    def between(self, since: float, until: float) -> Iterator[Visit]:
        """The visits between two times (epoch seconds, `until` exclusive), in order."""
        for minute in range(int(since) // MINUTE * MINUTE, math.ceil(until), MINUTE):
            happened = self.minute(minute)
            first = bisect_left(happened, since, key=_at) if since > minute else 0
            last = bisect_left(happened, until, key=_at) if until < minute + MINUTE else len(happened)
            yield from islice(happened, first, last)

    def targets(self, since: float, until: float) -> set[str]:
        """Who may have answered meanwhile."""
        return {*self.answering, *(visit.target for visit in self.real.between(since, until) if visit.target)}


def _at(visit: Visit) -> float:
    return visit.at


@dataclass(frozen=True)
class RequestLines:
    """A server's access log."""

    scene: Scene
    target: str

    def __call__(self, since: float, until: float) -> Iterator[tuple[int, str]]:
        for visit in self.scene.between(since, until):
            if visit.target == self.target:
                yield int(visit.at * 1000), request_line(visit)

    def kinds(self, since: float, until: float) -> frozenset[str] | None:
        if self.scene.real.between(since, until) or since // DAY != until // DAY:
            return None
        return _requests(int(since) // DAY * DAY, self.scene.conditions, self.scene.answering)


@lru_cache(maxsize=64)
def _requests(day: int, conditions: Conditions, answering: tuple[str, ...]) -> frozenset[str]:
    """The lines of all who may come, on a day's first second."""
    return frozenset(request_line(visit) for visit in visits_of_all(day, conditions, answering))


@dataclass(frozen=True)
class ErrorLines:
    """A server's error log, without its start."""

    scene: Scene
    target: str

    def __call__(self, since: float, until: float) -> Iterator[tuple[int, str]]:
        if not (self.scene.conditions.complaining or self.scene.real.between(since, until)):
            return
        for visit in self.scene.between(since, until):
            if visit.target == self.target and (line := error_line(visit, self.scene.balancer)):
                yield int(visit.at * 1000), line

    def kinds(self, since: float, until: float) -> frozenset[str] | None:
        return None if self.scene.conditions.complaining or self.scene.real.between(since, until) else frozenset()


@dataclass(frozen=True)
class HealthLines:
    """A server's answers to the load balancer's health checks."""

    target: str
    status: int

    def __call__(self, since: float, until: float) -> Iterator[tuple[int, str]]:
        first = crc32(self.target.encode()) % HEALTH_CHECK_EVERY
        begin = math.ceil((since - first) / HEALTH_CHECK_EVERY) * HEALTH_CHECK_EVERY + first
        for at in range(begin, math.ceil(until), HEALTH_CHECK_EVERY):
            yield at * 1000, health_line(at, self.status)

    def kinds(self, since: float, until: float) -> frozenset[str]:
        return frozenset({health_line(since, self.status)})


@dataclass(frozen=True)
class AccessLines:
    """The load balancer's access log, from the delivery's beginning (epoch seconds) on."""

    scene: Scene
    output_format: str
    begin: float

    def __call__(self, since: float, until: float) -> Iterator[tuple[int, str]]:
        for visit in self.scene.between(max(since, self.begin), until):
            yield int(visit.at * 1000), access_line(visit, self.scene.balancer, self.output_format)

    def kinds(self, since: float, until: float) -> None:
        """An entry's trace has letters that vary."""
