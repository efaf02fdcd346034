"""What the samples of one indicator amount to: over its limit, too little known, or good.

The same for the hour after a deployment and for a day in dev; how much must be known, each says itself. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from scripts.observe.figures import NONE, Indicator, Sample, Samples
from scripts.observe.holes import holes
from scripts.observe.windows import Window
from scripts.results import Status
from scripts.text import count, utc

NOTHING: Samples = {}


@dataclass(frozen=True)
class Finding:
    """An indicator's answer.

    Attributes:
        status: PASS, FAIL or INCONCLUSIVE.
        figure: the average of all samples, and the worst of what it is made of.
        reason: what is against a PASS, in some words; empty in a PASS.
        details: which windows that is about, a line each.
    """

    status: Status
    figure: str
    reason: str
    details: tuple[str, ...]


def find(
    one: Indicator,
    samples: Samples,
    *,
    lacking: str,
    unbroken_since: datetime | None = None,
    together: Samples = NOTHING,
) -> Finding:
    """Held to the limit: every window, all of them together, and those of `together`.

    Args:
        one: the figure and its limit.
        samples: by window.
        lacking: what keeps it from being known, in some words; empty where enough is.
        unbroken_since: from when on silence amid traffic counts; None: always, at the begin and the end, too.
        together: longer windows, where requests may be enough though they are few in each window within.
    """
    figure = average_and_worst(one, samples)
    broken = _broken(one, samples)
    longer = [at for at in _broken(one, together) if not any(at.start <= each.start < at.end for each in broken)]
    if broken or longer or one.broken(sum(samples.values(), NONE)):
        where = count(len(broken) + len(longer), "window") if broken or longer else "the whole"
        details = (*_runs_over(one, samples), *_runs_over(one, {at: together[at] for at in longer}))
        return Finding(Status.FAIL, figure, f"{where} not below the limit", details)
    unknown = tuple(without_figure(one, samples))
    if lacking:
        return Finding(Status.INCONCLUSIVE, figure, lacking, unknown)
    silent = holes(one, samples, edges=unbroken_since is None)
    if found := [hole for hole in silent if unbroken_since is None or hole.start.start >= unbroken_since]:
        reason = f"{count(len(found), 'hole')} in the traffic"
        return Finding(Status.INCONCLUSIVE, figure, reason, tuple(str(hole) for hole in found))
    return Finding(Status.PASS, figure, "", unknown)


def _broken(one: Indicator, samples: Samples) -> list[Window]:
    return [window for window, sample in samples.items() if one.broken(sample)]


def average_and_worst(one: Indicator, samples: Samples) -> str:
    """`Share of 5xx: 0.1 %, at most 4 %`: the worst of all that is in the average, be it judged or not."""
    known = [sample for sample in samples.values() if sample.count]
    average = f"{one.what}: {one.shown(sum(known, NONE))}"
    if not known:
        return average
    worst = max(known, key=one.of)
    few = f" (of {worst.count:g} {one.samples})" if one.value(worst) is None else ""
    return f"{average}, at most {one.of(worst):.3g} {one.unit}{few}"


def _runs_over(one: Indicator, samples: Samples) -> Iterator[str]:
    """When the limit was broken, and how badly; windows in a row are one line."""

    def said(run: Mapping[Window, Sample]) -> str:
        several = f"{count(len(run), 'window')}, at most " if len(run) > 1 else ""
        return f"{several}{max(map(one.of, run.values())):.3g} {one.unit}"

    return _runs(samples, one.broken, said)


def without_figure(one: Indicator, samples: Samples) -> Iterator[str]:
    """Which windows say nothing, and why; windows in a row are one line."""

    def said(run: Mapping[Window, Sample]) -> str:
        return f"no figure, {one.shown(sum(run.values(), NONE)) if len(run) == 1 else _few(one, run)}"

    return _runs(samples, lambda sample: one.value(sample) is None, said)


def _few(one: Indicator, run: Mapping[Window, Sample]) -> str:
    most = max(sample.count for sample in run.values())
    return f"at most {most:g} {one.samples} in a window" if most else f"no {one.samples}"


def _runs(
    samples: Samples, wanted: Callable[[Sample], bool], said: Callable[[Mapping[Window, Sample]], str]
) -> Iterator[str]:
    for is_wanted, group in groupby(samples.items(), key=lambda entry: wanted(entry[1])):
        if is_wanted:
            run = dict(group)
            first, *_, last = (*run, *run)
            yield f"{utc(first.start)} to {utc(last.end)}: {said(run)}"
