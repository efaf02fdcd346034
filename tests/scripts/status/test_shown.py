"""Where releases stand, as one screen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from scripts.status.shown import table
from scripts.status.standing import Times
from scripts.status.step import Step
from sop.calendar.closures import Closure, Kind
from sop.outputs import StackOutputs
from tests.scripts.prod_stack import OUTPUTS
from tests.scripts.release import at
from tests.scripts.status.test_step import QUIET


def screen(**parts: Any) -> str:
    return table(
        replace(QUIET, links={"runbooks": "https://example.com"}, **parts),
        Step("Nothing."),
        StackOutputs.parse(OUTPUTS),
    )


def test_what_was_not_told_has_the_command_that_settles_it() -> None:
    assert "release announce --stack prod --pending" in screen(owed=("pr-1/started/e: slack",))
    assert "--pending" not in screen()


def test_a_freeze_without_an_end_is_open_again_when_somebody_ends_it() -> None:
    frozen = Closure(kind=Kind.ORDER, reason="frozen", begins=at(0), ends=None)
    assert "next when somebody ends that" in screen(times=Times(True, closed=(frozen,)))
    ends = replace(frozen, ends=at(60))
    assert "next at no time within two years" in screen(times=Times(True, closed=(ends,)))
