"""Schedule expressions: `at(…)`, `rate(…)` and `cron(…)` in a time zone.

Source: EventBridge Scheduler's user guide, "Schedule types". Of a change of the clock it says: what falls on a time
that is skipped isn't invoked, what falls on one that comes twice is invoked once, and a rate's day is 24 hours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sandbox.aws.cron_fields import DAY_OF_MONTH, DAY_OF_WEEK, HOURS, MINUTES, MONTH, YEAR, CronError
from sandbox.aws.service import AwsError, UnsupportedError

_CALL = re.compile(r"(?P<kind>at|rate|cron)\((?P<of>.*)\)")
_RATE = re.compile(r"(?P<value>[1-9]\d*) (?P<unit>minute|hour|day)s?")
_AT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
_RELATIVE = re.compile(r"[LW#]")  # the last day, the nearest weekday, the third Friday
_FIELDS = 6
_LOOK_AHEAD = 366 * 8  # days: the next 29 February


class Expression(Protocol):
    """When a schedule invokes its target; `recurs` unless it does so once."""

    recurs: bool

    def after(self, moment: datetime, begin: datetime) -> datetime | None:
        """The first time after `moment` of a schedule that begins at `begin`, in UTC; None where there is none."""
        ...


@dataclass(frozen=True)
class At:
    """Once."""

    time: datetime
    recurs = False

    def after(self, moment: datetime, begin: datetime) -> datetime | None:
        return self.time if self.time > moment else None


@dataclass(frozen=True)
class Rate:
    """At its beginning, and whenever so much time has passed since."""

    every: timedelta
    recurs = True

    def after(self, moment: datetime, begin: datetime) -> datetime | None:
        return begin if moment < begin else begin + self.every * ((moment - begin) // self.every + 1)


@dataclass(frozen=True)
class Cron:
    """At these times by the clock of a zone; a day counts by the month or by the week, the other is None."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days_of_month: frozenset[int] | None
    months: frozenset[int]
    days_of_week: frozenset[int] | None
    years: frozenset[int]
    zone: ZoneInfo
    recurs = True

    def after(self, moment: datetime, begin: datetime) -> datetime | None:
        return next((each for each in self._times(moment) if each > moment and each >= begin), None)

    def _times(self, since: datetime) -> Iterator[datetime]:
        first = since.astimezone(self.zone).replace(tzinfo=None, hour=0, minute=0, second=0, microsecond=0)
        for days in range(_LOOK_AHEAD):
            day = first + timedelta(days=days)
            if self._is_day(day):
                for hour in sorted(self.hours):
                    for minute in sorted(self.minutes):
                        yield from _instants(day.replace(hour=hour, minute=minute), self.zone)

    def _is_day(self, day: datetime) -> bool:
        in_month = self.days_of_month is None or day.day in self.days_of_month
        in_week = self.days_of_week is None or day.isoweekday() % 7 + 1 in self.days_of_week
        return in_month and in_week and day.month in self.months and day.year in self.years


def read_expression(text: str, zone: str) -> Expression:
    """What an expression stands for in that zone.

    Raises:
        AwsError: ValidationException; SandboxUnsupported for what AWS takes and the sandbox does not.
    """
    found = _CALL.fullmatch(text)
    try:
        local = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise AwsError("ValidationException", f"Invalid Schedule Expression Timezone {zone}.") from error
    try:
        if found is None:
            raise CronError(text)
        if found["kind"] == "cron":
            return _cron(found["of"], local)
        return _rate(found["of"]) if found["kind"] == "rate" else _at(found["of"], local)
    except ValueError as error:
        raise AwsError("ValidationException", f"Invalid Schedule Expression {text}.") from error


def _at(text: str, zone: ZoneInfo) -> At:
    if not _AT.fullmatch(text):
        raise CronError(text)
    instants = list(_instants(datetime.fromisoformat(text), zone))
    if not instants:
        raise UnsupportedError(f"The sandbox does not know when AWS invokes at({text}), a time that {zone} skips.")
    return At(instants[0])


def _rate(text: str) -> Rate:
    found = _RATE.fullmatch(text)
    if found is None:
        raise CronError(text)
    return Rate(timedelta(**{f"{found['unit']}s": int(found["value"])}))


def _cron(text: str, zone: ZoneInfo) -> Cron:
    fields = text.split()
    if len(fields) != _FIELDS or (fields[2] == "?") == (fields[4] == "?"):
        raise CronError(text)
    minutes, hours, day_of_month, month, day_of_week, year = fields
    if _RELATIVE.search(day_of_month) or _RELATIVE.search(re.sub("[A-Za-z]{3}", "", day_of_week)):
        raise UnsupportedError(f"The sandbox does not know L, W and # of cron({text}); AWS does.")
    return Cron(
        minutes=MINUTES.values(minutes),
        hours=HOURS.values(hours),
        days_of_month=None if day_of_month == "?" else DAY_OF_MONTH.values(day_of_month),
        months=MONTH.values(month),
        days_of_week=None if day_of_week == "?" else DAY_OF_WEEK.values(day_of_week),
        years=YEAR.values(year),
        zone=zone,
    )


def _instants(local: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """When the zone's clock shows that time: the first of two, or never."""
    instant = local.replace(tzinfo=zone).astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == local:
        yield instant
