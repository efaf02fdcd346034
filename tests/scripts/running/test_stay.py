"""Who stays looks anew each minute, is patient with an AWS that is silent, and knows what to type in the end."""

from __future__ import annotations

import shlex
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from scripts.errors import AccessDeniedError, ConfigurationError, ReleaseError, UnreachableError
from scripts.running.course import Ended
from scripts.running.run import last_words, stay
from tests.scripts.ledger.memory import Time
from tests.scripts.release import at

LATER = at(30)
WAITS = Ended(5, "observe: the hour is not over.", LATER)
SILENT = UnreachableError("AWS has not answered.")


class Staying:
    """Somebody who stays for so many minutes, while a run ends as it is told, the last way ever after."""

    def __init__(self, *ends: Ended | ReleaseError, minutes: float = 60, silent: bool = False) -> None:
        self.time = Time(at(0))
        self.slept: list[float] = []
        self._ends = list(ends)
        self._silent = silent
        self.runs = 0
        aws = SimpleNamespace(identity=self._identity)
        opened = SimpleNamespace(clock=SimpleNamespace(now=self.time), sleep=self._sleep, aws=aws)
        self.site: Any = SimpleNamespace(opened=opened, wait=timedelta(minutes=minutes) if minutes else None)

    def stay(self) -> Ended:
        return stay(self._carry, self.site)

    def _carry(self) -> Ended:
        self.runs += 1
        ended = self._ends.pop(0) if len(self._ends) > 1 else self._ends[0]
        if isinstance(ended, ReleaseError):
            raise ended
        return ended

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time.passes(timedelta(seconds=seconds))

    def _identity(self) -> None:
        if self._silent:
            raise SILENT


def test_who_does_not_stay_is_told_at_once() -> None:
    staying = Staying(WAITS, minutes=0)
    assert staying.stay() == WAITS
    assert not staying.slept


def test_who_stays_looks_anew_each_minute_and_goes_on_then() -> None:
    staying = Staying(WAITS, WAITS, WAITS, Ended(0, "pr-1 is complete"))
    assert staying.stay().code == 0
    assert staying.slept == [60.0] * 3


def test_who_stays_sleeps_no_longer_than_until_the_time_that_was_told() -> None:
    staying = Staying(Ended(5, "soon", at(0) + timedelta(seconds=20)), Ended(0, "pr-1 is complete"))
    staying.stay()
    assert staying.slept == [20.0]


def test_who_stays_goes_when_the_patience_is_at_its_end() -> None:
    staying = Staying(WAITS, minutes=2.5)
    assert staying.stay() == WAITS
    assert sum(staying.slept) == 150


def test_who_stays_is_patient_with_an_aws_that_does_not_answer_for_a_while(capsys: pytest.CaptureFixture[str]) -> None:
    staying = Staying(WAITS, SILENT, SILENT, Ended(0, "pr-1 is complete"), silent=True)
    assert staying.stay().code == 0
    assert capsys.readouterr().err.count("AWS has not answered") == 1


def test_an_aws_that_is_silent_until_the_end_is_not_called_not_yet() -> None:
    with pytest.raises(UnreachableError):
        Staying(WAITS, SILENT, minutes=3).stay()


@pytest.mark.parametrize("problem", [SILENT, ConfigurationError("no"), AccessDeniedError("no")])
def test_what_is_wrong_from_the_beginning_is_not_waited_for(problem: ReleaseError) -> None:
    staying = Staying(problem)
    with pytest.raises(type(problem)):
        staying.stay()
    assert staying.runs == 1


@pytest.mark.parametrize("problem", [ConfigurationError("no"), AccessDeniedError("no")])
def test_what_time_does_not_mend_is_not_waited_for(problem: ReleaseError) -> None:
    staying = Staying(WAITS, problem)
    with pytest.raises(type(problem)):
        staying.stay()
    assert staying.runs == 2


def test_the_last_words_of_not_yet_are_when_and_the_command_as_it_was_typed() -> None:
    again = shlex.join(["release", "run", "--ledger", "my ledger", "--pr", "1"])
    *_, when, command = last_words(WAITS, again)
    assert when == "Again at 2026-03-10T01:30:00Z, with:"
    assert command == "  release run --ledger 'my ledger' --pr 1"


@pytest.mark.parametrize("code", [0, 3, 4])
def test_who_need_not_come_again_is_given_no_command(code: int) -> None:
    assert list(last_words(Ended(code, "so it is"), "release run")) == ["so it is"]


def test_a_wait_of_which_nobody_knows_the_end_is_told_as_that() -> None:
    words = list(last_words(Ended(5, "waits for the door"), "release run --pr 1"))
    assert words == ["waits for the door", "Again when that has changed, with:", "  release run --pr 1"]
