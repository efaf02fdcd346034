"""Figures with limits, and what they are made of. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from scripts.observe.windows import Window
from scripts.results import Evidence
from scripts.text import utc
from sop.thresholds import Thresholds

CPU = "cpu"
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
Samples = Mapping[Window, Sample]  # of one indicator


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
        return self.of(sample) if sample.count >= self.minimum else None

    def of(self, sample: Sample) -> float:
        """The figure, of however few samples; there must be one."""
        return self.scale * sample.total / sample.count

    def broken(self, sample: Sample) -> bool:
        value = self.value(sample)
        return value is not None and not value < self.threshold

    def shown(self, sample: Sample) -> str:
        """`0.21 s`, or why there is no figure."""
        value = self.value(sample)
        if value is not None:
            return f"{value:.3g} {self.unit}"
        return f"no {self.samples}" if not sample.count else f"only {sample.count:g} {self.samples}"

    def of_all(self, readings: Readings, windows: Iterable[Window]) -> Samples:
        """Its samples in these windows."""
        return {window: readings.get(window, {}).get(self.id, NONE) for window in windows}

    @property
    def limit(self) -> str:
        return f"< {self.threshold:g} {self.unit}"


def indicators(thresholds: Thresholds, interval: timedelta, *, servers: bool = True) -> tuple[Indicator, ...]:
    """Those of SOP 4.6, for windows of that length; CPU only where there are `servers` of an Auto Scaling group."""
    requests = max(1, ceil(thresholds.error_rate_minimum_requests * (interval / FIVE_MINUTES)))
    # EC2's basic monitoring has one value in five minutes
    values = ceil(interval / FIVE_MINUTES)
    found = (
        Indicator(
            "response-time", "Average response time", "requests", "s", thresholds.response_time_seconds, requests
        ),
        Indicator(CPU, "Average CPU", "values", "%", thresholds.cpu_percent, values, sparse=True),
        Indicator("error-rate", "Share of 5xx", "requests", "%", thresholds.error_rate_percent, requests, scale=100),
    )
    return tuple(one for one in found if servers or one.id != CPU)


def is_complete(reading: Reading, wanted: Iterable[Indicator]) -> bool:
    """Whether a window has enough of everything, and need not be read again."""
    return all(one.value(reading.get(one.id, NONE)) is not None for one in wanted)


def evidence_of(
    indicator: Indicator,
    samples: Samples,
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
