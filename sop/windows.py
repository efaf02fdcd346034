"""Release windows (SOP 6.1): when they are open, when they open next, and how CodePipeline is told."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sop.outputs import ReleaseWindowOutput
from sop.times import at_local, first_of

WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
_HOUR = re.compile(r"([01]\d|2[0-4]):00")
_MIDNIGHT = 24
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, kw_only=True)
class ReleaseWindow:
    """The same whole hours on some days of every week, in one time zone.

    `opens` is the first hour of the day that is inside (0-23), `closes` the first that is outside again
    (1-24). Whole hours, because one CodePipeline cron expression cannot say 10:30-14:00.
    """

    days: tuple[str, ...]
    opens: int
    closes: int
    time_zone: str

    @classmethod
    def of(cls, output: ReleaseWindowOutput) -> ReleaseWindow:
        """The window that a stack's outputs describe.

        Raises:
            ValueError: a day or an hour that is none.
        """
        return cls(
            days=parse_days(",".join(output.days)),
            opens=parse_hour(output.opens),
            closes=parse_hour(output.closes),
            time_zone=output.time_zone,
        )

    def to_output(self) -> ReleaseWindowOutput:
        """This window as the stack's outputs carry it."""
        return ReleaseWindowOutput(
            days=list(self.days),
            opens=f"{self.opens:02}:00",
            closes=f"{self.closes:02}:00",
            time_zone=self.time_zone,
            cron=self.cron,
        )

    def __str__(self) -> str:
        return f"{_days_expression(self.days)} {self.opens:02}:00-{self.closes:02}:00 {self.time_zone}"

    @property
    def zone(self) -> ZoneInfo:
        """Whose days and hours these are."""
        return ZoneInfo(self.time_zone)

    @property
    def cron(self) -> str:
        """CodePipeline's DeploymentWindow expression, such as `* * 10-13 ? * TUE-THU *`.

        It names minutes that are inside, so its last hour is the one before the window closes.
        """
        last = self.closes - 1
        hours = f"{self.opens}" if last == self.opens else f"{self.opens}-{last}"
        return f"* * {hours} ? * {_days_expression(self.days)} *"

    def is_open(self, at: datetime) -> bool:
        """Whether the aware time `at` is inside; the closing hour itself is outside."""
        local = at.astimezone(self.zone)
        return WEEKDAYS[local.weekday()] in self.days and self.opens <= local.hour < self.closes

    def next_opening(self, at: datetime) -> datetime:
        """The first moment from the aware time `at` on that is inside, in the window's zone; `at` itself if open."""
        if self.is_open(at):
            return at.astimezone(self.zone)
        # Two weeks, because a change of the clock may swallow one day's opening
        openings = (self._opening(day) for day in self._days_from(at, 15))
        opening = next(opening for opening in openings if opening >= at and self.is_open(opening))
        return opening.astimezone(self.zone)

    def next_closing(self, at: datetime) -> datetime | None:
        """The first moment from the aware time `at` on that is outside, in the window's zone; None if it never is."""
        if not self.is_open(at):
            return at.astimezone(self.zone)
        closings = (self._closing(day) for day in self._days_from(at, 8))
        closing = next((closing for closing in closings if closing > at and not self.is_open(closing)), None)
        return closing and closing.astimezone(self.zone)

    def last_opening(self, at: datetime) -> datetime | None:
        """When it opened, in the window's zone, for an aware time `at` inside; else, or if it never shuts, None."""
        if not self.is_open(at):
            return None
        openings = (self._opening(day) for day in self._days_from(at, -8))
        for opening in openings:
            if opening <= at and not self.is_open(opening - _INSTANT):
                return opening.astimezone(self.zone)
        return None

    def minutes_until_open(self, at: datetime) -> int:
        """Whole minutes from the aware time `at` until the window is open, rounded up; 0 if it is."""
        return math.ceil((self.next_opening(at) - at) / timedelta(minutes=1))

    def _days_from(self, at: datetime, count: int) -> Iterator[date]:
        """The local day of `at` and those after it, `count` in all; before it if that is negative."""
        today = at.astimezone(self.zone).date()
        step = 1 if count > 0 else -1
        return (today + timedelta(days=step * ahead) for ahead in range(abs(count)))

    def _opening(self, day: date) -> datetime:
        return at_local(datetime.combine(day, time(self.opens)), self.zone)

    def _closing(self, day: date) -> datetime:
        if self.closes == _MIDNIGHT:
            return first_of(day + timedelta(days=1), self.zone)
        return at_local(datetime.combine(day, time(self.closes)), self.zone)


def parse_days(text: str) -> tuple[str, ...]:
    """`TUE-THU` or `MON,WED,FRI` as weekdays in the order of the week.

    Raises:
        ValueError: not a weekday, a range that runs backwards, or nothing at all.
    """
    days: set[str] = set()
    for part in text.upper().split(","):
        first, dash, last = part.strip().partition("-")
        start, end = WEEKDAYS.index(first), WEEKDAYS.index(last if dash else first)
        if end < start:
            raise ValueError(f"{part.strip()} runs backwards")
        days.update(WEEKDAYS[start : end + 1])
    return tuple(day for day in WEEKDAYS if day in days)


def parse_hour(text: str) -> int:
    """`14:00` as 14; `24:00` is the end of the day.

    Raises:
        ValueError: not a whole hour of the day.
    """
    match = _HOUR.fullmatch(text)
    if match is None:
        raise ValueError(f"{text} is not a whole hour")
    return int(match[1])


def _days_expression(days: tuple[str, ...]) -> str:
    first = WEEKDAYS.index(days[0])
    consecutive = days == WEEKDAYS[first : first + len(days)]
    return f"{days[0]}-{days[-1]}" if consecutive and len(days) > 1 else ",".join(days)


# Dev's, which nobody is held to (SOP 6.1).
BUSINESS_HOURS = ReleaseWindow(days=WEEKDAYS[:5], opens=9, closes=17, time_zone="Australia/Brisbane")
