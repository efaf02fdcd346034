"""Where metric data is kept: by metric, by unit, by minute."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.aws.cloudwatch.statistics import Samples, Statistic, sample

MINUTE, HOUR = 60, 3_600
FEW_PERIODS = 16
MOST_PERIODS = 512  # merged ones that are kept of a metric
Series = dict[int, float]  # start of the period (epoch seconds) -> value
Withheld = Callable[["Metric", int], bool]  # whether a metric's minute (epoch seconds) is not told


@dataclass(frozen=True)
class Metric:
    """A metric's identity: other dimensions are another metric, as on AWS."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, namespace: str, name: str, dimensions: Mapping[str, str]) -> Metric:
        return cls(namespace, name, tuple(sorted(dimensions.items())))

    @classmethod
    def parse(cls, shape: Mapping[str, Any]) -> Metric:
        """From AWS's shape with Namespace, MetricName and Dimensions."""
        dimensions = {each["Name"]: each["Value"] for each in shape.get("Dimensions", [])}
        return cls.of(shape["Namespace"], shape["MetricName"], dimensions)

    def describe(self) -> dict[str, Any]:
        """AWS's shape."""
        dimensions = [{"Name": name, "Value": value} for name, value in self.dimensions]
        return {"Namespace": self.namespace, "MetricName": self.name, "Dimensions": dimensions}


@dataclass(frozen=True)
class Window:
    """Periods from `start` on, until `end` is reached; seconds, `end` exclusive."""

    start: int
    end: int
    period: int

    @property
    def timestamps(self) -> range:
        return range(self.start, self.end, self.period)

    @property
    def is_short(self) -> bool:
        """Whether it is of few periods, all whole and none longer than an hour, as an alarm's."""
        whole = (self.end - self.start) % self.period == 0 and self.start % MINUTE == 0
        return whole and self.period <= HOUR and self.end - self.start <= FEW_PERIODS * self.period


class _Kept:
    """The data of one metric."""

    def __init__(self) -> None:
        self.by_unit: dict[str, dict[int, Samples]] = {}
        self.revision = 0
        self.newest = 0  # the latest minute that it ever had
        self.periods: dict[tuple[str | None, int, int], Samples | None] = {}  # merged before, by unit, length, start
        self.lengths: set[tuple[str | None, int]] = set()  # among them, with their units

    def minutes(self, minute: int) -> list[int]:
        """That minute, for each unit that has data of it."""
        return [minute for by_minute in self.by_unit.values() if minute in by_minute]

    def changed(self, minute: int | None = None) -> None:
        """Data of a minute is another now, or that of any minute."""
        self.revision += 1
        if minute is None or len(self.periods) > MOST_PERIODS:
            self.periods.clear()
            self.lengths.clear()
        for unit, length in self.lengths:
            for start in range(minute - length + MINUTE, minute + MINUTE, MINUTE) if minute is not None else ():
                self.periods.pop((unit, length, start), None)


