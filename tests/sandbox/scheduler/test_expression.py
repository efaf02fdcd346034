"""When schedules are due: by the clock of their zone, whatever happens to it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sandbox.aws.scheduler.expression import read_expression
from sandbox.aws.service import AwsError

SYDNEY = "Australia/Sydney"  # on 5 April 2026 three o'clock comes twice, on 4 October 2026 two o'clock never
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def times(expression: str, zone: str, since: str, count: int) -> list[str]:
    """The next times, as the zone's clock shows them."""
    read, moment = read_expression(expression, zone), datetime.fromisoformat(since).replace(tzinfo=ZoneInfo(zone))
    found: list[str] = []
    for _ in range(count):
        after = read.after(moment, BEGIN)
        if after is None:
            break
        moment = after
        found.append(f"{after.astimezone(ZoneInfo(zone)):%a %d %b %H:%M}")
    return found


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("cron(0/15 9-10 ? * TUE-THU *)", ["Thu 12 Mar 10:45", "Tue 17 Mar 09:00", "Tue 17 Mar 09:15"]),
        ("cron(0 14 ? * TUE-THU *)", ["Thu 12 Mar 14:00", "Tue 17 Mar 14:00", "Wed 18 Mar 14:00"]),
        ("cron(30 6 1,15 * ? *)", ["Sun 15 Mar 06:30", "Wed 01 Apr 06:30", "Wed 15 Apr 06:30"]),
        ("cron(0 0 29 FEB ? *)", ["Tue 29 Feb 00:00"]),
        ("cron(0 0 1 1 ? 2026)", []),
    ],
)
def test_a_cron_is_due_at_its_times(expression: str, expected: list[str]) -> None:
    assert times(expression, "Australia/Brisbane", "2026-03-12T10:30", len(expected) or 1) == expected


def test_a_zone_with_daylight_saving_has_its_ten_oclock_all_year() -> None:
    read = read_expression("cron(0 10 * * ? *)", SYDNEY)
    moment, hours = datetime(2026, 1, 1, tzinfo=UTC), set[tuple[int, int]]()
    for _ in range(365):
        after = read.after(moment, BEGIN)
        assert after is not None
        hours.add((after.astimezone(ZoneInfo(SYDNEY)).hour, after.hour))
        moment = after
    assert hours == {(10, 23), (10, 0)}


def test_what_falls_on_a_time_that_the_clock_skips_is_not_invoked_that_day() -> None:
    expected = ["Sat 03 Oct 02:30", "Mon 05 Oct 02:30"]
    assert times("cron(30 2 * * ? *)", SYDNEY, "2026-10-03T00:00", 2) == expected


def test_what_falls_on_a_time_that_comes_twice_is_invoked_once() -> None:
    expected = ["Sat 04 Apr 02:30", "Sun 05 Apr 02:30", "Mon 06 Apr 02:30"]
    assert times("cron(30 2 * * ? *)", SYDNEY, "2026-04-04T00:00", 3) == expected


def test_a_rate_begins_at_once_and_its_day_has_24_hours() -> None:
    read = read_expression("rate(1 day)", SYDNEY)
    begin = datetime(2026, 10, 2, tzinfo=UTC)
    assert read.after(begin - timedelta(microseconds=1), begin) == begin
    assert read.after(begin, begin) == begin + timedelta(days=1)
    assert read.after(begin + timedelta(hours=49), begin) == begin + timedelta(days=3)


def test_a_one_time_schedule_is_due_once_by_its_zones_clock() -> None:
    assert times("at(2026-07-01T10:00:00)", SYDNEY, "2026-06-01T00:00", 2) == ["Wed 01 Jul 10:00"]


@pytest.mark.parametrize(
    ("expression", "zone"),
    [
        *(("cron(0 10 * * * *)", "UTC"), ("cron(0 10 ? * ?)", "UTC"), ("cron(0 24 * * ? *)", "UTC")),
        *(("rate(0 minutes)", "UTC"), ("rate(5 weeks)", "UTC"), ("at(2026-07-01)", "UTC"), ("10:00", "UTC")),
        *(("at(2026-13-01T00:00:00)", "UTC"), ("cron(0 10 * * ? *)", "Australia/Nowhere")),
    ],
)
def test_what_is_no_expression_is_refused(expression: str, zone: str) -> None:
    with pytest.raises(AwsError) as refused:
        read_expression(expression, zone)
    assert refused.value.code == "ValidationException"


@pytest.mark.parametrize("expression", ["cron(0 9 L * ? *)", "cron(0 9 ? * 6#3 *)", "at(2026-10-04T02:30:00)"])
def test_what_the_sandbox_cannot_tell_is_not_accepted(expression: str) -> None:
    with pytest.raises(AwsError) as refused:
        read_expression(expression, SYDNEY)
    assert refused.value.code == "SandboxUnsupported"
