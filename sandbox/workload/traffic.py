"""A site's visitors, minute by minute: the same minute always has the same visits."""

from __future__ import annotations

import math
from functools import cache, lru_cache
from random import Random
from typing import NamedTuple

from sandbox.workload.conditions import Conditions
from sop.names import Environment

MINUTE = 60
DAY = 86_400
PAGES = {"/catalogue": 30, "/catalogue/lamps": 20, "/about": 8, "/contact": 5, "/assets/site.css": 20}
MISSING_PAGE = "/favicon.ico"
FORBIDDEN_PAGE = "/prices.json"
AGENTS = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
)
SHOUTING_AGENT = "ERROR/1.0 (level=error; [error]; panic: FATAL)"
_NETWORKS = ("203.0.113", "198.51.100", "192.0.2")  # reserved for documentation
_MISSED = 0.02  # share of visits to pages that are not there
_COMPLAINT_EVERY = 6


_POOL = 1_024  # visitors; a minute's are some in a row of them


class Visit(NamedTuple):
    """One request and how it was answered."""

    at: float  # epoch seconds
    client: str
    path: str
    status: int
    target: str | None  # the instance that answered; None where the load balancer did
    seconds: float  # that the target took
    agent: str = AGENTS[0]
    method: str = "GET"


class _Visitor(NamedTuple):
    """Who comes, for what, and how long that takes on a good day."""

    client: str
    path: str
    seconds: float
    agent: str
    share: float  # of the time until the next visitor that passes before this one


@lru_cache(maxsize=1_024)  # each minute is asked for twice: for its metrics and for its lines
def visits(visitors: str, minute: int, conditions: Conditions, targets: tuple[str, ...]) -> tuple[Visit, ...]:
    """The visits of the minute that begins at `minute` (epoch seconds), in order."""
    if conditions.deserted:
        return ()
    random = Random(f"{visitors}:{minute}")  # noqa: S311 - visitors, not secrets
    count, first = round(_usual(minute)) + random.randint(-5, 5), random.randrange(_POOL)
    apart, all_visitors = MINUTE / count, _visitors()
    come = (all_visitors[(first + index) % _POOL] for index in range(count))
    return tuple(
        _visit(visitor, minute + (index + visitor.share) * apart, index, conditions, targets)
        for index, visitor in enumerate(come)
    )


@lru_cache(maxsize=64)
def visits_of_all(at: int, conditions: Conditions, targets: tuple[str, ...]) -> tuple[Visit, ...]:
    """A visit of everyone who may come, in each way in which it may be answered."""
    ways = (0, _COMPLAINT_EVERY, conditions.failing or 1, 1)
    return tuple(_visit(visitor, at, way, conditions, targets) for visitor in _visitors() for way in ways)


def cpu_percent(environment: Environment, minute: int, instance: str, conditions: Conditions) -> float:
    """The CPU utilisation of one instance in one minute."""
    random = Random(f"{environment}:{minute}:{instance}")  # noqa: S311 - load, not secrets
    if conditions.busy:
        return round(min(100.0, random.uniform(conditions.busy, conditions.busy + 6)), 2)
    return round(8 + _usual(minute) / 6 + random.uniform(-3, 3), 2)


def _usual(minute: int) -> float:
    """Visits in a minute: a day's swell around 75."""
    return 75 + 15 * math.sin(2 * math.pi * (minute % DAY) / DAY)


@cache
def _visitors() -> tuple[_Visitor, ...]:
    random = Random("visitors")  # noqa: S311 - visitors, not secrets
    return tuple(
        _Visitor(
            client=f"{random.choice(_NETWORKS)}.{random.randint(1, 254)}",
            path=MISSING_PAGE if random.random() < _MISSED else random.choices(list(PAGES), list(PAGES.values()))[0],
            seconds=round(min(random.lognormvariate(math.log(0.08), 0.5), 0.8), 6),
            agent=random.choice(AGENTS),
            share=random.random(),
        )
        for _ in range(_POOL)
    )


def _visit(visitor: _Visitor, at: float, index: int, conditions: Conditions, targets: tuple[str, ...]) -> Visit:
    path, seconds = visitor.path, visitor.seconds
    status = 404 if path == MISSING_PAGE else 200
    if conditions.complaining and index % _COMPLAINT_EVERY == 0:
        path, status = FORBIDDEN_PAGE, 403
    if conditions.failing and index % conditions.failing == 0:
        status = 500
    if conditions.slow:
        seconds = round(conditions.slow + seconds * 4, 6)
    agent = SHOUTING_AGENT if conditions.shouting and index % _COMPLAINT_EVERY == 0 else visitor.agent
    if not targets:
        return Visit(at, visitor.client, path, 503, None, 0.0, agent)
    return Visit(at, visitor.client, path, status, targets[index % len(targets)], seconds, agent)
