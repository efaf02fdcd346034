"""Reads what closes the release window (SOP 6.2), and holds it to the holidays that there are."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from zoneinfo import ZoneInfo

from components.configuration import keys
from components.configuration.configuration import Configuration
from sop.calendar import public_holidays
from sop.calendar.closures import period, read_day
from sop.outputs import CalendarOutput
from sop.windows import ReleaseWindow


def calendar_of(given: Configuration, window: ReleaseWindow) -> CalendarOutput:
    """What is configured, with every mistake noted. The window's own may be."""
    holidays = _holidays(given)
    half_days = given.get(keys.HALF_DAYS)
    if half_days and not any(map(public_holidays.has_half_days, holidays)):
        told = ", ".join(holidays) or "no calendar"
        given.mistake(keys.HALF_DAYS, f"false: the holidays library tells no half days of {told}", "false")
    return CalendarOutput(
        holidays=list(holidays),
        half_days=half_days,
        working_days=_working_days(given, holidays, half_days=half_days),
        quarter_end_days=given.get(keys.QUARTER_END_DAYS),
        freezes=_freezes(given, ZoneInfo(window.time_zone or "UTC")),
    )


def _holidays(given: Configuration) -> Sequence[str]:
    """Those of the configured calendars that can be used."""
    configured = given.get(keys.HOLIDAYS) or ()
    usable: list[str] = []
    for code in configured:
        if wrong := public_holidays.problem(code):
            given.mistake(keys.HOLIDAYS, f"{keys.HOLIDAYS.rule.allowed}; but {wrong}", f"{code[:2]}-SUBDIVISION")
        else:
            usable.append(code)
    return usable


def _working_days(given: Configuration, holidays: Sequence[str], *, half_days: bool) -> list[str]:
    """A day that is no holiday was mistyped, or the library has learned of another one: a person has to look."""
    days = given.get(keys.WORKING_DAYS) or ()
    for each in days:
        if not any(_is_holiday(read_day(each), code, half_days=half_days) for code in holidays):
            told = ", ".join(holidays) or "no calendar"
            given.mistake(keys.WORKING_DAYS, f"{keys.WORKING_DAYS.rule.allowed}, but {each} is none of {told}")
    return list(days)


def _is_holiday(day: date, code: str, *, half_days: bool) -> bool:
    try:
        known = public_holidays.public_holidays(code, day.year)
        return day in known or (half_days and day in public_holidays.half_days(code, day.year))
    except public_holidays.CalendarUnknownError:
        return False


def _freezes(given: Configuration, zone: ZoneInfo) -> dict[str, str]:
    configured: Mapping[str, str] = given.get(keys.FREEZES) or {}
    for name, text in configured.items():
        try:
            period(name, text, zone)
        except ValueError as wrong:
            allowed = f"{keys.FREEZES.rule.allowed}; but {wrong}"
            given.mistake(keys.FREEZES.of_entry(name), allowed, shown=json.dumps(text, ensure_ascii=False))
    return dict(configured)
