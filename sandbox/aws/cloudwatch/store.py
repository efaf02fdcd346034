"""Where metric data is kept: by metric, by unit, by minute."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.aws.cloudwatch.statistics import Samples, Statistic

MINUTE = 60
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


class MetricStore:
    """Metric data at one-minute resolution. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._data: dict[Metric, dict[str, dict[int, Samples]]] = {}
        self._revisions: dict[Metric, int] = {}
        self._withheld: list[Withheld] = []

    def record(self, metric: Metric, value: float, at: float, unit: str = "None", count: float = 1.0) -> None:
        with self._lock:
            self._minute(metric, unit, at).add(value, count)

    def record_all(self, metric: Metric, values: Mapping[float, float], at: float, unit: str) -> None:
        """Keep each value as often as it says, in one go."""
        if values:
            with self._lock:
                self._minute(metric, unit, at).add_all(values)

    def record_set(self, metric: Metric, statistics: Mapping[str, float], at: float, unit: str) -> None:
        """Keep a statistic set (SampleCount, Sum, Minimum, Maximum)."""
        with self._lock:
            self._minute(metric, unit, at).add_set(
                count=statistics["SampleCount"],
                total=statistics["Sum"],
                minimum=statistics["Minimum"],
                maximum=statistics["Maximum"],
            )

    def samples(self, metric: Metric, window: Window, unit: str | None = None) -> dict[int, Samples]:
        """The samples of each period that has any, by the period's start."""
        periods: dict[int, list[Samples]] = {}
        with self._lock:
            for minute, samples in self._within(metric, window, unit):
                start = window.start + (minute - window.start) // window.period * window.period
                periods.setdefault(start, []).append(samples)
            return {start: Samples.merged(parts) for start, parts in sorted(periods.items())}

    def series(self, metric: Metric, window: Window, statistic: Statistic, unit: str | None = None) -> Series:
        computed = {start: statistic(each) for start, each in self.samples(metric, window, unit).items()}
        return {start: value for start, value in computed.items() if value is not None}

    def units(self, metric: Metric) -> list[str]:
        with self._lock:
            return list(self._data.get(metric, {}))

    def metrics(self) -> list[Metric]:
        with self._lock:
            return list(self._data)

    def newest(self, metric: Metric) -> int | None:
        """The minute of a metric's newest data."""
        with self._lock:
            told = (self._told(metric, by_minute) for by_minute in self._data.get(metric, {}).values())
            return max((max(minutes) for minutes in map(list, told) if minutes), default=None)

    def revision(self, metrics: Sequence[Metric]) -> int:
        """A number that grows whenever data of one of `metrics` changes."""
        return sum(self._revisions.get(metric, 0) for metric in metrics)

    def forget(self, concerns: Callable[[Metric], bool], since: float) -> None:
        """Drop the data from `since` (epoch seconds) on of every metric that `concerns` picks."""
        with self._lock:
            for metric in [each for each in self._data if concerns(each)]:
                self._changed(metric)
                for by_minute in self._data[metric].values():
                    for minute in [each for each in by_minute if each >= since]:
                        del by_minute[minute]

    def take_back(self, metric: Metric, value: float, at: float, unit: str) -> None:
        """Drop one value that was recorded with this time and unit."""
        with self._lock:
            by_minute = self._data.get(metric, {}).get(unit, {})
            minute = int(at) // MINUTE * MINUTE
            if minute not in by_minute:
                return
            self._changed(metric)
            by_minute[minute] = by_minute[minute].without(value)
            if not by_minute[minute].count:
                del by_minute[minute]

    def withhold(self, withheld: Withheld) -> Callable[[], None]:
        """Answer as if this data were not there, until the function that is returned is called."""

        def change(how: Callable[[Withheld], None]) -> None:
            with self._lock:
                how(withheld)
                for metric in self._data:
                    self._changed(metric)

        change(self._withheld.append)
        return lambda: change(self._withheld.remove)

    def _told(self, metric: Metric, minutes: Iterable[int]) -> Iterable[int]:
        """Those of the metric's minutes that are not withheld."""
        for withheld in self._withheld:
            minutes = [minute for minute in minutes if not withheld(metric, minute)]
        return minutes

    def _changed(self, metric: Metric) -> None:
        self._revisions[metric] = self._revisions.get(metric, 0) + 1

    def _minute(self, metric: Metric, unit: str, at: float) -> Samples:
        self._changed(metric)
        by_minute = self._data.setdefault(metric, {}).setdefault(unit, {})
        return by_minute.setdefault(int(at) // MINUTE * MINUTE, Samples())

    def _within(self, metric: Metric, window: Window, unit: str | None) -> Iterator[tuple[int, Samples]]:
        for each_unit, by_minute in self._data.get(metric, {}).items():
            if unit is not None and unit != each_unit:
                continue
            span = range(-(-window.start // MINUTE) * MINUTE, window.end, MINUTE)
            if len(span) > len(by_minute):
                held = [minute for minute in by_minute if window.start <= minute < window.end]
            else:
                held = [minute for minute in span if minute in by_minute]
            yield from ((minute, by_minute[minute]) for minute in self._told(metric, held))
