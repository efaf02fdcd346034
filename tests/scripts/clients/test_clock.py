"""The time of day is AWS's: what its answers are dated, and what becomes of a laptop that is wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest

from scripts.clients.clock import AwsClock
from scripts.errors import UndeterminedError
from tests.scripts.fake_aws import FakeAws, Refusal

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


class Laptop:
    """A machine whose clock is set by the test, and AWS, to which it listens."""

    def __init__(self) -> None:
        self.now = NOON
        self.fake = FakeAws()
        self.clock = AwsClock(lambda: self.now)
        self.fake.aws.tell(self.clock)

    def hears(self, date: datetime | str) -> datetime:
        """What time it is after an answer that was dated so."""
        self.fake.date = date if isinstance(date, str) else format_datetime(date, usegmt=date.tzinfo is UTC)
        self.fake.aws.identity()
        return self.clock.now()


@pytest.fixture
def laptop() -> Laptop:
    return Laptop()


def test_before_aws_has_answered_it_is_the_laptops_time(laptop: Laptop) -> None:
    assert laptop.clock.now() == NOON
    assert laptop.clock.difference() == ""


@pytest.mark.parametrize("off", [timedelta(minutes=4), timedelta(minutes=-4), timedelta(days=5)])
def test_it_is_the_time_of_awss_answers_and_runs_on(laptop: Laptop, off: timedelta) -> None:
    assert laptop.hears(NOON + off) == NOON + off
    laptop.now += timedelta(minutes=3)
    assert laptop.clock.now() == NOON + off + timedelta(minutes=3)


def test_an_answer_that_refuses_tells_the_time_too(laptop: Laptop) -> None:
    laptop.fake.answer("GetCallerIdentity", Refusal("AccessDenied"))
    with pytest.raises(UndeterminedError):
        laptop.hears(NOON + timedelta(hours=1))
    assert laptop.clock.now() == NOON + timedelta(hours=1)


def test_a_date_in_another_zone_is_the_same_instant(laptop: Laptop) -> None:
    brisbane = (NOON + timedelta(hours=1)).astimezone(timezone(timedelta(hours=10)))
    assert laptop.hears(brisbane) == NOON + timedelta(hours=1)


@pytest.mark.parametrize("date", ["", "soon", "Thu, 99 Nov 2026 12:00:00 GMT"])
def test_an_answer_without_a_date_tells_nothing(laptop: Laptop, date: str) -> None:
    laptop.hears(NOON + timedelta(hours=1))
    assert laptop.hears(date) == NOON + timedelta(hours=1)


def test_slow_answers_do_not_turn_time_back(laptop: Laptop) -> None:
    before = laptop.hears(NOON + timedelta(seconds=100))
    laptop.now += timedelta(seconds=1)
    assert laptop.hears(NOON + timedelta(seconds=100)) == before + timedelta(seconds=1)


@pytest.mark.parametrize("step", [timedelta(hours=1), timedelta(hours=-1)])
def test_a_laptop_whose_clock_is_set_while_it_waits_is_put_right_by_the_next_answer(
    laptop: Laptop, step: timedelta
) -> None:
    laptop.hears(NOON)
    laptop.now += step
    assert laptop.hears(NOON + timedelta(minutes=1)) == NOON + timedelta(minutes=1)


@pytest.mark.parametrize(
    ("off", "words"),
    [
        (timedelta(seconds=60), ""),
        (timedelta(seconds=-60), ""),
        (timedelta(minutes=4), "This machine's clock is 4 min slow; what follows goes by AWS's."),
        (timedelta(days=-2), "This machine's clock is 2 d 0 h fast; what follows goes by AWS's."),
    ],
)
def test_a_difference_of_more_than_a_minute_is_named(laptop: Laptop, off: timedelta, words: str) -> None:
    laptop.hears(NOON + off)
    assert laptop.clock.difference() == words
