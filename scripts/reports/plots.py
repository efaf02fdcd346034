"""What a report can plot: figures over time and the limit they are held to, and a plot's content in words. Pure.

Any check's evidence is plotted that has, at whatever depth, what scripts.observe.figures.evidence_of makes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import reduce
from itertools import groupby
from math import isfinite
from operator import attrgetter
from typing import Any

from scripts.results import Result
from scripts.text import listing, span

# More than that nobody can tell apart; neighbours are put together.
MOST_STEPS = 200
MOST_NAMED = 8
LONGEST_NAME = 80
HIGHEST, YEARS = 1e12, range(1970, 3000)  # beyond them nothing can be drawn
# A mark so far beside what is measured, as a share of its length, is said and not drawn.
BESIDE = 0.25
DEEPEST = 4
DEPLOYED, NEXT_DEPLOYMENT = "deployment ended", "next deployment began"
# What evidence says of all plots inside it.
INHERITED = ("deployed", "next_deployment", "judged")
NOT_JUDGED = "Shown, not judged: this check asks whether there is data; `release observe` holds it to the limits."


@dataclass(frozen=True)
class Step:
    """One window, or several neighbours put together.

    Attributes:
        start, end: UTC; `end` is not included.
        value: the highest figure; None where there is none.
        samples: how many the figure is made of; None if that is not known.
        broken: a figure is not below the limit.
        no_data: for some of the time there is none.
        too_few: for some of the time there are too few samples.
    """

    start: datetime
    end: datetime
    value: float | None
    samples: float | None
    broken: bool
    no_data: bool
    too_few: bool

    def __add__(self, later: Step) -> Step:
        values = [one.value for one in (self, later) if one.value is not None]
        return Step(
            start=self.start,
            end=later.end,
            value=max(values, key=lambda value: value if isfinite(value) else float("inf"), default=None),
            samples=None if self.samples is None or later.samples is None else self.samples + later.samples,
            broken=self.broken or later.broken,
            no_data=self.no_data or later.no_data,
            too_few=self.too_few or later.too_few,
        )


@dataclass(frozen=True)
class Mark:
    """Something that happened at a moment."""

    at: datetime
    what: str


@dataclass(frozen=True)
class Plot:
    """A figure over time, the limit that it must stay below, and what happened meanwhile.

    `steps` follow one another without a break; `together` is how many windows one of them stands for. `judged` is
    whether the check that it belongs to holds it to the limit.
    """

    name: str
    unit: str
    threshold: float
    samples: str
    minimum: float | None
    steps: tuple[Step, ...]
    together: int
    marks: tuple[Mark, ...]
    judged: bool

    @property
    def start(self) -> datetime:
        return self.steps[0].start

    @property
    def end(self) -> datetime:
        return self.steps[-1].end

    @property
    def deployed(self) -> datetime | None:
        """When the deployment ended, where that is drawn."""
        return next((mark.at for mark in self.drawn_marks if mark.what == DEPLOYED), None)

    @property
    def drawn_marks(self) -> tuple[Mark, ...]:
        margin = BESIDE * (self.end - self.start)
        return tuple(mark for mark in self.marks if self.start - margin <= mark.at <= self.end + margin)

    @property
    def before(self) -> tuple[Step, ...]:
        """The steps that were over when the deployment ended."""
        return tuple(step for step in self.steps if self.deployed is not None and step.end <= self.deployed)

    @property
    def highest(self) -> Step | None:
        """The step with the highest figure, of those since the deployment."""
        since = self.steps[len(self.before) :]
        known = [step for step in since if step.value is not None and isfinite(step.value)]
        return max(known, key=lambda step: step.value or 0, default=None)

    @property
    def too_few(self) -> str:
        """`fewer than 20 requests`."""
        return f"fewer than {self.minimum:g} {self.samples}" if self.minimum else f"too few {self.samples}"

    def runs(self, attribute: str) -> Iterator[Step]:
        """The steps that have it, neighbours together."""
        for has, steps in groupby(self.steps, key=attrgetter(attribute)):
            if has:
                yield reduce(Step.__add__, steps)

    def figure(self, value: float | None) -> str:
        """`0.21 s`."""
        return "" if value is None else f"{value:.3g} {self.unit}"

    def clock(self, moment: datetime) -> str:
        """`01:05`, with the day where the plot is of more than one."""
        return f"{moment:%H:%M}" if self.start.date() == self.end.date() == moment.date() else f"{moment:%d %b %H:%M}"

    @property
    def length(self) -> str:
        """That of a step: `5 min`."""
        exact = span(self.steps[0].end - self.steps[0].start)
        return exact.removesuffix(" 00 min").replace(".0 ", " ")

    def caption(self) -> str:
        """What the plot itself does not say."""
        together = [f"Each step is the highest of {self.together} windows."] if self.together > 1 else []
        beside = [f"{_begin(mark)}." for mark in self.marks if mark not in self.drawn_marks]
        return " ".join([*together, *beside])

    def words(self) -> str:
        """The plot for those who cannot see it."""
        said = [
            f"{self.name} in {self.unit}, {_moment(self.start)} to {_moment(self.end)}.",
            *(f"{_begin(mark)}." for mark in self.marks),
            f"Limit: below {self.figure(self.threshold)}.",
            self._said_highest(),
            *self._named("broken", "Not below the limit"),
            *self._named("no_data", "No data"),
            *self._named("too_few", f"No figure, {self.too_few}"),
        ]
        return " ".join(said)

    def _said_highest(self) -> str:
        since = " since the deployment" if self.before else ""
        return f"Highest{since}: {self.figure(self.highest.value)}." if self.highest else f"No figure is known{since}."

    def _named(self, attribute: str, label: str) -> Iterator[str]:
        runs = [f"{self.clock(run.start)} to {self.clock(run.end)}" for run in self.runs(attribute)]
        if runs:
            more = [f"{len(runs) - MOST_NAMED} more"] if len(runs) > MOST_NAMED else []
            yield f"{label}: {listing([*runs[:MOST_NAMED], *more])} (UTC)."


def plots_of(result: Result) -> list[Plot]:
    """Every plot that the result's evidence holds; evidence of another form holds none."""
    return list(_search(result.title, result.evidence, {}, DEEPEST))


