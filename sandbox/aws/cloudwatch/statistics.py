"""Statistics of a span of samples: the five simple ones, percentiles and trimmed ones."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from operator import mul

SIMPLE = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")
_PERCENTILE = re.compile(r"p(?P<upper>\d{1,2}(?:\.\d{1,10})?|100)", re.IGNORECASE)
_TRIMMED = re.compile(
    r"(?P<kind>tm|tc|ts|wm)(?:(?P<single>\d{1,2}(?:\.\d{1,10})?)"
    r"|\((?P<lower>[\d.]+)?%?:(?:(?P<upper>[\d.]+)%)?\))",
    re.IGNORECASE,
)


class UnknownStatisticError(ValueError):
    """Not a statistic, or one that this CloudWatch does not compute."""


@dataclass
class Samples:
    """The values of one metric in one span of time.

    Values that came as a statistic set have lost their distribution: `exact` is False and percentiles
    cannot be had of them, as on AWS.
    """

    count: float = 0.0
    total: float = 0.0
    minimum: float = float("inf")
    maximum: float = float("-inf")
    exact: bool = True
    values: dict[float, float] = field(default_factory=dict)  # value -> how often

    def add(self, value: float, count: float = 1.0) -> None:
        self.count += count
        self.total += value * count
        self.minimum = min(self.minimum, value)
        self.maximum = max(self.maximum, value)
        self.values[value] = self.values.get(value, 0.0) + count

    def add_all(self, values: Mapping[float, float]) -> None:
        """Each value as often as it says."""
        self.count += sum(values.values())
        self.total += sum(map(mul, values, values.values()))
        self.minimum = min(self.minimum, *values)
        self.maximum = max(self.maximum, *values)
        self._keep(values)

    def without(self, value: float) -> Samples:
        """All but one of a value; all where there is none, or where the distribution is lost."""
        if not self.exact or value not in self.values:
            return self
        left = Samples()
        for each, count in self.values.items():
            kept = count - 1 if each == value else count
            if kept > 0:
                left.add(each, kept)
        return left

    def add_set(self, *, count: float, total: float, minimum: float, maximum: float) -> None:
        if minimum == maximum or count == 1:
            self.add(total / count, count)
            return
        self.count += count
        self.total += total
        self.minimum = min(self.minimum, minimum)
        self.maximum = max(self.maximum, maximum)
        self.exact = False

    @classmethod
    def merged(cls, parts: Iterable[Samples]) -> Samples:
        """What belongs to a longer span; not to be added to."""
        parts = tuple(parts)
        if len(parts) == 1:
            return parts[0]
        merged = cls()
        for part in parts:
            merged.count += part.count
            merged.total += part.total
            merged.minimum = min(merged.minimum, part.minimum)
            merged.maximum = max(merged.maximum, part.maximum)
            merged.exact = merged.exact and part.exact
            merged._keep(part.values)
        return merged

    def _keep(self, values: Mapping[float, float]) -> None:
        if self.values.keys().isdisjoint(values):
            self.values.update(values)
            return
        for value, count in values.items():
            self.values[value] = self.values.get(value, 0.0) + count


Statistic = Callable[[Samples], float | None]


def statistic(name: str) -> Statistic:
    """The function that computes `name` ("Average", "p99", "TM(10%:90%)") of some samples.

    It returns None where the samples have lost their distribution. Raises UnknownStatisticError.
    """
    if name in _SIMPLE:
        return _SIMPLE[name]
    if found := _PERCENTILE.fullmatch(name):
        upper = float(found["upper"])
        return _of_exact(lambda samples: percentile(samples, upper))
    if name.lower() == "iqm":
        return _of_exact(lambda samples: _trimmed("tm", samples, 25.0, 75.0))
    if found := _TRIMMED.fullmatch(name):
        kind = found["kind"].lower()
        lower, upper = _bounds(found)
        return _of_exact(lambda samples: _trimmed(kind, samples, lower, upper))
    raise UnknownStatisticError(f"The value {name} for parameter Stat is not supported.")


def percentile_rank(name: str) -> float | None:
    """99.9 of "p99.9"; None where `name` is no percentile."""
    found = _PERCENTILE.fullmatch(name)
    return float(found["upper"]) if found else None


def percentile(samples: Samples, rank: float) -> float:
    """The smallest value that at least `rank` percent of the samples do not exceed."""
    wanted = samples.count * rank / 100
    seen = 0.0
    for value in sorted(samples.values):
        seen += samples.values[value]
        if seen >= wanted - 1e-9:
            return value
    return samples.maximum


def _bounds(found: re.Match[str]) -> tuple[float, float]:
    if found["single"]:
        return 0.0, float(found["single"])
    return float(found["lower"] or 0), float(found["upper"] or 100)


def _trimmed(kind: str, samples: Samples, lower: float, upper: float) -> float | None:
    if kind == "wm":
        low, high = percentile(samples, lower), percentile(samples, upper)
        clamped = sum(min(max(v, low), high) * count for v, count in samples.values.items())
        return clamped / samples.count
    first, last = samples.count * lower / 100, samples.count * upper / 100
    weight = total = seen = 0.0
    for value in sorted(samples.values):
        count = samples.values[value]
        inside = max(0.0, min(seen + count, last) - max(seen, first))
        weight += inside
        total += value * inside
        seen += count
    if kind == "tc":
        return weight
    if kind == "ts":
        return total
    return total / weight if weight else None


def _of_exact(compute: Statistic) -> Statistic:
    return lambda samples: compute(samples) if samples.exact else None


_SIMPLE: dict[str, Statistic] = {
    "SampleCount": lambda samples: samples.count,
    "Average": lambda samples: samples.total / samples.count,
    "Sum": lambda samples: samples.total,
    "Minimum": lambda samples: samples.minimum,
    "Maximum": lambda samples: samples.maximum,
}
