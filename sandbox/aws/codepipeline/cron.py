"""The cron expression of CodePipeline's DeploymentWindow rule: a span of time, not a moment.

Six fields (seconds, minutes, hours, day of month, month, day of week) and an optional year, in the
rule's time zone. Source: CodePipeline user guide, rule reference, DeploymentWindow.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_OFFSET = re.compile(r"UTC(?P<sign>[+-])(?P<hours>\d{1,2}):?(?P<minutes>\d{2})?")
_REGION_CITY = re.compile(r"[A-Za-z_]+(/[A-Za-z0-9_+\-]+)+")
_FIELDS = 6
_LOOK_AHEAD_DAYS = 366 * 5
_MINUTE = timedelta(minutes=1)


class CronError(ValueError):
    """An expression or time zone that the rule does not take."""


@dataclass(frozen=True)
class _Field:
    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()

    def values(self, text: str) -> frozenset[int]:
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


_MINUTES = _Field("minutes", 0, 59)
_HOURS = _Field("hours", 0, 23)
_DAY_OF_MONTH = _Field("day of month", 1, 31)
_MONTH = _Field("month", 1, 12, _MONTHS)
_DAY_OF_WEEK = _Field("day of week", 1, 7, _DAYS)
_YEAR = _Field("year", 1970, 2199)


def time_zone(name: str) -> tzinfo:
    """`Australia/Brisbane` or `UTC+10:00`.

    Raises:
        CronError: anything else; an abbreviation such as AEST is no zone.
    """
    if name == "UTC":
        return UTC
    offset = _OFFSET.fullmatch(name)
    if offset:
        delta = timedelta(hours=int(offset["hours"]), minutes=int(offset["minutes"] or 0))
        return timezone(delta if offset["sign"] == "+" else -delta)
    if _REGION_CITY.fullmatch(name):
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            pass
    raise CronError(f"time zone {name!r} is neither Region/City nor an offset such as UTC+10:00")


@dataclass(frozen=True)
class DeploymentWindow:
    """When deployments are allowed. Asked with aware datetimes, answers with aware datetimes in UTC."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days_of_month: frozenset[int] | None  # None: any, the day of week decides
    months: frozenset[int]
    days_of_week: frozenset[int] | None
    years: frozenset[int]
    zone: tzinfo

    @classmethod
    def parse(cls, cron: str, zone: str = "UTC") -> DeploymentWindow:
        """Read a rule's configuration.

        Raises:
            CronError: naming the field that is wrong.
        """
        fields = cron.split()
        if len(fields) not in (_FIELDS, _FIELDS + 1):
            raise CronError(f"{cron!r} has {len(fields)} fields, not six and an optional year")
        seconds, minutes, hours, day_of_month, month, day_of_week, *year = fields
        if seconds != "*":
            raise CronError(f"seconds: only '*' is allowed, not {seconds!r}")
        if (day_of_month == "?") == (day_of_week == "?"):
            raise CronError("'?' must stand in either day of month or day of week")
        return cls(
            minutes=_MINUTES.values(minutes),
            hours=_HOURS.values(hours),
            days_of_month=None if day_of_month == "?" else _DAY_OF_MONTH.values(day_of_month),
            months=_MONTH.values(month),
            days_of_week=None if day_of_week == "?" else _DAY_OF_WEEK.values(day_of_week),
            years=_YEAR.values(year[0] if year else "*"),
            zone=time_zone(zone),
        )

    def is_open(self, at: datetime) -> bool:
        local = at.astimezone(self.zone)
        return self._day_matches(local) and local.hour in self.hours and local.minute in self.minutes

    def next_opening(self, after: datetime) -> datetime | None:
        """The first minute from `after` on in which the window is open; None within five years."""
        if self.is_open(after):
            return after
        return next((minute for minute in self._open_minutes(after) if minute > after), None)

    def closes(self, at: datetime) -> datetime:
        """The end of the open span that `at`, an open moment, lies in."""
        minute = at.replace(second=0, microsecond=0)
        while self.is_open(minute):
            minute += _MINUTE
        return minute

    def _open_minutes(self, after: datetime) -> Iterator[datetime]:
        first_day = after.astimezone(self.zone).replace(hour=0, minute=0, second=0, microsecond=0)
        for days in range(_LOOK_AHEAD_DAYS):
            day = first_day + timedelta(days=days)
            if not self._day_matches(day):
                continue
            for hour in sorted(self.hours):
                for minute in sorted(self.minutes):
                    moment = day.replace(hour=hour, minute=minute).astimezone(UTC)
                    if self.is_open(moment):  # a daylight saving change may have removed it
                        yield moment

    def _day_matches(self, local: datetime) -> bool:
        in_month = self.days_of_month is None or local.day in self.days_of_month
        in_week = self.days_of_week is None or local.isoweekday() % 7 + 1 in self.days_of_week
        return in_month and in_week and local.month in self.months and local.year in self.years
