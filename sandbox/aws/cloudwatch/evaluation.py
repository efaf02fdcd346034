"""How CloudWatch decides an alarm's state from data points, some of them missing.

The rules, and the tables that the tests repeat, are those of "Configuring how CloudWatch alarms treat
missing data" in the CloudWatch user guide.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

# How many periods more than EvaluationPeriods are looked at: the guide's examples look at 5 for 3.
EXTRA_PERIODS = 2

COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}


class StateValue(StrEnum):
    OK = "OK"
    ALARM = "ALARM"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


class Missing(StrEnum):
    """TreatMissingData."""

    MISSING = "missing"
    IGNORE = "ignore"
    BREACHING = "breaching"
    NOT_BREACHING = "notBreaching"


@dataclass(frozen=True)
class Point:
    """One period's value, None where it is missing."""

    at: int  # start of the period, epoch seconds
    value: float | None
    samples: float = 0.0


@dataclass(frozen=True)
class Verdict:
    """The state, None for "keep the present one", and what it rests on, oldest first."""

    state: StateValue | None
    evaluated: tuple[Point, ...]
    filled: int  # missing data points that TreatMissingData had to stand in for
    newest: tuple[int, ...] = ()  # the periods judged (epoch seconds), oldest first, with data or without


@dataclass(frozen=True)
class Rule:
    """When an alarm breaches: `datapoints` of `periods`."""

    comparison: str
    threshold: float
    periods: int
    datapoints: int
    missing: Missing

    @property
    def range(self) -> int:
        """The evaluation range, in periods."""
        return self.periods + EXTRA_PERIODS

    def breaches(self, value: float) -> bool:
        return COMPARISONS[self.comparison](value, self.threshold)

    def evaluate(self, points: Sequence[Point]) -> Verdict:
        """The verdict on an evaluation range of data points, oldest first."""
        real = tuple(point for point in points if point.value is not None)
        evaluated = real[-self.periods :]
        filled = max(0, self.periods - len(real))
        newest = tuple(point.at for point in points[-self.periods :])
        breaching = sum(self._breaching(point) for point in evaluated)
        if breaching >= self.datapoints:
            return Verdict(StateValue.ALARM, evaluated, filled, newest)
        if not filled:
            return Verdict(StateValue.OK, evaluated, filled, newest)
        return Verdict(self._with_missing(points, len(real), breaching, filled), evaluated, filled, newest)

    def _with_missing(self, points: Sequence[Point], real: int, breaching: int, filled: int) -> StateValue | None:
        only_breaching = breaching == real
        if self.missing is Missing.BREACHING:
            return StateValue.ALARM if breaching + filled >= self.datapoints else StateValue.OK
        if self.missing is Missing.NOT_BREACHING:
            return StateValue.OK
        if self.missing is Missing.IGNORE:
            return None if only_breaching else StateValue.OK
        if not real:
            return StateValue.INSUFFICIENT_DATA
        if only_breaching and self._oldest_age(points) >= self.datapoints:
            return StateValue.ALARM
        return StateValue.OK

    def _breaching(self, point: Point) -> bool:
        return point.value is not None and self.breaches(point.value)

    @staticmethod
    def _oldest_age(points: Sequence[Point]) -> int:
        """How many periods back the oldest real data point lies; the newest period is 1."""
        return max(age for age, point in enumerate(reversed(points), start=1) if point.value is not None)
