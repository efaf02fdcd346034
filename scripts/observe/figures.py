"""What the metrics of the windows amount to: one answer an indicator. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from math import ceil

from scripts.observe.windows import Window
from scripts.results import Evidence, Outcome, failed, inconclusive, passed
from scripts.text import count, utc
from sop.thresholds import Thresholds

# Of all windows, and of all minutes, so many must have data before the whole counts as observed.
COVERAGE = 0.9
# With data in so many of any five minutes, a metric has a value every minute; else one in five may be all there is.
EVERY_MINUTE = 4
MINUTE, FIVE_MINUTES = timedelta(minutes=1), timedelta(minutes=5)


@dataclass(frozen=True)
class Sample:
    """What one indicator is made of in one window: `total / count`, in `minutes` that have data.

    Those are in `fives` of the window's five minutes, `densest` of them in one. Samples of several windows add up.
    """

    total: float
    count: float
    minutes: int = 0
    fives: int = 0
    densest: int = 0

    def __add__(self, other: Sample) -> Sample:
        return Sample(
            self.total + other.total,
            self.count + other.count,
            self.minutes + other.minutes,
            self.fives + other.fives,
            max(self.densest, other.densest),
        )


NONE = Sample(0, 0)

# The samples of one window, by the id of their indicator; one that is missing has no data.
Reading = Mapping[str, Sample]
Readings = Mapping[Window, Reading]


@dataclass(frozen=True)
class Indicator:
    """A figure with a limit: `scale * total / count` must stay below `threshold`.

    With fewer than `minimum` samples in a window it says nothing. `sparse`: it may have a value only every five
    minutes, as EC2's basic monitoring has.
    """

    id: str
    what: str
    samples: str
    unit: str
    threshold: float
    minimum: int
    scale: float = 1
    sparse: bool = False

    def value(self, sample: Sample) -> float | None:
        """The figure; None if there are too few samples."""
        return self.scale * sample.total / sample.count if sample.count >= self.minimum else None

    def broken(self, sample: Sample) -> bool:
        value = self.value(sample)
        return value is not None and not value < self.threshold

    def shown(self, sample: Sample) -> str:
        """`0.21 s`, or why there is no figure."""
        value = self.value(sample)
        if value is not None:
            return f"{value:.3g} {self.unit}"
        return f"no {self.samples}" if not sample.count else f"only {sample.count:g} {self.samples}"

    @property
    def limit(self) -> str:
        return f"< {self.threshold:g} {self.unit}"


@dataclass(frozen=True)
class Progress:
    """How far an observation has come.

    `unfinished` says in a sentence why it is not at its end, `fix` what to do about that; both are empty when it is.
    `deployed` and `next_deployed` are when this deployment ended and a later one began: marks for those who look.
    """

    windows: tuple[Window, ...]
    readings: Readings
    consecutive: int
    unfinished: str = ""
    fix: str = ""
    deployed: datetime | None = None
    next_deployed: datetime | None = None


def indicators(thresholds: Thresholds, interval: timedelta) -> tuple[Indicator, ...]:
    """Those of SOP 4.6, for windows of that length."""
    requests = max(1, ceil(thresholds.error_rate_minimum_requests * (interval / FIVE_MINUTES)))
    # EC2's basic monitoring has one value in five minutes
    values = ceil(interval / FIVE_MINUTES)
    return (
        Indicator(
            "response-time", "Average response time", "requests", "s", thresholds.response_time_seconds, requests
        ),
        Indicator("cpu", "Average CPU", "values", "%", thresholds.cpu_percent, values, sparse=True),
        Indicator("error-rate", "Share of 5xx", "requests", "%", thresholds.error_rate_percent, requests, scale=100),
    )


def is_complete(reading: Reading, wanted: Iterable[Indicator]) -> bool:
    """Whether a window has enough of everything, and need not be read again."""
    return all(one.value(reading.get(one.id, NONE)) is not None for one in wanted)


def clearly_broken(indicator: Indicator, progress: Progress) -> bool:
    """So many windows in a row are over the limit that waiting for more would tell nothing new."""
    row = 0
    for window in progress.windows:
        row = row + 1 if indicator.broken(_sample(indicator, progress, window)) else 0
        if row >= progress.consecutive:
            return True
    return False


def judge(indicator: Indicator, progress: Progress) -> Outcome:
    """PASS only for a finished observation in which enough windows have data and all of those are below the limit."""
    samples = {window: _sample(indicator, progress, window) for window in progress.windows}
    judged = [window for window, sample in samples.items() if indicator.value(sample) is not None]
    broken = [window for window in judged if indicator.broken(samples[window])]
    overall = sum(samples.values(), NONE)
    observed = f"{len(judged)} of {count(len(samples), 'window')} observed"
    figure = f"{indicator.what}: {indicator.shown(overall)}"
    evidence = evidence_of(indicator, samples, progress.deployed, progress.next_deployed)
    details = list(_broken_runs(indicator, samples))
    if clearly_broken(indicator, progress):
        headline = f"{figure}; {progress.consecutive} windows in a row not below the limit; {observed}."
        return failed("\n".join([headline, *details]), evidence=evidence)
    if progress.unfinished:
        lines = [f"{progress.unfinished} {observed}; {figure}.", *details]
        return inconclusive("\n".join(lines), fix=progress.fix, evidence=evidence)
    if broken or indicator.broken(overall):
        where = count(len(broken), "window") if broken else "the whole"
        return failed("\n".join([f"{figure}; {where} not below the limit; {observed}.", *details]), evidence=evidence)
    known, wanted = covered(indicator, samples)
    if not judged or len(judged) < COVERAGE * len(samples) or known < COVERAGE * wanted:
        headline = f"Too little data: {observed}, {known} of {wanted} minutes; {figure}."
        return inconclusive(headline, fix=_more(indicator), evidence=evidence)
    worst = max(judged, key=lambda window: indicator.value(samples[window]) or 0)
    return passed(f"{figure}, at most {indicator.shown(samples[worst])}; {observed}.", evidence=evidence)


def covered(indicator: Indicator, samples: Mapping[Window, Sample]) -> tuple[int, int]:
    """In how many minutes there are data, and in how many there should be.

    A long window, or one minute with many requests, must not hide that most of the time is unknown.
    """
    overall = sum(samples.values(), NONE)
    lengths = [window.end - window.start for window in samples]
    if indicator.sparse and overall.densest < EVERY_MINUTE:
        five = FIVE_MINUTES // MINUTE
        return five * overall.fives, five * sum(ceil(length / FIVE_MINUTES) for length in lengths)
    return overall.minutes, sum(lengths, timedelta()) // MINUTE


def _sample(indicator: Indicator, progress: Progress, window: Window) -> Sample:
    return progress.readings.get(window, {}).get(indicator.id, NONE)


def _more(indicator: Indicator) -> str:
    return (
        f"A window needs {indicator.minimum} {indicator.samples}: choose a longer --interval or --duration, "
        "or see why the site is that quiet."
    )


def _broken_runs(indicator: Indicator, samples: Mapping[Window, Sample]) -> Iterator[str]:
    """When the limit was broken, and how badly; broken windows in a row are one line."""
    for is_broken, run in groupby(samples, key=lambda window: indicator.broken(samples[window])):
        if is_broken:
            windows = list(run)
            worst = max(windows, key=lambda window: indicator.value(samples[window]) or 0)
            several = f"{count(len(windows), 'window')}, at most " if len(windows) > 1 else ""
            when = f"{utc(windows[0].start)} to {utc(windows[-1].end)}"
            yield f"{when}: {several}{indicator.shown(samples[worst])}"


def evidence_of(
    indicator: Indicator,
    samples: Mapping[Window, Sample],
    deployed: datetime | None = None,
    next_deployed: datetime | None = None,
) -> Evidence:
    """The figure of each window and what it is held to: what scripts.reports.plots draws."""
    series: Sequence[Mapping[str, object]] = [
        {
            "start": utc(window.start),
            "end": utc(window.end),
            "value": indicator.value(sample),
            "samples": sample.count,
            "minutes": sample.minutes,
        }
        for window, sample in samples.items()
    ]
    return {
        "what": indicator.what,
        "unit": indicator.unit,
        "threshold": indicator.threshold,
        "samples_are": indicator.samples,
        "minimum_samples": indicator.minimum,
        "deployed": deployed and utc(deployed),
        "next_deployment": next_deployed and utc(next_deployed),
        "windows": series,
    }
