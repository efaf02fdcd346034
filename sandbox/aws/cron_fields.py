"""The fields of AWS's cron expressions, as CodePipeline's rules and EventBridge Scheduler write them."""

from __future__ import annotations

from dataclasses import dataclass

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")


class CronError(ValueError):
    """An expression or time zone that AWS does not take."""


@dataclass(frozen=True)
class CronField:
    """One field: its bounds, and the names that stand for its numbers."""

    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()

    def values(self, text: str) -> frozenset[int]:
        """The numbers that the text stands for. Raises CronError."""
        return frozenset(value for part in text.split(",") for value in self._part(part))

    def _part(self, part: str) -> range:
        span, _, step_text = part.partition("/")
        step = self._number(step_text) if step_text else 1
        if step < 1:
            raise CronError(f"{self.name}: step {step_text!r} must be at least 1")
        if span == "*":
            return range(self.low, self.high + 1, step)
        first_text, dash, last_text = span.partition("-")
        first = self._value(first_text)
        last = self._value(last_text) if dash else (self.high if step_text else first)
        if last < first:
            raise CronError(f"{self.name}: {span!r} ends before it starts")
        return range(first, last + 1, step)

    def _value(self, text: str) -> int:
        if text.upper() in self.names:
            return self.names.index(text.upper()) + self.low
        value = self._number(text)
        if not self.low <= value <= self.high:
            raise CronError(f"{self.name}: {text!r} is outside {self.low}-{self.high}")
        return value

    def _number(self, text: str) -> int:
        if not text.isdecimal():
            raise CronError(f"{self.name}: {text!r} is not understood")
        return int(text)


MINUTES = CronField("minutes", 0, 59)
HOURS = CronField("hours", 0, 23)
DAY_OF_MONTH = CronField("day of month", 1, 31)
MONTH = CronField("month", 1, 12, _MONTHS)
DAY_OF_WEEK = CronField("day of week", 1, 7, _DAYS)
YEAR = CronField("year", 1970, 2199)
