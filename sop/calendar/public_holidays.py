"""Public holidays by country and subdivision, from the `holidays` library: https://holidays.readthedocs.io"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from holidays import HolidayBase

_CODE = re.compile(r"([A-Z]{2})(?:-(\S(?:.*\S)?))?")
# Years in which a subdivision's own holidays are looked for; the library has rules, and few single years
_LOOKED_AT = range(2020, 2036)


class CalendarUnknownError(LookupError):
    """What days are holidays is not known; that there are none does not follow."""


@cache
def problem(code: str) -> str:
    """Why `code` cannot be used as a calendar, in words; nothing if it can, as `AU-QLD` (ISO 3166)."""
    try:
        entity = _entity(code)
    except CalendarUnknownError as unknown:
        return str(unknown)
    country, _, subdivision = code.partition("-")
    if not subdivision and _has_own(entity):
        choices = ", ".join(f"{country}-{each}" for each in entity.subdivisions)
        return f"{country} alone would miss holidays of its parts; one of {choices}"
    if not _populated(code, entity, _LOOKED_AT):
        return f"the holidays library has no public holidays of {code}"
    return ""


@cache
def has_half_days(code: str) -> bool:
    """Whether the library tells half days of that calendar."""
    from holidays.constants import HALF_DAY

    return HALF_DAY in _entity(code).supported_categories


@cache
def public_holidays(code: str, year: int) -> Mapping[date, str]:
    """Names of the public holidays of that year; several on one day are joined by semicolons.

    Raises:
        CalendarUnknownError: no such calendar, or the library does not know the year.
    """
    known = _of_year(code, year)
    if not known:
        raise CalendarUnknownError(f"the holidays library has no public holidays of {code} in {year}")
    return known


@cache
def half_days(code: str, year: int) -> Mapping[date, str]:
    """Names of the days of that year of which a part is a holiday: Christmas Eve, say. None where none are known.

    Raises:
        CalendarUnknownError: no such calendar, or the library does not know the year.
    """
    from holidays.constants import HALF_DAY

    return _of_year(code, year, HALF_DAY) if has_half_days(code) else {}


def _of_year(code: str, year: int, category: str = "") -> Mapping[date, str]:
    entity = _entity(code)
    if not entity.start_year <= year <= entity.end_year:
        raise CalendarUnknownError(
            f"the holidays of {code} in {year} are not known: the holidays library has {entity.start_year} to "
            f"{entity.end_year}"
        )
    every = _populated(code, entity, (year,), category)
    return {day: name for day, name in sorted(every.items()) if day.year == year}


@cache
def _entity(code: str) -> HolidayBase:
    """The library's calendar without any year's days."""
    found = _CODE.fullmatch(code)
    country, subdivision = found.groups() if found else ("", None)
    entity = _country(country)
    if entity is None:
        raise CalendarUnknownError(f"{code} begins with no country that the holidays library knows by two letters")
    if subdivision and subdivision not in entity.subdivisions:
        known = ", ".join(f"{country}-{each}" for each in entity.subdivisions) or f"{country} alone"
        raise CalendarUnknownError(f"the holidays library does not know {code}; it has {known}")
    return entity


def _country(code: str) -> HolidayBase | None:
    """By its code alone: the library's list of countries would import every one of them."""
    from holidays import country_holidays

    try:
        entity = country_holidays(code)
    except NotImplementedError:
        return None
    return entity if entity.country == code else None  # or it is an alias: UK


def _populated(code: str, entity: HolidayBase, years: Iterable[int], category: str = "") -> HolidayBase:
    from holidays import country_holidays

    country, _, subdivision = code.partition("-")
    # Unless it is told, the library takes the machine's language
    language = entity.default_language
    if language and not language.startswith("en") and "en_US" in entity.supported_languages:
        language = "en_US"
    return country_holidays(
        country, subdiv=subdivision or None, years=years, language=language, categories=category or None
    )


def _has_own(entity: HolidayBase) -> bool:
    """Whether a part of the country has other holidays than the country as a whole."""
    country = str(entity.country)
    whole = set(_populated(country, entity, _LOOKED_AT))
    return any(set(_populated(f"{country}-{part}", entity, _LOOKED_AT)) != whole for part in entity.subdivisions)
