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

from sandbox.aws.cron_fields import DAY_OF_MONTH, DAY_OF_WEEK, HOURS, MINUTES, MONTH, YEAR, CronError

_OFFSET = re.compile(r"UTC(?P<sign>[+-])(?P<hours>\d{1,2}):?(?P<minutes>\d{2})?")
_REGION_CITY = re.compile(r"[A-Za-z_]+(/[A-Za-z0-9_+\-]+)+")
_FIELDS = 6
_LOOK_AHEAD_DAYS = 366 * 5
_MINUTE = timedelta(minutes=1)


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
            minutes=MINUTES.values(minutes),
            hours=HOURS.values(hours),
            days_of_month=None if day_of_month == "?" else DAY_OF_MONTH.values(day_of_month),
            months=MONTH.values(month),
            days_of_week=None if day_of_week == "?" else DAY_OF_WEEK.values(day_of_week),
            years=YEAR.values(year[0] if year else "*"),
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
