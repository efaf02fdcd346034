"""Silence amid traffic. Pure.

A site that cannot be reached has no requests: no errors, no slow answers, and nothing that an average could show.
Beside windows full of requests that is no quiet time. On a site with few visitors anyway it may be one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby

from scripts.observe.figures import MINUTE, Indicator, Sample, Samples
from scripts.observe.windows import Window
from scripts.text import utc

# A full window has so many times the requests that it is judged by: a hundred in five minutes where 20 are enough.
FULL = 5
# On each side of a hole so much must be full: somebody's few minutes at the site are no traffic.
ROW = timedelta(minutes=15)
# Neighbours further away are none, and longer silence is a night or a break.
NEAR = LONGEST = timedelta(hours=1)
# CloudWatch promises no single minute; two without a request among dozens a minute are no chance.
SPARED = 2 * MINUTE


@dataclass(frozen=True)
class Hole:
    """Windows in a row without their requests, in `silent` of their time."""

    start: Window
    end: Window
    silent: timedelta
    samples: str

    def __str__(self) -> str:
        silent = f"{self.silent // MINUTE} of {(self.end.end - self.start.start) // MINUTE} min"
        return (
            f"{utc(self.start.start)} to {utc(self.end.end)}: hardly any {self.samples} in {silent}, "
            f"and many before and after"
        )


def holes(one: Indicator, samples: Samples, *, edges: bool) -> Iterator[Hole]:
    """Where requests are missing beside windows that are full of them.

    Args:
        one: an indicator of requests; what servers report by themselves has no holes in this sense.
        samples: by window, in order.
        edges: whether what lies at or near the begin or the end needs no more full windows than there are.
    """
    if one.sparse:
        return
    entries = list(samples.items())
    place = 0
    for thin, group in groupby(entries, key=lambda entry: _is_thin(one, *entry)):
        run = list(group)
        before, after = entries[:place][::-1], entries[place + len(run) :]
        place += len(run)
        if not thin:
            continue
        hole = Hole(run[0][0], run[-1][0], sum((_silent(one, *each) for each in run), timedelta()), one.samples)
        length = hole.end.end - hole.start.start
        sides = [_is_full(one, side, beside, edges) for side, beside in ((before, hole.start), (after, hole.end))]
        enclosed = all(sides) or (edges and None in sides and True in sides)
        if hole.silent >= SPARED and length <= LONGEST and (enclosed or _is_full_within(one, run)):
            yield hole


def _is_full(one: Indicator, side: Iterable[tuple[Window, Sample]], beside: Window, edges: bool) -> bool | None:
    """Whether the windows beside it are full; other holes are passed over. None: there are none."""
    seen: timedelta | None = None
    for window, sample in side:
        if max(window.start - beside.end, beside.start - window.end) > NEAR:
            return False
        seen = seen or timedelta()
        if _is_thin(one, window, sample):
            continue
        if sample.count < FULL * one.minimum:
            return False
        seen += window.end - window.start
        if seen >= ROW:
            return True
    return None if seen is None else edges and seen > timedelta()


def _is_full_within(one: Indicator, run: list[tuple[Window, Sample]]) -> bool:
    """Whether a long window has, around its hole, requests as a full one has."""
    return all(window.end - window.start >= ROW and sample.count >= FULL * one.minimum for window, sample in run)


def _is_thin(one: Indicator, window: Window, sample: Sample) -> bool:
    return _silent(one, window, sample) >= min(SPARED, window.end - window.start)


def _silent(one: Indicator, window: Window, sample: Sample) -> timedelta:
    """For how long there were no requests; all the time where they are too few to be judged."""
    length = window.end - window.start
    return length if one.value(sample) is None else length - sample.minutes * MINUTE