def _search(name: str, found: object, around: Mapping[str, Any], depth: int) -> Iterator[Plot]:
    if not isinstance(found, Mapping) or not depth:
        return
    evidence = {**around, **found}
    if "windows" in found:
        if (plot := _plot(str(found.get("what") or name), evidence)) is not None:
            yield plot
        return
    marks = {key: evidence[key] for key in INHERITED if key in evidence}
    for key, inner in found.items():
        yield from _search(str(key), inner, marks, depth - 1)


def _plot(name: str, evidence: Mapping[str, Any]) -> Plot | None:
    try:
        threshold = float(evidence["threshold"])
        windows = sorted((_step(one, threshold) for one in evidence["windows"]), key=attrgetter("start"))
        steps = list(_without_breaks(windows))
        marks = [
            Mark(_time(evidence[key]), what)
            for key, what in (("deployed", DEPLOYED), ("next_deployment", NEXT_DEPLOYMENT))
            if evidence.get(key)
        ]
        minimum = evidence.get("minimum_samples")
        plot = Plot(
            name=_short(name),
            unit=_short(str(evidence["unit"])),
            threshold=threshold,
            samples=_short(str(evidence.get("samples_are", "samples"))),
            minimum=None if minimum is None else float(minimum),
            steps=(),
            together=1,
            marks=tuple(marks),
            judged=evidence.get("judged", True) is not False,
        )
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    if not windows or not abs(threshold) <= HIGHEST:
        return None
    together = -(-len(steps) // MOST_STEPS)
    return replace(plot, steps=tuple(_put_together(steps, together)), together=together)


def _step(window: Mapping[str, Any], threshold: float) -> Step:
    value = None if window["value"] is None else float(window["value"])
    samples = None if window.get("samples") is None else float(window["samples"])
    start, end = _time(window["start"]), _time(window["end"])
    if end <= start:
        raise ValueError("a window must be longer than nothing")
    return Step(
        start=start,
        end=end,
        value=value,
        samples=samples,
        broken=value is not None and not value < threshold,
        no_data=value is None and not samples,
        too_few=value is None and bool(samples),
    )


def _without_breaks(windows: Iterable[Step]) -> Iterator[Step]:
    """The windows, and steps without data where there is none between two."""
    end: datetime | None = None
    for window in windows:
        if end is not None and window.start < end:
            raise ValueError("windows overlap")
        if end is not None and window.start > end:
            yield Step(end, window.start, value=None, samples=0, broken=False, no_data=True, too_few=False)
        yield window
        end = window.end


def _put_together(steps: Sequence[Step], number: int) -> Iterator[Step]:
    for first in range(0, len(steps), number):
        yield reduce(Step.__add__, steps[first : first + number])


def _time(moment: str | datetime) -> datetime:
    parsed = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    if parsed.tzinfo is None or parsed.year not in YEARS:
        raise ValueError("no time, or one without its zone")
    return parsed.astimezone(UTC)


def _short(text: str) -> str:
    line = "".join(letter if letter.isprintable() else " " for letter in " ".join(text.split()))
    return line if len(line) <= LONGEST_NAME else f"{line[: LONGEST_NAME - 1]}…"


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _begin(mark: Mark) -> str:
    return f"{mark.what.capitalize()} {_moment(mark.at)}"
