"""Statistics of a span of samples: the five simple ones, percentiles and trimmed ones."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
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


Values = Mapping[float, float]  # value -> how often


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """The values of one metric in one span of time. Nothing changes them: minutes that are alike share them.

    Values that came as a statistic set have lost their distribution: `exact` is False and percentiles
    cannot be had of them, as on AWS.
    """

    count: float
    total: float
    minimum: float
    maximum: float
    exact: bool
    distribution: Values | Callable[[], Values]  # a function where few ask for it

    @property
    def values(self) -> Values:
        return self.distribution() if callable(self.distribution) else self.distribution

    @classmethod
    def of(cls, values: Values, distribution: Callable[[], Values] | None = None) -> Samples:
        """Each value as often as it says; `distribution` gives the same again, so that they need not be kept."""
        total = sum(map(mul, values, values.values()))
        return cls(sum(values.values()), total, min(values), max(values), True, distribution or values)

    @classmethod
    def of_set(cls, *, count: float, total: float, minimum: float, maximum: float) -> Samples:
        if minimum == maximum or count == 1:
            return cls.of({total / count: count})
        return cls(count, total, minimum, maximum, False, {})

    def without(self, value: float) -> Samples | None:
        """All but one of a value, None where that was all; all where there is none, or where they are not exact."""
        values = self.values
        if not self.exact or value not in values:
            return self
        left = {**values, value: values[value] - 1}
        left = {each: count for each, count in left.items() if count > 0}
        return Samples.of(left) if left else None

    def plus(self, other: Samples) -> Samples:
        return Samples._merged((self, other), _together((self, other)))

    @classmethod
    def merged(cls, parts: Iterable[Samples]) -> Samples:
        """What belongs to a longer span."""
        parts = tuple(parts)
        return parts[0] if len(parts) == 1 else cls._merged(parts, partial(_together, parts))

    @classmethod
    def _merged(cls, parts: tuple[Samples, ...], distribution: Values | Callable[[], Values]) -> Samples:
        return cls(
            sum([part.count for part in parts]),
            sum([part.total for part in parts]),
            min([part.minimum for part in parts]),
            max([part.maximum for part in parts]),
            all(part.exact for part in parts),
            distribution,
        )


@lru_cache(maxsize=4_096)
def sample(value: float, count: float = 1.0) -> Samples:
    """One value, so many times."""
    return Samples.of({float(value): float(count)})


def _together(parts: Iterable[Samples]) -> Values:
    together: dict[float, float] = {}
    for values in (part.values for part in parts):
        if together.keys().isdisjoint(values):
            together.update(values)
            continue
        for value, count in values.items():
            together[value] = together.get(value, 0.0) + count
    return together


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
    for value, count in sorted(samples.values.items()):
        seen += count
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
    for value, count in sorted(samples.values.items()):
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
