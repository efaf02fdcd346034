"""What comes next: the first thing that is to be done, and never something behind what is not known."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from scripts.checks.deployed import Deployed
from scripts.facts.door import Door
from scripts.facts.pipeline import Execution
from scripts.status.standing import Back, Course, OpenPull, Runs, Standing, Times, Unknown
from scripts.status.step import next_step
from scripts.watching.ends import End, Ending
from tests.scripts.prod_stack import EXECUTION, REVISION
from tests.scripts.release import at

ONE = Execution("e-2", "InProgress", "", REVISION, "", at(0), None, "WebhookV2", None)
PULL = OpenPull(12, "dev", "release", "https://github.com/helios/web-infrastructure/pull/12")
QUIET = Standing(
    stack="prod",
    at=at(1000),
    runs=Runs(Deployed(EXECUTION, REVISION, ""), at(7), verified="PASS", observed="PASS"),
    courses=(),
    door=Door("Deploy", is_open=True),
    times=Times(True),
    incidents=(),
    pulls=(),
    back=Back(0),
    owed=(),
)


def ended(end: End, code: int = 3) -> Course:
    return Course(ONE, "", ending=Ending(end, at(9), f"It {end}", code))


def told(**changes: Any) -> tuple[str, str]:
    step = next_step(replace(QUIET, **changes))
    return step.told, step.command


def test_what_is_under_way_is_watched_and_comes_first() -> None:
    course = Course(ONE, "Deploy runs for 3 min")
    text, command = told(courses=(course,), pulls=(PULL,), back=Back(2))
    assert "Deploy runs for 3 min" in text
    assert command == "release watch --stack prod --execution-id e-2"
    assert told(courses=(replace(course, waits=True),))[0].startswith("Wait: ")


def test_a_failed_one_is_mended_by_a_merge_and_a_stopped_one_is_started_again() -> None:
    text, command = told(courses=(ended(End.ROLLED_BACK),))
    assert "merge" in text
    assert command == "release verify --stack prod --execution-id e-2"
    for end in (End.STOPPED, End.CANCELLED):
        assert told(courses=(ended(end),))[1] == "release start --stack prod --reason rerun-failed"
    assert told(courses=(ended(End.SUPERSEDED, 4),))[1] == "release verify --stack prod"


def test_a_new_deployment_is_verified_and_then_observed_and_an_old_one_is_not() -> None:
    runs = replace(QUIET.runs, verified="", observed="")
    assert told(runs=runs)[1] == f"release verify --stack prod --execution-id {EXECUTION} --wait"
    assert told(runs=replace(runs, verified="PASS"))[1].startswith("release observe --stack prod")
    for judged in ("", "PASS"):
        of_pull = replace(runs, release="pr-12", verified=judged)
        assert told(runs=of_pull)[1] == "release run --stack prod --pr 12"
    assert told(runs=runs, at=at(7) + timedelta(hours=25))[0].startswith("Nothing waits")


def test_the_back_merge_comes_before_the_next_release() -> None:
    assert "https://x/3" in told(back=Back(2, "https://x/3"), pulls=(PULL,))[0]
    assert "dev lacks 2" in told(back=Back(2), pulls=(PULL,))[0]
    runs = replace(QUIET.runs, release="pr-11")
    assert told(back=Back(2), runs=runs)[1] == "release back-merge --stack prod --pr 11"
    assert told(back=Back(2), runs=replace(runs, release="exec-1"))[1] == ""


def test_what_is_proposed_is_carried_on() -> None:
    said, command = told(pulls=(PULL,))
    assert ("#12" in said, "closed" in said, command) == (True, False, "release run --stack prod --pr 12")
    assert "closed just now" in told(pulls=(PULL,), times=Times(True, unknown="?"))[0]


def test_of_what_cannot_be_carried_through_or_is_one_of_several_the_gate_is_asked() -> None:
    other = replace(PULL, kind="take-back, or none")
    assert told(pulls=(other,)) == ("Ask the gate whether #12 may go.", "release gate --stack prod --pr 12")
    assert told(pulls=(PULL, replace(PULL, number=13)))[0].startswith("2 pull requests are open")


@pytest.mark.parametrize("part", ["courses", "runs", "pulls"])
def test_what_is_not_known_is_looked_at_again_before_anything_behind_it(part: str) -> None:
    assert told(**{"pulls": (PULL,), part: Unknown("denied")})[1] == "release status --stack prod"


def test_where_nothing_is_to_be_done_that_is_said() -> None:
    assert told() == ("Nothing waits. A merge into the branch starts the next release.", "")
