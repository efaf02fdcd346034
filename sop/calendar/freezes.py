"""The periods without releases (SOP 6.2): public holidays, ends of quarters, configured ones, and what comes up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sop.calendar import public_holidays
from sop.calendar.closures import Closure, Kind, periods, read_day
from sop.outputs import CalendarOutput
from sop.times import as_utc, first_of

_A_DAY = timedelta(days=1)
_MONTHS = 3  # of a quarter


@dataclass(frozen=True, kw_only=True)
class Freezes:
    """All that closes besides the window's hours. Days are those of `zone`.

    Each of `holidays` is a country with its subdivision (`public_holidays`); `working_days` are none of these, whatever
    the library says. `periods` are the configured ones, and what a caller knows besides.
    """

    zone: ZoneInfo
    holidays: tuple[str, ...]
    half_days: bool
    working_days: frozenset[date]
    quarter_end_days: int
    periods: tuple[Closure, ...]

    @classmethod
    def of(cls, output: CalendarOutput, zone: ZoneInfo) -> Freezes:
        """Those that a stack's outputs describe.

        Raises:
            ValueError: a day, a number of days or a period that is none.
        """
        if output.quarter_end_days < 0:
            raise ValueError(f"{output.quarter_end_days} is no number of days")
        return cls(
            zone=zone,
            holidays=tuple(output.holidays),
            half_days=output.half_days,
            working_days=frozenset(map(read_day, output.working_days)),
            quarter_end_days=output.quarter_end_days,
            periods=periods(output.freezes, zone),
        )

    def knowing(self, *closures: Closure) -> Freezes:
        """These, and what the caller knows besides: incidents, somebody's order."""
        known = (
            replace(each, begins=as_utc(each.begins), ends=as_utc(each.ends) if each.ends else None)
            for each in closures
        )
        return replace(self, periods=(*self.periods, *known))

    def between(self, since: datetime, until: datetime) -> list[Closure]:
        """Every freeze that holds at some moment between the aware times, both included, by its beginning.

        Raises:
            CalendarUnknownError: what holidays there are is not known.
        """
        since, until = as_utc(since), as_utc(until)
        first, last = (at.astimezone(self.zone).date() for at in (since, until))
        every = [*self.periods, *self._quarter_ends(first, last)]
        for ahead in range((last - first).days + 1):
            every += self._holidays_on(first + ahead * _A_DAY)
        held = (each for each in every if each.begins <= until and (each.ends is None or since < each.ends))
        return sorted(held, key=lambda each: each.begins)

    def beginnings(self, since: datetime, until: datetime) -> list[datetime]:
        """Every moment, UTC, from `since` until before `until`, both aware, at which a freeze begins.

        What waits then has to be looked at anew.

        Raises:
            CalendarUnknownError: what holidays there are is not known.
        """
        begun = {each.begins for each in self.between(since, until)}
        return sorted(each for each in begun if since <= each < until)

    def _holidays_on(self, day: date) -> Iterator[Closure]:
        for code in self.holidays:
            # Asked for on a working day, too: a year that is not known is never passed over
            named = [(Kind.HOLIDAY, public_holidays.public_holidays(code, day.year).get(day))]
            if self.half_days:
                named.append((Kind.HALF_DAY, public_holidays.half_days(code, day.year).get(day)))
            for kind, name in named:
                if name and day not in self.working_days:
                    yield self._of_days(kind, f"{name} ({code})", day, day + _A_DAY)

    def _quarter_ends(self, first: date, last: date) -> Iterator[Closure]:
        """The ends of all quarters from that of the `first` day to that of the `last`."""
        if not self.quarter_end_days:
            return
        days = "day" if self.quarter_end_days == 1 else f"{self.quarter_end_days} days"
        following = first
        while following <= last:
            months = following.month - 1 + _MONTHS - (following.month - 1) % _MONTHS
            following = date(following.year + months // 12, months % 12 + 1, 1)
            begins = following - self.quarter_end_days * _A_DAY
            yield self._of_days(Kind.QUARTER_END, f"the last {days} of the quarter", begins, following)

    def _of_days(self, kind: Kind, reason: str, first: date, following: date) -> Closure:
        begins, ends = first_of(first, self.zone), first_of(following, self.zone)
        return Closure(kind=kind, reason=reason, begins=begins, ends=ends)
