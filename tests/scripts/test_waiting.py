"""`--wait`: asked again while only time is missing, by AWS's clock, and never longer than somebody allows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from scripts.interruption import InterruptedRunError
from scripts.results import Report, Result, Status
from scripts.waiting import LOOK, Patience, until_told
from tests.scripts.release import NOW

GOOD = Result("good", "4.2", "Good", Status.PASS, "Good.", "", "", {})


def young(minutes: float, check: str = "alarms") -> Result:
    at = NOW + timedelta(minutes=minutes)
    return Result(check, "4.4", check, Status.INCONCLUSIVE, "Too early.", "", "Wait.", {}, at)


def unseen(check: str = "alarms") -> Result:
    return Result(check, "4.4", check, Status.ERROR, "Not reached.", "", "Again.", {})


BROKEN = replace(GOOD, id="broken", status=Status.FAIL)
UNKNOWN = replace(GOOD, id="unknown", status=Status.INCONCLUSIVE)


def report(*results: Result) -> Report:
    return Report("verify", "prod", None, None, NOW, NOW, 1, results)


class Waiting:
    """Rounds whose results are given; time passes only while it sleeps."""

    def __init__(self, *rounds: Sequence[Result], at_most: timedelta = timedelta(hours=2)) -> None:
        self.rounds = list(rounds)
        self.time = NOW
        self.asked: list[float] = []
        self.naps: list[float] = []
        self.looks = 0
        self.said: list[str] = []
        self.interrupt: Callable[[], None] = lambda: None
        self.patience = Patience(at_most, lambda: self.time, self.look, self.said.append, self.sleep)

    def judge(self) -> Report:
        self.asked.append((self.time - NOW).total_seconds())
        return report(*(self.rounds.pop(0) if len(self.rounds) > 1 else self.rounds[0]))

    def look(self) -> None:
        self.looks += 1

    def sleep(self, seconds: float) -> None:
        self.interrupt()
        self.naps.append(seconds)
        self.time += timedelta(seconds=seconds)

    def told(self) -> Report:
        return until_told(self.judge, self.patience)


@pytest.mark.parametrize(
    "results",
    [(GOOD,), (GOOD, BROKEN), (GOOD, UNKNOWN), (unseen(),), (young(5), BROKEN)],
    ids=lambda one: str(len(one)),
)
def test_what_no_time_can_turn_is_asked_once(results: tuple[Result, ...]) -> None:
    waiting = Waiting(results)
    assert waiting.told().checks == results
    assert waiting.asked == [0]


def test_it_is_judged_anew_each_minute_and_at_the_time_that_a_check_named() -> None:
    waiting = Waiting((young(2.5), GOOD), (young(2.5), GOOD), (young(2.5), GOOD), (GOOD, GOOD))
    assert waiting.told().verdict is Status.PASS
    assert waiting.asked == [0, 60, 120, 150]


def test_aws_is_asked_for_its_time_at_least_every_fifteen_seconds() -> None:
    waiting = Waiting((young(1),), (GOOD,))
    waiting.told()
    assert waiting.naps == [15] * 4
    assert waiting.looks == 4


def test_a_clock_that_turns_out_to_be_ahead_ends_the_waiting_at_once() -> None:
    waiting = Waiting((young(90),), (GOOD,))

    def passes() -> None:
        waiting.time = NOW + timedelta(hours=1, minutes=31)

    waiting.patience = replace(waiting.patience, look=passes)
    assert waiting.told().verdict is Status.PASS
    assert waiting.naps == [LOOK.total_seconds()]


def test_a_time_that_has_passed_is_not_asked_for_in_a_hurry() -> None:
    waiting = Waiting((young(-5),), (young(-5),), (GOOD,))
    waiting.told()
    assert waiting.asked == [0, 15, 30]


def test_a_fail_in_a_later_round_ends_it() -> None:
    waiting = Waiting((young(30),), (young(30), BROKEN))
    assert waiting.told().verdict is Status.FAIL
    assert waiting.asked == [0, 60]


def test_a_day_in_dev_that_is_not_over_is_waited_for_though_it_is_no_promotion_yet() -> None:
    waiting = Waiting((replace(young(1, "dev-soak"), status=Status.FAIL),), (GOOD,))
    assert waiting.told().verdict is Status.PASS
    assert waiting.asked == [0, 60]


def test_what_comes_after_the_patience_has_ended_is_not_waited_for() -> None:
    waiting = Waiting((young(121), young(5, "logs")))
    assert waiting.told().verdict is Status.INCONCLUSIVE
    assert waiting.asked == [0]
    assert waiting.said == [
        "2026-03-10T01:20:00Z  INCONCLUSIVE: alarms can tell more at 2026-03-10T03:21:00Z and logs can tell more at "
        "2026-03-10T01:25:00Z; --wait-at-most 2 h 00 min ends before, at 2026-03-10T03:20:00Z."
    ]


def test_an_execution_that_runs_on_and_on_is_waited_for_until_the_patience_ends() -> None:
    waiting = Waiting((young(0),), at_most=timedelta(seconds=50))
    assert waiting.told().verdict is Status.INCONCLUSIVE
    assert waiting.asked == [0, 15, 30, 45]


def test_each_round_says_what_is_missing_and_until_when_it_stays() -> None:
    waiting = Waiting((young(5),), (GOOD,))
    waiting.told()
    assert waiting.said == [
        "2026-03-10T01:20:00Z  INCONCLUSIVE: alarms can tell more at 2026-03-10T01:25:00Z; asked again at "
        "2026-03-10T01:21:00Z, until 2026-03-10T03:20:00Z at most. Ctrl-C ends it."
    ]


def test_what_could_be_looked_at_before_and_cannot_now_is_asked_again() -> None:
    waiting = Waiting((young(1),), (unseen(),), (unseen(),), (GOOD,))
    assert waiting.told().verdict is Status.PASS
    assert waiting.asked == [0, 60, 120, 180]


def test_what_could_never_be_looked_at_is_not_waited_for() -> None:
    waiting = Waiting((young(1), unseen("logs")), (GOOD, unseen("logs")))
    assert waiting.told().verdict is Status.ERROR
    assert waiting.asked == [0, 60]


class TestInterrupted:
    def test_while_it_waits_it_has_the_last_report(self) -> None:
        waiting = Waiting((young(5),))

        def pressed() -> None:
            raise KeyboardInterrupt

        waiting.interrupt = pressed
        with pytest.raises(InterruptedRunError) as caught:
            waiting.told()
        assert caught.value.report.checks == (young(5),)

    @pytest.mark.parametrize(("found", "told"), [(UNKNOWN, "alarms"), (BROKEN, "broken")])
    def test_in_the_middle_of_a_round_it_has_the_last_whole_one_or_the_fail(self, found: Result, told: str) -> None:
        rounds = iter([report(young(5)), InterruptedRunError(report(found))])

        def judge() -> Report:
            one = next(rounds)
            if isinstance(one, InterruptedRunError):
                raise one
            return one

        waiting = Waiting()
        with pytest.raises(InterruptedRunError) as caught:
            until_told(judge, waiting.patience)
        assert caught.value.report.checks[0].id == told

    def test_in_the_first_round_it_has_what_that_has_found(self) -> None:
        def judge() -> Report:
            raise InterruptedRunError(report(UNKNOWN))

        with pytest.raises(InterruptedRunError) as caught:
            until_told(judge, Waiting().patience)
        assert caught.value.report.checks == (UNKNOWN,)
