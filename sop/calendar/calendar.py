"""Open or closed, why, until when a release may begin, and when the next one may."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sop.calendar.closures import Closure, Kind
from sop.calendar.freezes import Freezes
from sop.outputs import CalendarOutput, ReleaseWindowOutput
from sop.times import as_utc, clock, shown, whole_minute
from sop.windows import ReleaseWindow

SOURCE_AND_BUILD = timedelta(minutes=15)  # from a merge until Deploy begins, where it has not been measured
OBSERVATION = timedelta(hours=1)  # SOP 4.6
NOTICE = timedelta(hours=24)  # SOP 5.1
LOOKED_AHEAD = timedelta(days=2 * 366)  # for the next opening
_INSTANT = timedelta(microseconds=1)
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Needed:
    """How long a release takes from the moment that is judged: until its Deploy begins, and until it was observed.

    Deploy must begin in the window; the observation must end before a freeze begins, in the window or not.
    """

    until_deploy: timedelta = SOURCE_AND_BUILD
    until_observed: timedelta


@dataclass(frozen=True, kw_only=True)
class Opening:
    """Nothing is closed from `begins` until `closes` begins, all of it UTC; None: not within the time asked about.

    `latest` is the last moment at which a release may begin, before `begins` where there is no time for one, and
    `limit` what comes too soon afterwards: `closes`, or a freeze within the hour of observation.
    """

    begins: datetime
    closes: Closure | None
    latest: datetime | None
    limit: Closure | None


@dataclass(frozen=True, kw_only=True)
class Late:
    """A release that begins now is not through when `limit` begins; `by` is when it had to begin, None: at no time."""

    by: datetime | None
    limit: Closure

    def told(self, zone: ZoneInfo) -> str:
        """The reason, for a person."""
        what = "the release window closes" if self.limit.kind is Kind.WINDOW else f"{self.limit.reason} begins"
        because = f"{what} at {clock(self.limit.begins, zone)}"
        if self.by is None:
            return f"too short for a release: {because}"
        same_day = self.by.astimezone(zone).date() == self.limit.begins.astimezone(zone).date()
        return f"too late: by {clock(self.by, zone) if same_day else shown(self.by, zone)}, since {because}"


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """The release window of a stack, and its freezes. What it is asked of is any aware time, in whatever zone."""

    window: ReleaseWindow
    freezes: Freezes

    @classmethod
    def of(cls, window: ReleaseWindowOutput, calendar: CalendarOutput) -> Calendar:
        """The calendar that a stack's outputs describe.

        Raises:
            ValueError: a day, an hour or a period that is none.
        """
        hours = ReleaseWindow.of(window)
        return cls(window=hours, freezes=Freezes.of(calendar, hours.zone))

    @property
    def zone(self) -> ZoneInfo:
        """Whose days and hours these are."""
        return self.window.zone

    def knowing(self, *closures: Closure) -> Calendar:
        """This calendar, with what the caller knows besides: incidents, somebody's order."""
        return replace(self, freezes=self.freezes.knowing(*closures))

    def closed(self, at: datetime) -> tuple[Closure, ...]:
        """Everything that keeps a release out at that time; nothing if it is open.

        Raises:
            CalendarUnknownError: what holidays there are is not known.
        """
        at = as_utc(at)
        frozen = tuple(each for each in self.freezes.between(at, at) if each.holds(at))
        return frozen if self.window.is_open(at) else (self._outside(at), *frozen)

    def late(self, at: datetime, needed: Needed) -> Late | None:
        """What comes too soon for a release that begins at that time; None if nothing does, or it is closed anyway.

        Raises:
            CalendarUnknownError: what holidays there are is not known.
        """
        at = as_utc(at)
        opening = next(self.openings(at, needed, until=at + _INSTANT), None)
        if opening is None or opening.limit is None or opening.latest is None or at <= opening.latest:
            return None
        return Late(by=opening.latest if opening.latest >= opening.begins else None, limit=opening.limit)

    def next_open(self, at: datetime, needed: Needed) -> datetime | None:
        """The first moment from that time on at which a release may begin, in the window's zone.

        None where none is found in two years: something holds until somebody ends it, or no opening is long enough.

        Raises:
            CalendarUnknownError: what holidays there are until then is not known.
        """
        at = as_utc(at)
        for opening in self.openings(at, needed):
            begins = max(opening.begins, at)
            if opening.latest is None or begins <= opening.latest:
                return begins.astimezone(self.zone)
        return None

    def openings(self, since: datetime, needed: Needed, until: datetime | None = None) -> Iterator[Opening]:
        """All that is open at some moment from `since` until before `until`, each whole; default two years.

        Raises:
            CalendarUnknownError: what holidays there are is not known; the openings until then have been told.
        """
        since = as_utc(since)
        until = as_utc(until) if until else since + LOOKED_AHEAD
        begins = as_utc(self.window.last_opening(since) or self.window.next_opening(since))
        while begins < until:
            shuts = self.window.next_closing(begins)
            shuts = as_utc(shuts) if shuts else None
            for opening in self._unfrozen(begins, shuts, until, needed):
                if opening.begins < until and (opening.closes is None or opening.closes.begins > since):
                    yield opening
            if shuts is None:
                return
            begins = as_utc(self.window.next_opening(shuts))

    def _unfrozen(self, begins: datetime, shuts: datetime | None, until: datetime, needed: Needed) -> Iterator[Opening]:
        """What the freezes leave of an opening of the window, which shuts then."""
        shut = self._outside(shuts) if shuts else None
        for freeze in self.freezes.between(begins, (shuts or until) + needed.until_observed):
            if begins < freeze.begins:
                yield _opening(begins, shut, freeze, needed)
            begins = max(begins, freeze.ends or _NEVER)
            if begins >= (shuts or _NEVER) or freeze.begins >= (shuts or _NEVER):
                return
        yield _opening(begins, shut, None, needed)

    def _outside(self, at: datetime) -> Closure:
        ends = as_utc(self.window.next_opening(at))
        return Closure(kind=Kind.WINDOW, reason=f"outside the release window ({self.window})", begins=at, ends=ends)


def _opening(begins: datetime, shut: Closure | None, freeze: Closure | None, needed: Needed) -> Opening:
    """The one from `begins` on, before the window is shut and the next freeze holds."""
    limits = [(shut, needed.until_deploy), (freeze, needed.until_observed)]
    known = [(limit.begins - span, limit) for limit, span in limits if limit]
    latest, limit = min(known, key=lambda each: each[0], default=(None, None))
    closes = min((each for each in (shut, freeze) if each), key=lambda each: each.begins, default=None)
    return Opening(begins=begins, closes=closes, latest=latest and whole_minute(latest), limit=limit)
