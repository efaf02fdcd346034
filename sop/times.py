"""What a zone's clock shows, as moments, and back.

Moments are UTC, where they can be compared and counted: of two times of one zone Python compares what the clock shows,
and that comes twice in one night of the year.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def first_of(day: date, zone: ZoneInfo) -> datetime:
    """The first moment of the local day; where the clock skips it, the moment to which it jumps."""
    return at_local(datetime.combine(day, time()), zone)


def at_local(local: datetime, zone: ZoneInfo) -> datetime:
    """The moment when the zone's clock shows the naive `local`.

    Of a time that comes twice it is the first; one that is skipped is as far behind the jump as it was to be before.
    """
    return local.replace(tzinfo=zone).astimezone(UTC)


def whole_minute(moment: datetime) -> datetime:
    """The moment, without what it has beyond the minute."""
    return moment - timedelta(seconds=moment.second, microseconds=moment.microsecond)


def shown(moment: datetime, zone: ZoneInfo) -> str:
    """`Tue 2026-12-29 11:00 AEST`: what lies beyond the minute is left out."""
    return f"{moment.astimezone(zone):%a %Y-%m-%d} {clock(moment, zone)}"


def clock(moment: datetime, zone: ZoneInfo) -> str:
    """`11:00 AEST`; where a zone's offset has no name, `11:00 UTC-03:00`."""
    local = moment.astimezone(zone)
    name = local.tzname() or ""
    return f"{local:%H:%M} {name if name.isalpha() else local.isoformat()[-6:].join(('UTC', ''))}"


def as_utc(moment: datetime) -> datetime:
    """The aware time in UTC.

    Raises:
        ValueError: it has no zone, and may mean any moment.
    """
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no zone")
    return moment.astimezone(UTC)
