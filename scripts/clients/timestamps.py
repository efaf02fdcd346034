"""AWS's timestamps as UTC.

botocore gives those that come as numbers in local time, where an hour is missing in spring and one comes twice in
autumn: a span that is added to such a time, or lies between two, may be an hour wrong.
"""

from __future__ import annotations

from datetime import UTC, datetime

from botocore.utils import parse_timestamp


def as_utc(value: float | str) -> datetime:
    """Seconds since 1970, ISO 8601, or what HTTP headers have. A time without a zone is UTC.

    Raises:
        ValueError: anything else.
    """
    if isinstance(value, str):
        return _read(value)
    return datetime.fromtimestamp(value, UTC)


def _read(text: str) -> datetime:
    if text[4:5] == "-":  # ISO 8601, nearly always; metrics have thousands
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            moment = parse_timestamp(text)
    else:
        moment = parse_timestamp(text)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
