"""What keeps a release out, and for how long."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sop.times import at_local, first_of, shown

_DAY = r"\d{4}-\d{2}-\d{2}"
_PERIOD = re.compile(rf"({_DAY})(?:[ T](\d{{2}}:\d{{2}}))? +to +({_DAY})(?:[ T](\d{{2}}:\d{{2}}))?")
# A day that stands in a stack's file without quotes is a timestamp to the engine, which hands it over like this
_ONE_DAY = re.compile(rf"({_DAY})(?: 00:00:00 \+0000 UTC)?")
_NAME = re.compile(r"(?=.{1,100}$)[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*")


class Kind(StrEnum):
    """What it is that closes."""

    WINDOW = "window"  # SOP 6.1
    HOLIDAY = "holiday"  # from here on SOP 6.2
    HALF_DAY = "half-day"
    QUARTER_END = "quarter-end"
    PERIOD = "period"  # configured, such as one of high traffic
    INCIDENT = "incident"
    ORDER = "order"  # a person's, by `release freeze`


@dataclass(frozen=True, kw_only=True)
class Closure:
    """No release begins from `begins` until before `ends`, both UTC; without `ends` until somebody ends it.

    Of the window's own hours `begins` is the moment that was asked about.
    """

    kind: Kind
    reason: str
    begins: datetime
    ends: datetime | None

    def holds(self, at: datetime) -> bool:
        """Whether the moment `at`, in UTC, is within."""
        return self.begins <= at and (self.ends is None or at < self.ends)

    def told(self, zone: ZoneInfo) -> str:
        """The reason, and until when, for a person."""
        return f"{self.reason}, until {shown(self.ends, zone) if self.ends else 'somebody ends it'}"


def periods(configured: Mapping[str, str], zone: ZoneInfo) -> tuple[Closure, ...]:
    """The configured freezes by name, each a day or `FROM to TO` on the zone's clock (`read_period`).

    Raises:
        ValueError: a name or a time that is none.
    """
    return tuple(period(name, text, zone) for name, text in configured.items())


def period(name: str, text: str, zone: ZoneInfo) -> Closure:
    """One configured freeze, by the zone's clock.

    `2026-12-24` is that day; `2026-11-27 to 2026-11-30` ends with its last day; `2026-11-27 13:00 to 2026-11-30 09:00`
    at that time. Where a time comes twice or is skipped, the freeze is the longer one.

    Raises:
        ValueError: a name or a time that is none, or an end that comes no later than the beginning.
    """
    if _NAME.fullmatch(name) is None:
        raise ValueError(f"{name!r} is no name")
    if one := _ONE_DAY.fullmatch(text):
        first, begin, last, end = one[1], None, one[1], None
    elif found := _PERIOD.fullmatch(text):
        first, begin, last, end = found.groups()
    else:
        raise ValueError(f"{text!r} is neither a day nor FROM to TO")
    begins = _either(first, begin, zone)[0] if begin else first_of(date.fromisoformat(first), zone)
    ends = _either(last, end, zone)[1] if end else first_of(date.fromisoformat(last) + timedelta(days=1), zone)
    if ends <= begins:
        raise ValueError(f"{text!r} ends before it begins")
    return Closure(kind=Kind.PERIOD, reason=name, begins=begins, ends=ends)


def read_day(text: str) -> date:
    """`2026-12-24`, as a stack's file may hold it.

    Raises:
        ValueError: no day.
    """
    found = _ONE_DAY.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no day")
    return date.fromisoformat(found[1])


def _either(day: str, hour: str, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The first and the last moment that the local time may mean."""
    local = datetime.fromisoformat(f"{day}T{hour}")
    first, last = sorted(at_local(local.replace(fold=fold), zone) for fold in (0, 1))
    return first, last
