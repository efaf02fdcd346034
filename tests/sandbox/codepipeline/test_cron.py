"""DeploymentWindow's cron: a table of moments in and out, and of expressions that are refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sandbox.aws.codepipeline.cron import CronError, DeploymentWindow

SOP = "* * 10-13 ? * TUE-THU *"
BRISBANE = "Australia/Brisbane"


def at(text: str, zone: str = BRISBANE) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-12-01T09:59:59", False),  # Tuesday
        ("2026-12-01T10:00:00", True),
        ("2026-12-01T13:59:59", True),
        ("2026-12-01T14:00:00", False),
        ("2026-12-02T12:00:00", True),
        ("2026-12-03T13:59:59", True),  # Thursday
        ("2026-12-04T12:00:00", False),
        ("2026-12-05T12:00:00", False),
        ("2026-12-06T12:00:00", False),
        ("2026-11-30T12:00:00", False),  # Monday
    ],
)
def test_the_sops_window_is_tuesday_to_thursday_10_to_14(moment: str, is_open: bool) -> None:
    assert DeploymentWindow.parse(SOP, BRISBANE).is_open(at(moment)) is is_open


@pytest.mark.parametrize("month", range(1, 13))
def test_brisbane_has_no_daylight_saving(month: int) -> None:
    window = DeploymentWindow.parse(SOP, BRISBANE)
    opening = window.next_opening(datetime(2026, month, 1, tzinfo=UTC))
    assert opening is not None
    assert opening.astimezone(UTC).hour == 0


def test_a_zone_with_daylight_saving_keeps_its_local_hours() -> None:
    window = DeploymentWindow.parse(SOP, "Australia/Sydney")
    summer, winter = (window.next_opening(datetime(2026, month, 5, 12, tzinfo=UTC)) for month in (1, 7))
    assert summer is not None
    assert winter is not None
    assert (summer.astimezone(UTC).hour, winter.astimezone(UTC).hour) == (23, 0)


@pytest.mark.parametrize(
    ("cron", "moment", "is_open"),
    [
        ("* * * ? * *", "2026-02-28T00:00:00", True),
        ("* * * * * ?", "2026-02-28T00:00:00", True),
        ("* 0/15 * ? * *", "2026-02-28T00:30:10", True),
        ("* 0/15 * ? * *", "2026-02-28T00:31:00", False),
        ("* 5/20 * ? * *", "2026-02-28T00:25:00", True),
        ("* */20 * ? * *", "2026-02-28T00:40:00", True),
        ("* * 9,17 ? * *", "2026-02-28T17:59:00", True),
        ("* * 9,17 ? * *", "2026-02-28T16:00:00", False),
        ("* * * 1-7 * ?", "2026-02-07T12:00:00", True),
        ("* * * 1-7 * ?", "2026-02-08T12:00:00", False),
        ("* * * ? FEB,MAR *", "2026-02-08T12:00:00", True),
        ("* * * ? 3 *", "2026-02-08T12:00:00", False),
        ("* * * ? * 1", "2026-02-08T12:00:00", True),  # 1 is Sunday
        ("* * * ? * sun", "2026-02-08T12:00:00", True),
        ("* * * ? * 7", "2026-02-07T12:00:00", True),
        ("* * * ? * * 2027", "2026-02-07T12:00:00", False),
        ("* * * ? * * 2026-2028", "2026-02-07T12:00:00", True),
    ],
)
def test_fields(cron: str, moment: str, is_open: bool) -> None:
    assert DeploymentWindow.parse(cron, BRISBANE).is_open(at(moment)) is is_open


@pytest.mark.parametrize(
    ("cron", "complaint"),
    [
        ("* 10-13 ? * TUE-THU", "5 fields"),
        ("* * 10-13 ? * TUE-THU * *", "8 fields"),
        ("0 * 10-13 ? * TUE-THU", "seconds"),
        ("* 60 * ? * *", "minutes"),
        ("* * 24 ? * *", "hours"),
        ("* * 14-10 ? * *", "ends before it starts"),
        ("* * * * * TUE", "'\\?'"),
        ("* * * ? * ?", "'\\?'"),
        ("* * * ? * TUESDAY", "day of week"),
        ("* * * ? 13 *", "month"),
        ("* * * L * ?", "day of month"),
        ("* 0/0 * ? * *", "step"),
        ("* * * ? * * 1969", "year"),
    ],
)
def test_what_is_no_expression_is_refused_naming_the_field(cron: str, complaint: str) -> None:
    with pytest.raises(CronError, match=complaint):
        DeploymentWindow.parse(cron, BRISBANE)


@pytest.mark.parametrize("zone", ["AEST", "Australia/Atlantis", "+10:00", "", "../etc/passwd"])
def test_what_is_no_zone_is_refused(zone: str) -> None:
    with pytest.raises(CronError, match="time zone"):
        DeploymentWindow.parse(SOP, zone)


def test_an_offset_is_a_zone() -> None:
    window = DeploymentWindow.parse(SOP, "UTC+10:00")
    assert window.is_open(datetime(2026, 12, 1, 0, 0, tzinfo=UTC))
    assert not window.is_open(datetime(2026, 12, 1, 4, 0, tzinfo=UTC))


@pytest.mark.parametrize(
    ("now", "opening"),
    [
        ("2026-12-01T09:00:00", "2026-12-01T10:00:00"),
        ("2026-12-01T12:34:56", "2026-12-01T12:34:56"),  # open already
        ("2026-12-01T14:00:00", "2026-12-02T10:00:00"),
        ("2026-12-03T14:00:00", "2026-12-08T10:00:00"),  # Thursday afternoon to Tuesday
        ("2026-12-31T14:00:00", "2027-01-05T10:00:00"),
    ],
)
def test_the_next_opening(now: str, opening: str) -> None:
    assert DeploymentWindow.parse(SOP, BRISBANE).next_opening(at(now)) == at(opening)


def test_a_window_of_a_past_year_never_opens() -> None:
    window = DeploymentWindow.parse("* * * ? * * 2025", BRISBANE)
    assert window.next_opening(at("2026-01-01T00:00:00")) is None


def test_the_end_of_an_open_window() -> None:
    window = DeploymentWindow.parse(SOP, BRISBANE)
    assert window.closes(at("2026-12-01T10:00:30")) == at("2026-12-01T14:00:00")


def test_the_wait_from_thursday_to_tuesday_is_what_the_rules_timeout_must_cover() -> None:
    window = DeploymentWindow.parse(SOP, BRISBANE)
    shut = at("2026-12-03T14:00:00")
    opening = window.next_opening(shut)
    assert opening is not None
    assert opening - shut == timedelta(minutes=6960)