class MetricStore:
    """Metric data at one-minute resolution. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._data: dict[Metric, _Kept] = {}
        self._withheld: list[Withheld] = []

    def record(self, metric: Metric, value: float, at: float, unit: str = "None", count: float = 1.0) -> None:
        self.add(metric, sample(value, count), at, unit)

    def record_set(self, metric: Metric, statistics: Mapping[str, float], at: float, unit: str) -> None:
        """Keep a statistic set (SampleCount, Sum, Minimum, Maximum)."""
        samples = Samples.of_set(
            count=statistics["SampleCount"],
            total=statistics["Sum"],
            minimum=statistics["Minimum"],
            maximum=statistics["Maximum"],
        )
        self.add(metric, samples, at, unit)

    def add(self, metric: Metric, samples: Samples, at: float, unit: str) -> None:
        """Keep samples of one minute."""
        minute = int(at) // MINUTE * MINUTE
        with self._lock:
            kept = self._data.get(metric)
            if kept is None:
                kept = self._data[metric] = _Kept()
            by_minute = kept.by_unit.setdefault(unit, {})
            known = by_minute.get(minute)
            by_minute[minute] = known.plus(samples) if known else samples
            kept.newest = max(kept.newest, minute)
            kept.changed(minute)

    def samples(self, metric: Metric, window: Window, unit: str | None = None) -> dict[int, Samples]:
        """The samples of each period that has any, by the period's start."""
        with self._lock:
            kept = self._data.get(metric)
            if kept is None:
                return {}
            if window.is_short:
                found = [(at, self._period(kept, metric, at, window.period, unit)) for at in window.timestamps]
                return {start: samples for start, samples in found if samples is not None}
            periods: dict[int, list[Samples]] = {}
            for minute, samples in self._within(kept, metric, window, unit):
                start = window.start + (minute - window.start) // window.period * window.period
                periods.setdefault(start, []).append(samples)
            return {start: Samples.merged(parts) for start, parts in sorted(periods.items())}

    def series(self, metric: Metric, window: Window, statistic: Statistic, unit: str | None = None) -> Series:
        computed = {start: statistic(each) for start, each in self.samples(metric, window, unit).items()}
        return {start: value for start, value in computed.items() if value is not None}

    def units(self, metric: Metric) -> list[str]:
        with self._lock:
            return list(self._data[metric].by_unit) if metric in self._data else []

    def metrics(self) -> list[Metric]:
        with self._lock:
            return list(self._data)

    def has(self, metric: Metric, minute: int) -> bool:
        """Whether there is data of a minute."""
        with self._lock:
            kept = self._data.get(metric)
            return kept is not None and any(self._told(metric, kept.minutes(minute)))

    def is_silent_since(self, metrics: Sequence[Metric], minute: int) -> bool:
        """Whether none of the metrics has data of a minute (epoch seconds) or later."""
        with self._lock:
            return not any(self._data[metric].newest >= minute for metric in metrics if metric in self._data)

    def newest(self, metric: Metric) -> int | None:
        """The minute of a metric's newest data."""
        with self._lock:
            kept = self._data.get(metric, _Kept())
            told = (self._told(metric, by_minute) for by_minute in kept.by_unit.values())
            return max((max(minutes) for minutes in map(list, told) if minutes), default=None)

    def revision(self, metrics: Sequence[Metric]) -> int:
        """A number that grows whenever data of one of `metrics` changes."""
        return sum([self._data[metric].revision for metric in metrics if metric in self._data])

    def forget(self, concerns: Callable[[Metric], bool], since: float) -> None:
        """Drop the data from `since` (epoch seconds) on of every metric that `concerns` picks."""
        with self._lock:
            for kept in [kept for metric, kept in self._data.items() if concerns(metric)]:
                kept.changed()
                for by_minute in kept.by_unit.values():
                    for minute in [each for each in by_minute if each >= since]:
                        del by_minute[minute]

    def take_back(self, metric: Metric, value: float, at: float, unit: str) -> None:
        """Drop one value that was recorded with this time and unit."""
        with self._lock:
            kept, minute = self._data.get(metric, _Kept()), int(at) // MINUTE * MINUTE
            by_minute = kept.by_unit.get(unit, {})
            if minute not in by_minute:
                return
            kept.changed(minute)
            left = by_minute.pop(minute).without(value)
            if left is not None:
                by_minute[minute] = left

    def withhold(self, withheld: Withheld) -> Callable[[], None]:
        """Answer as if this data were not there, until the function that is returned is called."""

        def change(how: Callable[[Withheld], None]) -> None:
            with self._lock:
                how(withheld)
                for kept in self._data.values():
                    kept.changed()

        change(self._withheld.append)
        return lambda: change(self._withheld.remove)

    def _told(self, metric: Metric, minutes: Iterable[int]) -> Iterable[int]:
        """Those of the metric's minutes that are not withheld."""
        for withheld in self._withheld:
            minutes = [minute for minute in minutes if not withheld(metric, minute)]
        return minutes

    def _period(self, kept: _Kept, metric: Metric, start: int, length: int, unit: str | None) -> Samples | None:
        """The samples of a period, merged once: alarms come back to it."""
        key = unit, length, start
        if key not in kept.periods:
            within = self._within(kept, metric, Window(start, start + length, length), unit)
            parts = [samples for _, samples in within]
            kept.lengths.add((unit, length))
            kept.periods[key] = Samples.merged(parts) if parts else None
        return kept.periods[key]

    def _within(self, kept: _Kept, metric: Metric, window: Window, unit: str | None) -> Iterator[tuple[int, Samples]]:
        for each_unit, by_minute in kept.by_unit.items():
            if unit is not None and unit != each_unit:
                continue
            span = range(-(-window.start // MINUTE) * MINUTE, window.end, MINUTE)
            if len(span) > len(by_minute):
                held = [minute for minute in by_minute if window.start <= minute < window.end]
            else:
                held = [minute for minute in span if minute in by_minute]
            yield from ((minute, by_minute[minute]) for minute in self._told(metric, held))
